"""Addresses: lists of mailboxes and groups (RFC 5322 section 3.4), one identity per address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from scanner.message.decode import ENCODED_WORD, decode_words
from scanner.message.model import Person

_ATOM: Final = r"""[^<>\s"(),:;\\\[\]@]"""
_MAILBOX: Final = re.compile(
    r"""\s*+(?:(?:"([^"\\]*+)"\s*+|([^"(),:;<>@\\\[\]]*+))<\s*+({a}++@{a}++)\s*+>|({a}++@{a}++))\s*+(?:,|$)""".replace(
        "{a}", _ATOM
    ),
)
_TOKEN: Final = re.compile(
    r"""(?P<quoted>"(?:[^"\\]++|\\.)*+"?)|(?P<angle><(?:"(?:[^"\\]++|\\.)*+"|[^<>"]++)*+>)|(?P<open>\()"""
    r"""|(?P<separator>[,;])|(?P<colon>:)|(?P<literal>\[[^\[\]]*+\])|(?P<words>[^"<(,;:\[]++)|(?P<other>.)""",
    re.DOTALL,
)
_SPECIAL: Final = re.compile(r"""[,;:()<>"@\[\]\\]""")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_COMMENT_EDGE: Final = re.compile(r"[()]|\\.", re.DOTALL)
_SIMPLE: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]*[A-Za-z0-9]")
_PLAIN_LOCAL: Final = re.compile(r"[^\s\"(),:;<>@\[\]\\]+")
_DOMAIN_IN_TEXT: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}(?![\w@])")
ADDRESS_IN_TEXT: Final = re.compile(
    rf"(?<![\w.+%/=&-])[\w+%&'=-][\w.+%&'=-]{{0,63}}@{_DOMAIN_IN_TEXT.pattern}"
)
"""An address as it stands in running text: with a dot in its domain, no quoted local part."""
_REACH: Final = 65  # characters in front of an "@" that the pattern can take, and the one before them
_LOOSE: Final = re.compile(r"""[^\s<>,;:"()\[\]\\@]++@[^\s<>,;:"()\[\]\\@]++""")


def normalise_address(text: str) -> str:
    """One spelling per address: lower case, no needless quotes, international domains in Unicode.

    Takes an addr-spec with or without angle brackets, white space, "mailto:" or an obsolete
    source route. The local part is lower-cased as well: no provider of note tells case apart.
    """
    if _SIMPLE.fullmatch(text) and "xn--" not in text and text[0] != "'":
        return text.lower()
    text = text.strip().strip("<>").strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text.startswith("@") and ":" in text:  # RFC 5322 section 4.4: obs-route
        text = text.partition(":")[2]
    if len(text) > 2 and text[0] == text[-1] == "'":
        text = text[1:-1]
    if not text.isprintable():
        text = "".join([c for c in text if c.isprintable() or c.isspace()])
    local, at, domain = text.rpartition("@")
    if not at:
        return "".join(domain.split()).lower()
    local = local.strip()
    if len(local) > 1 and local[0] == local[-1] == '"':
        inner = _ESCAPED.sub(r"\1", local[1:-1])
        local = inner if _PLAIN_LOCAL.fullmatch(inner) else f'"{" ".join(inner.split())}"'
    else:
        local = "".join(local.split())
    return f"{unicodedata.normalize('NFC', local.lower())}@{_domain(domain)}"


def _domain(domain: str) -> str:
    domain = "".join(domain.split()).rstrip(".").lower()
    if "xn--" in domain and len(domain) < 256:
        domain = ".".join(map(_unicode_label, domain.split(".")))
    return domain if domain.isascii() else unicodedata.normalize("NFC", domain).lower()


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except (UnicodeError, IndexError):
        return label


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
            rest, clean = _parse_general(value[position:], 0)
            return people + rest, clean
        quoted, words, angle, bare = found.groups()
        name = quoted if quoted is not None else words
        people.append(
            Person(clean_name(name) if name else "", normalise_address(bare if bare is not None else angle))
        )
        position = found.end()
    return people, True


def _shielded(word: re.Match[str]) -> str:
    """Encode what has a meaning in address lists and stands bare in a Q-encoded word all the same."""
    if word[2] in "bB":
        return word[0]
    text = _SPECIAL.sub(lambda special: f"={ord(special[0]):02X}", word[3])
    return f"=?{word[1]}?{word[2]}?{text}?="


