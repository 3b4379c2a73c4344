"""Mail that asks for another mail back, as Outlook sends it.

The sentence counts, not the subject's prefix: "Rappel : ..." is a plain reminder in French.
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
_QUOTES: Final = "\"'“”„«»‚‘’‹›"


def recalled_subject(message: Message) -> str | None:
    """Return the subject of the mail that this one asks back, None where it asks for none."""
    text = _SPACE.sub(" ", message.own_text[:OPENING]).strip()
    folded = fold(text)
    if len(folded) != len(text):  # a letter that folds to two: the places are those of the folded text
        text = folded
    for pattern in _sentences():
        if found := pattern.search(folded):
            return text[found.start("subject") : found.end("subject")].strip(_QUOTES + " ")
    return None


@functools.cache
def _sentences() -> tuple[re.Pattern[str], ...]:
    """Return one pattern for each sentence of the data: {who} and {subject} stand for anything."""
    table = load_table("recalls.toml")
    found = []
    for section in table.values():
        for sentence in section["sentences"]:
            pattern = re.escape(_SPACE.sub(" ", fold(sentence)))
            pattern = pattern.replace(re.escape("{who}"), r".{1,200}?")
            pattern = pattern.replace(
                re.escape("{subject}"), rf"[{_QUOTES}](?P<subject>.{{1,400}})[{_QUOTES}]"
            )
            found.append(re.compile(pattern))
    return tuple(found)
