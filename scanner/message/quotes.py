"""What the parts that read quotes share: the phrases, the lines of a text, and what a find is."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

from scanner.message.data import load_words
from scanner.message.model import QuotedBlock

NOTES_DAY: Final = re.compile(r"\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b")
"""The day as Lotus Notes and GroupWise write it."""

_FIELDS: Final = ("from", "to", "cc", "bcc", "date", "subject", "other")
_MAX_KEY: Final = 26
_NEAR: Final = 8  # lines: a letterhead may stand between a marker and the block that it announces


@dataclass(frozen=True, slots=True)
class Phrases:
    """How programs introduce quotes: field names, marker lines, attribution verbs and openers."""

    keys: dict[str, str]
    originals: frozenset[str]
    forwards: tuple[str, ...]
    attribution: re.Pattern[str]
    opener: re.Pattern[str]


@functools.cache
def phrases() -> Phrases:
    """Read the phrases, once."""
    words = load_words("quotes.toml")
    keys = {key: field for field in reversed(_FIELDS) for key in words[field]}
    verbs = "|".join(sorted(map(re.escape, words["verb"]), key=len, reverse=True))
    openers = "|".join(sorted(map(re.escape, words["opener"]), key=len, reverse=True))
    return Phrases(
        keys,
        frozenset(words["original"]),
        tuple(words["forward"]),
        re.compile(rf"(?:^|[\s>)\],])({verbs})(?=[\s:])", re.IGNORECASE),
        re.compile(rf"^(?:{openers})\b", re.IGNORECASE),
    )


def field_of(line: str) -> tuple[str, str]:
    """Name ("from" ... "other") and value of a header line in any language, "" twice where it is none."""
    colon = line.find(":", 0, _MAX_KEY)
    if colon <= 0:
        return "", ""
    key = phrases().keys.get(line[:colon].strip("* \t\xa0").lower(), "")
    return key, line[colon + 1 :].strip(" *\t\xa0")


@dataclass(slots=True)
class Lines:
    """The lines of a text while it is read.

    `raw` as they are, `bare` without white space around them and quote marks in front, `marked`
    whether a line bears a quote mark. `marker` is the last marker line seen ("-----Original
    Message-----"), -1 before the first; `marker_forward` whether it announces a forward.
    """

    raw: list[str]
    bare: list[str]
    marked: list[bool]
    marker: int = -1
    marker_forward: bool = False

    @classmethod
    def of(cls, text: str) -> Lines:
        """Part a text into lines."""
        raw = text.split("\n")
        bare = [line.strip() for line in raw]
        marked = [line[:1] == ">" for line in bare]
        if any(marked):
            bare = [line.lstrip("> \t|") if line[:1] == ">" else line for line in bare]
        return cls(raw, bare, marked)

    def near_marker(self, index: int) -> bool:
        """Whether a marker stands a few lines, or nothing but empty lines, above."""
        if self.marker < 0:
            return False
        below = self.marker + 1
        return index < below + _NEAR or not any(self.bare[below : below + _NEAR])

    def answered_inline(self, index: int) -> bool:
        """Whether the quote that starts here is marked line by line, so that own lines can follow."""
        for following in range(index, min(index + 4, len(self.bare))):
            if self.marked[following]:
                return True
            if self.bare[following]:
                return False
        return False


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that starts a quote: lines [start, end), the people in it, and how far it reaches.

    `block` is None for a mere marker line.
    """

    start: int
    end: int
    block: QuotedBlock | None
    forward: bool = False
