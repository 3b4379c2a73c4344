"""The small language in which the data files write down what people say, and how texts are compared with it.

A text becomes words parted by single spaces, folded, with "." or "?" where a sentence ends and "~" behind
given names. A pattern is words in their own spelling, and:

    (a|b c)   one of these                [a]     may be left out       !(a|b)   not these, here
    word*     any ending                  *word   any beginning         <class>  one of a class of words
    ..        up to three words           ...     up to seven words     ....     up to fourteen words
    {name}    a given name                #       a number
    ?         the end of a question       .       any end of a sentence

Gaps end with the sentence, and every one is bounded. A pattern that is looked for in every mail starts
with a word, so that mail which holds none of the first words costs next to nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Generic, TypeVar

from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import ordinary_words

_SHORT: Final = re.compile(r"(?<=\w)'(?=(?:t|s|m|d|re|ve|ll)\b)")
_END: Final = re.compile(r"[!…;]|\.(?!\w|\s\d)|\n\s*\n|\n(?=[-*>])")
_QUESTION: Final = re.compile(r"\?[?!. ]*")
_OTHER: Final = re.compile("[^\\w\ue000\ue001]+|_+")
_TOKEN: Final = re.compile(r"\{name\}|<\w+>|\.{1,4}|[()\[\]|!?#]|[\w*']+(?:'\w+)*")
_UMLAUTS: Final = {"ä": "ae?", "ö": "oe?", "ü": "ue?"}
_NAME: Final = "~"
_STEM: Final = 3
"""Letters by which a first word of any ending is found; others are found by the whole of them."""


Tag = TypeVar("Tag")


class PatternError(ValueError):
    """A pattern of a data file that cannot be read; the text names it."""


def plain(text: str) -> str:
    """Return a text as patterns see it: folded words, sentence ends, a space behind each."""
    text = _SHORT.sub("", fold(text))
    text = _END.sub(" \ue000 ", _QUESTION.sub(" \ue001 ", text))
    ordinary = ordinary_words()
    words = _OTHER.sub(" ", text).replace("\ue000", ".").replace("\ue001", "?").split()
    return "".join(
        [f"{word}~ " if word not in ordinary and is_given_name(word) else f"{word} " for word in words]
    )


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern: where it may start, and what it is."""

    source: str
    first: frozenset[str]
    regex: re.Pattern[str]

    def at(self, text: str, place: int) -> int:
        """Return where it ends if it stands at this place of a plain text, else -1."""
        found = self.regex.match(text, place)
        return found.end() if found else -1


def compile_pattern(pattern: str, classes: Mapping[str, str]) -> Pattern:
    """Compile a pattern; `classes` maps names to alternatives.

    Raises PatternError for one that cannot be read.
    """
    return _Reader(pattern, classes).read()


class Phrases(Generic[Tag]):
    """Patterns with tags, found by their first word, or by its first letters where it may end anyhow.

    Raises PatternError for a pattern that does not start with a word, or with fewer than three
    letters of one.
    """

    def __init__(self, patterns: Iterable[tuple[Tag, Pattern]]) -> None:
        self._by_stem: dict[str, list[tuple[Tag, Pattern]]] = defaultdict(list)
        for tag, pattern in patterns:
            if not pattern.first or any(len(word) <= _STEM for word in pattern.first if word.endswith("*")):
                raise PatternError(f"{tag}: {pattern.source!r} does not start with a word to look for")
            for word in pattern.first:
                self._by_stem[word].append((tag, pattern))

    def found(self, text: str) -> Iterator[tuple[Tag, int, int]]:
        """Yield tags of the patterns in a plain text, and where each starts and ends."""
        place = 0
        for word in text.split(" "):
            bare = word.rstrip(_NAME)
            stem = f"{bare[:_STEM]}*"
            for key in (bare, stem) if bare == word else (bare, stem, _NAME):
                for tag, pattern in self._by_stem.get(key, ()):
                    end = pattern.at(text, place)
                    if end >= 0:
                        yield tag, place, end
            place += len(word) + 1


