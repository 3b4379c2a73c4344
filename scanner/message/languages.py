"""The language of a text, looked at only when somebody asks."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from scanner.message.data import load_table
from scanner.message.names import fold

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SIX: Final = ("en", "it", "es", "tr", "de", "fr")
"""Those that Oopsee has data for."""

LANGUAGES: Final = (
    *SIX,
    "nl",
    "pt",
    "pl",
    "ru",
    "sv",
    "da",
    "el",
    "zh",
    "ja",
    "ar",
)
"""The six, and those most often taken for one of them."""

_SHORTEST: Final = 20  # letters: below that a guess is worth nothing
_LONGEST: Final = 1_000
_LEAST_WORDS: Final = 2.0  # each word that only one language has counts one
_LEAST_SHARE: Final = 0.2  # of the different words of the text
_LEAD: Final = 1.3  # times the next language
_WORD: Final = re.compile(r"[^\W\d_]+")
_NOISE: Final = re.compile(r"\S*(?:@|://|www\.)\S*|[\W\d_]+")


def language(text: str) -> str:
    """ISO 639-1 code of the language of a text, "" where there is too little of it."""
    words = _NOISE.sub(" ", text[: 4 * _LONGEST]).strip()[:_LONGEST]
    if len(words) < _SHORTEST:
        return ""
    code, _ = _identifier().classify(words)
    return str(code)


@functools.cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - a second of loading, rarely wanted

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def own_language(text: str) -> str:
    """Which of the six languages a text is written in, "" where too little of it speaks for one.

    Counts distinct ordinary words; one that several languages share counts that much less. Costs
    neither the memory nor the second of loading that `language` does.
    """
    found = set(_WORD.findall(fold(text[: 4 * _LONGEST])))
    scores = dict.fromkeys(SIX, 0.0)
    for word in found:
        speaking = _speaking().get(word, ())
        for code in speaking:
            scores[code] += 1 / len(speaking)
    second, best = sorted(scores.values())[-2:]
    if best < _LEAST_WORDS or best < _LEAST_SHARE * len(found) or best < _LEAD * second:
        return ""
    return max(scores, key=lambda code: scores[code])


@functools.cache
def _speaking() -> dict[str, tuple[str, ...]]:
    """Ordinary words, folded, with the languages that have them."""
    speaking: dict[str, tuple[str, ...]] = {}
    for code in SIX:
        for word in {fold(word) for word in load_table("ordinary-words.toml")[code]["words"].split()}:
            speaking[word] = (*speaking.get(word, ()), code)
    return speaking
