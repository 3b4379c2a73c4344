"""Address lists: mailboxes and groups (RFC 5322 section 3.4), whatever programs made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.message import limits
from scanner.message.addresses import clean_name, normalise_address
from scanner.message.decode import ENCODED_WORD, decode_words
from scanner.message.model import Person

_ATOM: Final = r"""[^<>\s"(),:;\\\[\]@]"""
_MAILBOX: Final = re.compile(
    r"""\s*+(?:(?:"([^"\\]*+)"\s*+|([^"(),:;<>@\\\[\]]*+))<\s*+({a}++@{a}++)\s*+>|({a}++@{a}++))\s*+(?:,|$)""".replace(
        "{a}", _ATOM
    ),
)
_INNER: Final = r"\((?:[^()\\]++|\\.)*+\)"
_REMARK: Final = rf"\((?:[^()\\]++|\\.|{_INNER})*+\)"
_QUOTED: Final = r"""\"(?:[^"\\]++|\\.)*+\""""
_TOKEN: Final = re.compile(
    rf"""(?P<quoted>{_QUOTED}?)|(?P<angle><(?:{_QUOTED}|{_REMARK}|[^<>"(]++|\()*+>)|(?P<open>\()"""
    r"""|(?P<separator>[,;])|(?P<colon>:)|(?P<literal>\[[^\[\]]*+\])|(?P<words>[^"<(,;:\[]++)|(?P<other>.)""",
    re.DOTALL,
)
_REMARKS: Final = re.compile(rf"({_QUOTED})|{_REMARK}", re.DOTALL)
_QUOTED_SPEC: Final = re.compile(rf"(?:{_QUOTED}|{_ATOM}++)++\s*+@\s*+(?:{_ATOM}++|\[[^\[\]]*+\])", re.DOTALL)
"""An address whose local part holds quoted words, which may hold anything (RFC 5322 section 3.4.1)."""

_SPECIAL: Final = re.compile(r"""[,;:()<>"@\[\]\\]""")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_COMMENT_EDGE: Final = re.compile(r"[()]|\\.", re.DOTALL)
_LOOSE: Final = re.compile(rf"(?<!{_ATOM}){_ATOM}++@{_ATOM}++")  # from the start of a word: else the square


def parse_addresses(value: str) -> tuple[list[Person], bool]:
    """Read an address list; also says whether all of it could be read.

    Groups are dissolved into their members, comments serve as names where there are no others,
    and of a list with broken quoting every address that can still be found is kept. A mailbox
    without any address comes as a person whose address is "".
    """
    people: list[Person] = []
    if "=?" in value:
        value = ENCODED_WORD.sub(_shielded, value)
    position, end = 0, len(value)
    match = _MAILBOX.match
    while position < end:
        found = match(value, position)
        if found is None:
            reader = _ListReader(value[position:], 0)
            reader.read()
            return people + reader.people, reader.clean
        quoted, words, angle, bare = found.groups()
        name = quoted if quoted is not None else words
        people.append(
            Person(clean_name(name) if name else "", normalise_address(bare if bare is not None else angle))
        )
        position = found.end()
    return people, True


def oversized(person: Person) -> bool:
    """Whether a name is longer than names are, or an address longer than a server would take."""
    return len(person.address) > limits.ADDRESS_CHARACTERS or len(person.name) > limits.NAME_CHARACTERS


def cut(person: Person) -> Person:
    """Give the person with a name of bearable length, and without an address that is too long."""
    address = person.address if len(person.address) <= limits.ADDRESS_CHARACTERS else ""
    return Person(person.name[: limits.NAME_CHARACTERS].rstrip(), address)


def _shielded(word: re.Match[str]) -> str:
    """Encode what has a meaning in address lists and stands bare in a Q-encoded word all the same."""
    if word[2] in "bB":
        return word[0]
    text = _SPECIAL.sub(lambda special: f"={ord(special[0]):02X}", word[3])
    return f"=?{word[1]}?{word[2]}?{text}?="


class _Mailbox:
    """The pieces of one mailbox while a list is being read."""

    __slots__ = ("angle", "comment", "name", "source")

    def __init__(self) -> None:
        self.name: list[str] = []
        self.source: list[str] = []
        self.comment = ""
        self.angle: str | None = None

    def written(self) -> str:
        """Return the mailbox as written, comments and angle address apart."""
        return "".join(self.source)

    def person(self, depth: int) -> Iterator[tuple[Person, bool]]:
        """Yield the people these pieces make, each with whether it was well-formed."""
        name = " ".join(part for part in map(str.strip, self.name) if part)
        if self.angle is not None:
            address = normalise_address(self.angle)
            if "<" in self.written():  # a bracket that was never closed
                for loose in _LOOSE.findall(self.written()):
                    yield Person("", normalise_address(loose)), False
            if address:
                yield Person(clean_name(name or self.comment), address), "@" in address
                return
        source = self.written().strip()
        if not source and not name:
            return
        if "@" in source:
            yield from self._bare(source)
            return
        if "=?" in source and depth == 0:
            inner = _ListReader(decode_words(source), 1)
            inner.read()
            for person in inner.people:
                yield person, False
            return
        if source and not source.split()[1:] and self.angle is None and source[0] != '"':
            yield Person(clean_name(self.comment), normalise_address(source)), False
            return
        yield Person(clean_name(name or self.comment), ""), False

    def _bare(self, source: str) -> Iterator[tuple[Person, bool]]:
        name = clean_name(self.comment)
        if '"' in source and _QUOTED_SPEC.fullmatch(source):
            yield Person(name, normalise_address(source)), True
            return
        if source.count("@") == 1:
            local, _, domain = source.partition("@")
            if not local.strip().strip("\"'"):
                yield Person(name, ""), False
            elif source[0] == '"' or not (local.split()[1:] or domain.split()[1:]):
                yield Person(name, normalise_address(source)), not ("<" in source or ">" in source)
            else:
                for loose in _LOOSE.findall(source) or [source]:
                    yield Person(name, normalise_address(loose)), False
            return
        found = _LOOSE.findall(source)
        if len(found) == 1 or source.split()[1:]:
            for loose in found:
                yield Person(name, normalise_address(loose)), False
        else:
            yield Person(name, normalise_address(source)), False


class _ListReader:
    """Reads an address list token by token, keeping whatever looks like an address."""

    def __init__(self, value: str, depth: int) -> None:
        self._value = value
        self._depth = depth  # how often encoded words have been taken apart to get here
        self._position = 0
        self._box = _Mailbox()
        self.people: list[Person] = []
        self.clean = True

    def read(self) -> None:
        """Read to the end."""
        taken = {
            "words": self._words, "separator": self._separator, "angle": self._angle, "quoted": self._quoted,
            "open": self._parenthesis, "colon": self._colon,
        }  # fmt: skip
        end = len(self._value)
        while self._position < end:
            token = _TOKEN.match(self._value, self._position)
            if token is None:  # cannot be: the last alternative takes anything
                break
            self._position = token.end()
            taken.get(token.lastgroup or "", self._box.source.append)(token[0])
        self._separator("")

    def _words(self, text: str) -> None:
        if text.strip():
            self._box.name.append(text)
        self._box.source.append(text)

    def _separator(self, _: str) -> None:
        for person, good in self._box.person(self._depth):
            self.people.append(person)
            self.clean = self.clean and good
        self._box = _Mailbox()

    def _angle(self, text: str) -> None:
        if self._box.angle is not None:
            self._separator("")
        self._box.angle = (
            _REMARKS.sub(lambda found: found[1] or "", text[1:-1]) if "(" in text else text[1:-1]
        )

    def _quoted(self, text: str) -> None:
        if len(text) > 1 and text[-1] == '"':
            self._box.name.append(_ESCAPED.sub(r"\1", text[1:-1]))
            self._box.source.append(text)
            return
        self._separator("")
        self._rescue(text)

    def _parenthesis(self, _: str) -> None:
        comment, self._position = _comment(self._value, self._position)
        if self._position > len(self._value):
            if "@" not in self._box.written():
                self._box = _Mailbox()
            self._rescue(comment)
        elif not self._box.comment:
            self._box.comment = comment

    def _colon(self, _: str) -> None:
        if "@" in self._box.written():
            self._separator("")
            self.clean = False
        else:
            self._box = _Mailbox()  # the name of a group, or "mailto"

    def _rescue(self, text: str) -> None:
        """Keep the addresses of a stretch whose quotes or parentheses never close."""
        self.clean = False
        self.people.extend(Person("", normalise_address(found)) for found in _LOOSE.findall(text))


def _comment(value: str, position: int) -> tuple[str, int]:
    """Text of a comment from behind its opening parenthesis, and where it ends (past the end: never)."""
    depth, start = 1, position
    for edge in _COMMENT_EDGE.finditer(value, position):
        if edge[0] == "(":
            depth += 1
        elif edge[0] == ")":
            depth -= 1
            if depth == 0:
                return _ESCAPED.sub(r"\1", value[start : edge.start()]), edge.end()
    return value[start:], len(value) + 1
