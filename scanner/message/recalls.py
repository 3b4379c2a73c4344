"""Mail that asks for another mail back, as Outlook sends it.

The sentence counts, not the subject's prefix: "Rappel : ..." is a plain reminder in French. The message
class that marks such mail within Exchange, IPM.Outlook.Recall, reaches nobody by Internet mail: MIME
writers leave it out (MS-OXCMAIL), only a TNEF part holds it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from scanner.message.data import load_table
from scanner.message.names import fold

if TYPE_CHECKING:
    from scanner.message.model import Message

OPENING: Final = 1_000
"""Characters of own text that are looked at."""

_SPACE: Final = re.compile(r"\s+")
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_QUOTE: Final = "[\"'“”„«»‚‘’‹›]"
_PIECES: Final = re.compile(r"\{who\}|\{subject\}|[()|\[\]]|\s+|[^\s(){}|\[\]]+")
_UMLAUTS: Final = {"ä": "ae?", "ö": "oe?", "ü": "ue?"}
_OPEN_END: Final = rf"(?:{_QUOTE}\s*(?=\.?\s*(?:\n|\Z))|\s*(?:\.\.\.|\.\.)?\s*\Z)"
_SIGNS: Final = {"(": "(?:", ")": ")", "|": "|", "[": "(?:", "]": ")?"}


def recalled_subject(message: Message) -> str | None:
    """Return the subject of the mail that this one asks back, None where it asks for none."""
    words, sentences = _sentences()
    text = message.own_text[:OPENING]
    if not words.search(fold(text)):
        return None
    text = _TAG.sub(" ", text).replace("\r", "")
    letters = [fold(letter) for letter in text]
    folded = "".join(letters)
    for sentence in sentences:
        if found := sentence.search(folded):
            # A letter may fold to two: count letters up to both ends.
            places = [place for place, letter in enumerate(letters) for _ in letter]
            start, end = found.span("subject")
            return _SPACE.sub(" ", text[places[start] : places[end - 1] + 1]).strip()
    return None


@functools.cache
def _sentences() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """Return what each of them holds, and one pattern for each sentence of the data."""
    words, sentences = [], []
    for section in load_table("recalls.toml").values():
        words += [_spelt(word) for word in section["words"]]
        sentences += [re.compile(_pattern(sentence)) for sentence in section["sentences"]]
    return re.compile("|".join(words)), tuple(sentences)


def _pattern(sentence: str) -> str:
    """Compile a sentence that starts a line; white space is any, and may be none beside quotes."""
    pieces = _PIECES.findall(sentence)
    made = [r"(?m:^)[ \t*_>]{0,20}"]
    for place, piece in enumerate(pieces):
        if piece == "{who}":
            made.append(r"[^\n\"]{1,200}?")
        elif piece == "{subject}":
            last = place == len(pieces) - 1
            made.append(rf"{_QUOTE}\s*(?P<subject>(?s:.){{1,400}}?)\s*{_OPEN_END if last else _QUOTE}")
        elif piece.isspace():
            made.append(r"\s*" if "{subject}" in pieces[max(place - 1, 0) : place + 2] else r"\s+")
        else:
            made.append(_SIGNS.get(piece) or _spelt(piece))
    return "".join(made)


def _spelt(word: str) -> str:
    """Return a folded word as a pattern: an umlaut may be typed with an e behind it."""
    return "".join(_UMLAUTS.get(letter) or re.escape(fold(letter)) for letter in word)
