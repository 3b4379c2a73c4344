"""People that the own text speaks of: runs of capitalised words that look like names."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from typing import Final

from scanner.message import limits
from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import bare, ordinary_words, vocabulary

_UPPER: Final = "".join(
    chr(code) for code in range(0x41, min(0x250, sys.maxunicode)) if unicodedata.category(chr(code)) == "Lu"
)
_LOWER: Final = (
    "".join(chr(code) for code in range(0x61, 0x250) if unicodedata.category(chr(code)) == "Ll") + "\u0307"
)
_WORD: Final = (
    f"(?:[{_UPPER}]['’])?[{_UPPER}][{_LOWER}]++(?:[{_UPPER}][{_LOWER}]++|['’-][{_UPPER}][{_LOWER}]++)*+"
)
_TITLE: Final = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sig|Dott|Ing|Avv|Sr|Sra|Srta|Mme|Mlle|Hr|Fr)\. ?)?"
_RUN: Final = re.compile(
    rf"(?<![\w@./'’-]){_TITLE}{_WORD}(?: (?:[{_UPPER}]\.? )?{_WORD}){{0,3}}(?![\w@]|\.\w)"
)
_SENTENCE_END: Final = frozenset('.!?:;\n"“”(*-–—>•…')
_GERMAN: Final = (" und ", " der ", " die ", " ist ", " nicht ", " ich ", " mit ")
_MAX_CHARACTERS: Final = 12_000
_MAX_RUNS: Final = 300


def named_people(own_text: str) -> tuple[str, ...]:
    """Return the names in a text as written, in order, each once.

    A word at the start of a sentence counts only where it is a known given name and no ordinary
    word; elsewhere any capitalised word that is no ordinary one (in German, whose nouns all have
    capitals, single words only where they are known given names). Titles are left out.
    """
    text = own_text[:_MAX_CHARACTERS]
    if not text or text.isspace():
        return ()
    found: dict[str, None] = {}
    for count, run in enumerate(_RUN.finditer(text)):
        if count >= _MAX_RUNS or len(found) >= limits.NAMED:
            break
        name = _name(text, run)
        if name:
            found.setdefault(name)
    return tuple(found)


def _name(text: str, run: re.Match[str]) -> str:
    """Return the name in a run of capitalised words, "" where there is none."""
    ordinary, titles = ordinary_words(), vocabulary().titles
    words = run[0].replace(". ", " ").replace(".", " ").split(" ")
    titled = False
    first = 0
    while first < len(words) and (bare(words[first]) in titles or fold(words[first]) in ordinary):
        titled = titled or bare(words[first]) in titles
        first += 1
    words = words[first:]
    while words and fold(words[-1]) in ordinary and not is_given_name(words[-1]):
        del words[-1]
    lone = len(words) == 1 and not titled and not is_given_name(words[0])
    if lone and (_starts_sentence(text, run.start()) or _is_german(text)):
        return ""
    return " ".join(words) if words and len(words[0]) > 1 else ""


def _starts_sentence(text: str, start: int) -> bool:
    before = text[max(start - 3, 0) : start].rstrip(" \t")[-1:]
    return not before or before in _SENTENCE_END


@functools.lru_cache(maxsize=1)  # asked for many words of one text in a row
def _is_german(text: str) -> bool:
    return sum(word in text for word in _GERMAN) > 1
