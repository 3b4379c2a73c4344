"""What kinds of things a mail carries that a wrong party should not have: kinds only, never what it says.

Numbers count where their check digits fit (python-stdnum) and, where a number alone could be anything,
a word beside them says what they are; all else goes by the words of `data/sensitive.toml`.
"""

from __future__ import annotations

import enum
import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from scanner.message.data import load_words
from scanner.message.names import fold
from scanner.message.numbers import card, codice_fiscale, iban, national, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scanner.message.model import Message

_LONGEST: Final = 8_000
_LONGEST_QUOTED: Final = 4_000
"""Characters of own and of quoted text that are looked at."""

_WORD: Final = re.compile(r"[a-z0-9]+")
_ANY_WORD: Final = re.compile(r"[^\W_]+")
_NAME_WORD: Final = re.compile(r"[a-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_STEM: Final = 4
_VALUE: Final = r"\s*(?:(?:is|are|lautet|ist|est|es|e|soyle)\s*)?(?:[:=]\s*|(?<=\s))(?P<value>\S{4,64})"
_KEYS: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b|"
    r"\bxox[abp]-[\w-]{20,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
_KEY_MARKS: Final = ("PRIVATE KEY", "AKIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox", "eyJ")
"""Private keys and tokens whose makers gave them a shape of their own."""


class Sensitive(enum.StrEnum):
    """A kind of content that makes a misdirected mail worse."""

    CREDENTIALS = "credentials"
    CARD = "card"
    NATIONAL_NUMBER = "national_number"
    HEALTH = "health"
    SALARY = "salary"
    IBAN = "iban"
    LEGAL = "legal"
    CONFIDENTIAL = "confidential"
    COMMERCIAL = "commercial"


_BY_WORDS: Final = (
    Sensitive.HEALTH,
    Sensitive.SALARY,
    Sensitive.LEGAL,
    Sensitive.CONFIDENTIAL,
    Sensitive.COMMERCIAL,
)
_NOT_QUOTED: Final = frozenset({Sensitive.LEGAL, Sensitive.CONFIDENTIAL})
"""Under quoted mail stand legal notices, which are full of these words."""


def carried(message: Message) -> frozenset[Sensitive]:
    """Return the kinds of sensitive content in a message: subject, own and quoted text, attachment names."""
    found = in_text(f"{message.subject}\n\n{message.own_text[:_LONGEST]}")
    if message.quoted_text:
        found |= in_text(message.quoted_text[:_LONGEST_QUOTED]) - _NOT_QUOTED
    return found | in_names(one.name for one in message.attachments)


def in_text(text: str) -> frozenset[Sensitive]:
    """Return the kinds of sensitive content in a text."""
    words = _words(text)
    unique = set(words)
    found = set(_lexicon(names=False).kinds(words))
    if Sensitive.CONFIDENTIAL in found or Sensitive.LEGAL in found:
        found -= _NOT_QUOTED - _apart_from_notices(text)
    shaped = any(mark in text for mark in _KEY_MARKS) and _KEYS.search(text)
    if shaped or (not unique.isdisjoint(_secret_words()) and _has_secret(fold(text))):
        found.add(Sensitive.CREDENTIALS)
    if any(map(codice_fiscale, unique)):
        found.add(Sensitive.NATIONAL_NUMBER)
    for place in places(text):
        near = functools.partial(_near, place)
        if iban(place):
            found.add(Sensitive.IBAN)
        if card(place, near):
            found.add(Sensitive.CARD)
        if national(place, near):
            found.add(Sensitive.NATIONAL_NUMBER)
    return frozenset(found)


def _words(text: str) -> list[str]:
    """Return the folded words of a text; only those that need it are folded one by one."""
    if text.isascii():
        return _WORD.findall(text.lower())
    lower = unicodedata.normalize("NFC", text).lower()
    return [word if word.isascii() else _folded(word) for word in _ANY_WORD.findall(lower)]


@functools.lru_cache(maxsize=4_096)
def _folded(word: str) -> str:
    return fold(word)


def in_names(names: Iterable[str]) -> frozenset[Sensitive]:
    """Return the kinds of sensitive content that the names of attachments speak of."""
    found: set[Sensitive] = set()
    for name in names:
        stem = name[:200].rpartition(".")[0] or name[:200]
        found.update(_lexicon(names=True).kinds(_NAME_WORD.findall(fold(_CAMEL.sub(" ", stem)))))
    return frozenset(found)


def _apart_from_notices(text: str) -> set[Sensitive]:
    """Return what remains when the paragraphs that are legal notices are left out."""
    found: set[Sensitive] = set()
    for paragraph in _PARAGRAPH.split(text):
        words = _words(paragraph)
        if not _phrases("notice").search(words):
            found.update(_lexicon(names=False).kinds(words))
    return found


def _has_secret(folded: str) -> bool:
    """Whether a label such as "password:" has something behind it that looks like one."""
    for match in _secrets().finditer(folded):
        value = match["value"].strip(".,;:()\"'")
        explicit = match[0][len(match["label"]) :].lstrip()[:1] in {":", "="}
        if value.startswith(("http:", "https:")):
            continue
        if len(value) >= _STEM and (any(map(str.isdigit, value)) or (explicit and not value.isalpha())):
            return True
    return False


@functools.cache
def _secret_words() -> frozenset[str]:
    """The first words of the labels."""
    return frozenset(_WORD.findall(fold(one))[0] for one in load_words("sensitive.toml")["secret"])


@functools.cache
def _secrets() -> re.Pattern[str]:
    labels = sorted({fold(one) for one in load_words("sensitive.toml")["secret"]}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?P<label>{'|'.join(map(re.escape, labels))})(?!\w){_VALUE}")


def _near(text: str, key: str, start: int, end: int) -> bool:
    """Whether a word of the list `key` stands shortly before or behind a place in the text."""
    around = fold(f"{text[max(0, start - 70) : start]} {text[end : end + 30]}")
    return _phrases(key).search(_WORD.findall(around))


class _Lexicon:
    """Phrases of several kinds, found among folded words in time that hardly depends on their number."""

    def __init__(self, phrases: Iterable[tuple[str, Sensitive]]) -> None:
        self._words: dict[str, Sensitive] = {}
        self._stems: dict[str, list[tuple[str, Sensitive]]] = {}
        self._long: dict[str, list[tuple[str, Sensitive]]] = {}
        for phrase, kind in phrases:
            plain = " ".join(_WORD.findall(fold(phrase)))
            first, several, _ = plain.partition(" ")
            open_end = phrase.endswith("*")
            if several:
                self._long.setdefault(first, []).append((f" {plain}" + " " * (not open_end), kind))
            elif open_end:
                self._stems.setdefault(plain[:_STEM], []).append((plain, kind))
            else:
                self._words[plain] = kind

    def kinds(self, words: Sequence[str]) -> set[Sensitive]:
        """Return the kinds whose phrases occur among the words."""
        unique = set(words)
        found = {self._words[word] for word in unique & self._words.keys()}
        if self._stems:
            for word in unique:
                for stem, kind in self._stems.get(word[:_STEM], ()):
                    if word.startswith(stem):
                        found.add(kind)
        if firsts := unique & self._long.keys():
            line = f" {' '.join(words)} "
            for first in firsts:
                found.update(kind for phrase, kind in self._long[first] if phrase in line)
        return found


class _Phrases:
    """One list of phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._lexicon = _Lexicon((phrase, Sensitive.CONFIDENTIAL) for phrase in phrases)

    def search(self, words: Sequence[str]) -> bool:
        """Whether any of them occurs among the words."""
        return bool(self._lexicon.kinds(words))


@functools.cache
def _lexicon(*, names: bool) -> _Lexicon:
    words = load_words("sensitive.toml")
    return _Lexicon(
        (phrase, kind)
        for kind in _BY_WORDS
        for key in ([kind.value, f"{kind.value}_files"] if names else [kind.value])
        for phrase in words[key]
    )


@functools.cache
def _phrases(key: str) -> _Phrases:
    return _Phrases(load_words("sensitive.toml")[key])
