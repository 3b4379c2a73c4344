"""Whether a mail takes another one back, or tells its sender that it came to the wrong party.

Only the first lines of the own text count: legal notices ("if you are not the intended recipient")
stand further down, and what is quoted is somebody else's word. A phrase alone proves nothing; what it
is about follows from who wrote to whom before.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Final

from scanner.message.data import load_words
from scanner.message.names import fold, is_given_name

if TYPE_CHECKING:
    from scanner.message.model import Message

OPENING: Final = 600
"""Characters of own text that are looked at."""

_NAME: Final = "{name}"
_SPACE: Final = re.compile(r"\s+")


class Retraction(enum.StrEnum):
    """Why a sender takes a mail back."""

    PARTY = "party"
    """It went to the wrong recipient."""

    CONTENT = "content"
    """The recipient is right; attachment, version or date are not."""

    WITHDRAWN = "withdrawn"
    """The sender does not say."""


def retraction(message: Message) -> Retraction | None:
    """Return why the sender of this mail takes an earlier one back, None where they do not."""
    text = _opening(message)
    if not text:
        return None
    kinds = (Retraction.CONTENT, Retraction.PARTY, Retraction.WITHDRAWN)
    return next((kind for kind in kinds if _says(kind.value, text)), None)


def is_notice(message: Message) -> bool:
    """Return whether a recipient tells the sender here that a mail was not for them."""
    return not message.automatic and _says("notice", _opening(message))


def _opening(message: Message) -> str:
    return _SPACE.sub(" ", fold(message.own_text[:OPENING])).replace("’", "'").strip()


def _says(kind: str, text: str) -> bool:
    plain, named = _patterns(kind)
    return bool(plain.search(text)) or any(is_given_name(found[1]) for found in named.finditer(text))


@functools.cache
def _patterns(kind: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the phrases of a kind, and those that hold a name, the name being the first group."""
    phrases = sorted({fold(phrase) for phrase in load_words("retractions.toml")[kind]})
    plain = [re.escape(phrase) for phrase in phrases if _NAME not in phrase]
    named = [phrase.partition(_NAME) for phrase in phrases if _NAME in phrase]
    before = sorted({(re.escape(head), re.escape(tail)) for head, _, tail in named})
    # One group for all: the name stands behind one of the heads and before the tail that goes with it.
    heads = "|".join(rf"(?<!\w){head}(?=[^\W\d_]+{tail}(?!\w))" for head, tail in before)
    return re.compile(rf"(?<!\w)(?:{'|'.join(plain)})(?!\w)"), re.compile(
        rf"(?:{heads or '(?!)'})([^\W\d_]+)"
    )