class Vetoes:
    """Patterns that are looked for only where a phrase was found: they may start with anything."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns

    def within(self, text: str) -> bool:
        """Whether one of them stands in a plain text."""
        starts = [0, *(found.end() for found in re.finditer(" ", text))]
        return any(pattern.at(text, start) >= 0 for start in starts for pattern in self._patterns)


def sentence_around(text: str, start: int, end: int) -> str:
    """Return the sentence of a plain text that holds these places, with its end."""
    before = max(text.rfind(" . ", 0, start + 1) + 3, text.rfind(" ? ", 0, start + 1) + 3)
    ends = [place for mark in (". ", "? ") if (place := text.find(mark, max(end - 2, 0))) >= 0]
    return text[before if before > 2 else 0 : min(ends, default=len(text)) + 2]


_Firsts = tuple[frozenset[str], bool]
"""The words that something may start with, and whether it may be empty."""

_NOT_SOUGHT: Final[_Firsts] = (frozenset({"*"}), False)
_FIXED: Final[dict[str, tuple[str, _Firsts]]] = {
    "..": (r"(?:\w++~?+ ){0,3}?", (frozenset(), True)),
    "...": (r"(?:\w++~?+ ){0,7}?", (frozenset(), True)),
    "....": (r"(?:\w++~?+ ){0,14}?", (frozenset(), True)),
    "#": (r"\d++ ", _NOT_SOUGHT),
    "?": (r"\? ", _NOT_SOUGHT),
    ".": (r"(?:[.?] |\Z)", _NOT_SOUGHT),
    "{name}": (r"\w++~ ", (frozenset({_NAME}), False)),
}
"""Signs that always mean the same: pattern, and what it may start with ("*": nothing to look for)."""


class _Reader:
    """A pattern read from left to right."""

    def __init__(self, pattern: str, classes: Mapping[str, str]) -> None:
        self._pattern = pattern
        self._classes = classes
        self._tokens = _TOKEN.findall(pattern.replace("’", "'").replace("-", " "))
        self._place = 0

    def read(self) -> Pattern:
        regex, (first, empty) = self.all()
        if self._place < len(self._tokens):
            raise PatternError(f"{self._pattern!r}: {self._tokens[self._place]!r} stands where nothing opens")
        return Pattern(self._pattern, frozenset() if empty else first, re.compile(regex))

    def all(self) -> tuple[str, _Firsts]:
        """Read it as a regular expression, and what that may start with."""
        return self._choice("")

    def _choice(self, closing: str) -> tuple[str, _Firsts]:
        """Read alternatives up to a closing bracket, which is taken."""
        regexes: list[str] = []
        first: frozenset[str] = frozenset()
        empty = False
        while True:
            regex, (words, nothing) = self._sequence()
            regexes.append(regex)
            first, empty = first | words, empty or nothing
            sign = self._next()
            if sign != "|":
                break
        if sign != closing:
            raise PatternError(f"{self._pattern!r}: a bracket is not closed")
        return (f"(?:{'|'.join(regexes)})" if len(regexes) > 1 else regexes[0]), (first, empty)

    def _sequence(self) -> tuple[str, _Firsts]:
        regexes: list[str] = []
        first: frozenset[str] = frozenset()
        empty = True
        while self._place < len(self._tokens) and self._tokens[self._place] not in {"|", ")", "]"}:
            regex, (words, nothing) = self._item(self._next())
            regexes.append(regex)
            if empty:
                first, empty = first | words, nothing
        return "".join(regexes), (first, empty)

    def _item(self, sign: str) -> tuple[str, _Firsts]:
        if sign in _FIXED:
            return _FIXED[sign]
        if sign == "(":
            return self._choice(")")
        if sign == "[":
            regex, (first, _) = self._choice("]")
            return f"(?:{regex})?", (first, True)
        if sign == "!":
            regex, _ = self._item(self._next())
            return f"(?!{regex})", (frozenset(), True)
        return self._class(sign[1:-1]) if sign.startswith("<") else _word(sign)

    def _class(self, name: str) -> tuple[str, _Firsts]:
        if name not in self._classes:
            raise PatternError(f"{self._pattern!r}: there is no class <{name}>")
        regex, firsts = _Reader(self._classes[name], self._classes).all()
        return f"(?:{regex})", firsts

    def _next(self) -> str:
        sign = self._tokens[self._place] if self._place < len(self._tokens) else ""
        self._place += 1
        return sign


def _word(token: str) -> tuple[str, _Firsts]:
    """Return a word with its stars; an umlaut may be typed with an e behind it."""
    bare = _SHORT.sub("", token.strip("*").lower())
    if "'" in bare:
        words = bare.split("'")
        parts = [_word(word + ("*" if word is words[-1] and token.endswith("*") else "")) for word in words]
        return "".join(regex for regex, _ in parts), parts[0][1]
    spelt = "".join(_UMLAUTS.get(letter) or re.escape(fold(letter)) for letter in bare)
    choices = product(*((fold(c), fold(c) + "e") if c in _UMLAUTS else (fold(c),) for c in bare))
    firsts = frozenset("".join(choice) for choice in choices)
    if token.endswith("*"):
        firsts = frozenset(f"{first[:_STEM]}*" for first in firsts)
    ending = r"\w*+~?+ " if token.endswith("*") else "~?+ "
    if token.startswith("*"):
        return rf"\w*?{spelt}{ending}", (frozenset({"*"}), False)
    return spelt + ending, (firsts, False)
