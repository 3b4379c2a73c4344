"""Hashed terms of a message: any language, no dictionary, no text kept."""

from __future__ import annotations

import hashlib
import math
import re
from typing import TYPE_CHECKING

from scanner.message.names import fold

if TYPE_CHECKING:
    from scanner.message.model import Message

_WORD = re.compile(r"[^\W_]{2,24}")
STEM = 7
"""Words are cut to this many letters: a stemmer for every language with suffixes."""

_TEXT_LIMIT = 12_000
_TERM_LIMIT = 160
_QUOTED_WEIGHT = 0.4
_SUBJECT_WEIGHT = 1.5
_CACHE_LIMIT = 200_000


class TermHasher:
    """Keyed 48-bit hashes of words and names (BLAKE2b), so that what is stored is no text.

    The key only keeps the words from being read back; scores do not depend on it, since terms
    are compared for equality alone.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key
        self._cache: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Return the hash of `text`, 1 to 2**48; 0 stands for no text."""
        found = self._cache.get(text)
        if found is None:
            if len(self._cache) > _CACHE_LIMIT:
                self._cache.clear()
            found = self._cache[text] = self.once(text)
        return found

    def once(self, text: str) -> int:
        """Return the same and keep nothing: for what hardly comes again, as ids and subjects do."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6, key=self._key)
        return int.from_bytes(digest.digest(), "big") + 1


def words(text: str) -> list[str]:
    """Return the folded words of the first 12,000 characters, cut to stems, numbers left out."""
    return [word[:STEM] for word in _WORD.findall(fold(text[:_TEXT_LIMIT])) if not word.isdigit()]


def term_weights(message: Message, hasher: TermHasher) -> dict[int, float]:
    """Return term hash -> term weight (damped counts) of the subject, own and quoted text.

    Own text counts 1, quoted text 0.4, the subject 1.5; at most 160 terms, the heaviest first,
    ties in the order of their first appearance.
    """
    counts: dict[str, float] = {}
    names = " ".join(attachment.name for attachment in message.attachments[:20])
    for text, weight in (
        (message.base_subject, _SUBJECT_WEIGHT),
        (names, 1.0),
        (message.own_text, 1.0),
        (message.quoted_text, _QUOTED_WEIGHT),
    ):
        for word in words(text):
            counts[word] = counts.get(word, 0.0) + weight
    if len(counts) > _TERM_LIMIT:
        heaviest = sorted(counts.items(), key=lambda item: -item[1])[:_TERM_LIMIT]
        counts = dict(heaviest)
    return {hasher(word): 1.0 + math.log(count) if count > 1.0 else count for word, count in counts.items()}
