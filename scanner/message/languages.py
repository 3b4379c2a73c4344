"""The language of a text, looked at only when somebody asks."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES: Final = (
    "en",
    "it",
    "es",
    "tr",
    "de",
    "fr",
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
"""The six that Oopsee has data for, and those most often taken for one of them."""

_SHORTEST: Final = 20  # letters: below that a guess is worth nothing
_LONGEST: Final = 1_000
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