def clean_name(name: str) -> str:
    """Decode a display name and take quotes, control characters and doubled spaces out of it."""
    if "=?" in name:
        name = decode_words(name)
    name = " ".join(name.split())
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name if name.isprintable() else "".join(c for c in name if c.isprintable())


class _Mailbox:
    """The pieces of one mailbox while a list is being read."""

    __slots__ = ("angle", "comment", "name", "source")

    def __init__(self) -> None:
        self.name: list[str] = []
        self.source: list[str] = []
        self.comment = ""
        self.angle: str | None = None

    def person(self, depth: int) -> Iterator[tuple[Person, bool]]:
        """Yield the people these pieces make, each with whether it was well-formed."""
        name = " ".join(part for part in map(str.strip, self.name) if part)
        if self.angle is not None:
            address = normalise_address(self.angle)
            written = "".join(self.source)
            if "<" in written:  # a bracket that was never closed
                for loose in _LOOSE.findall(written):
                    yield Person("", normalise_address(loose)), False
            if address:
                yield Person(clean_name(name or self.comment), address), "@" in address
                return
        source = "".join(self.source).strip()
        if not source and not name:
            return
        if "@" in source:
            yield from self._bare(source)
            return
        if "=?" in source and depth == 0:
            people, _ = _parse_general(decode_words(source), 1)
            for person in people:
                yield person, False
            return
        if source and not source.split()[1:] and self.angle is None and source[0] != '"':
            yield Person(clean_name(self.comment), normalise_address(source)), False
            return
        yield Person(clean_name(name or self.comment), ""), False

    def _bare(self, source: str) -> Iterator[tuple[Person, bool]]:
        name = clean_name(self.comment)
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


def _parse_general(value: str, depth: int) -> tuple[list[Person], bool]:
    people: list[Person] = []
    clean = True
    box = _Mailbox()
    position, end = 0, len(value)

    def flush() -> None:
        nonlocal clean, box
        for person, good in box.person(depth):
            people.append(person)
            clean = clean and good
        box = _Mailbox()

    while position < end:
        token = _TOKEN.match(value, position)
        if token is None:  # cannot be: the last alternative takes anything
            break
        kind, text = token.lastgroup, token[0]
        position = token.end()
        if kind == "words":
            if text.strip():
                box.name.append(text)
            box.source.append(text)
        elif kind == "separator":
            flush()
        elif kind == "angle":
            if box.angle is not None:
                flush()
            box.angle = text[1:-1]
        elif kind == "quoted":
            if len(text) < 2 or text[-1] != '"':
                clean = False
                flush()
                people.extend(Person("", normalise_address(found)) for found in _LOOSE.findall(text))
                break
            box.name.append(_ESCAPED.sub(r"\1", text[1:-1]))
            box.source.append(text)
        elif kind == "open":
            comment, position = _comment(value, position)
            if position > end:
                clean = False
                people.extend(Person("", normalise_address(found)) for found in _LOOSE.findall(comment))
                if "@" not in "".join(box.source):
                    box = _Mailbox()
            elif not box.comment:
                box.comment = comment
        elif kind == "colon":
            if "".join(box.source).strip().lower() == "mailto":
                box = _Mailbox()
            elif "@" in "".join(box.source):
                flush()
                clean = False
            else:
                box = _Mailbox()  # the name of a group
        else:
            box.source.append(text)
    flush()
    return people, clean


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


def addresses_in_text(text: str, limit: int) -> tuple[str, ...]:
    """Return the addresses that stand in running text, lower-cased, in order, each once."""
    if "@" not in text:
        return ()
    found: dict[str, None] = {}
    behind = 0
    at = text.find("@")
    while at >= 0 and len(found) < limit:
        domain = _DOMAIN_IN_TEXT.match(text, at + 1)
        if domain is not None:
            match = ADDRESS_IN_TEXT.search(text, max(at - _REACH, behind), domain.end())
            if match is not None:
                found.setdefault(normalise_address(match[0].strip("'")))
                behind = match.end()
        at = text.find("@", max(at + 1, behind))
    return tuple(found)
