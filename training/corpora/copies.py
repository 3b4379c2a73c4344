"""Each message once: copies of one message lie in several folders, under several Message-IDs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class Copies:
    """Knows the messages seen so far, by sender, date, subject and text.

    The recipients of one hold those of the other: the same text to other people in the same second is a mail
    merge and no copy, but a copy may have lost some of its recipients.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, list[frozenset[str]]] = {}

    def is_copy(
        self, *, author: str, date: str, subject: str, text: str | bytes, recipients: Collection[str]
    ) -> bool:
        """Whether such a message was seen before; from now on it was."""
        words = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        heads = "\0".join((author, date, " ".join(subject.split())))
        digest = hashlib.blake2b(heads.encode("utf-8", "surrogatepass") + b"\0" + words, digest_size=16)
        readers = frozenset(recipients)
        seen = self._seen.setdefault(digest.digest(), [])
        if any(readers <= other or other <= readers for other in seen):
            return True
        seen.append(readers)
        return False
