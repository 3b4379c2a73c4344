"""What is remembered of a sent message so that later mail can be recognised as evidence about it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgpack
from rapidfuzz.distance import OSA

from scanner.message.names import address_name_tokens, fold, name_tokens

if TYPE_CHECKING:
    from scanner.message.model import Message

FORMAT = 1

_LEAST_TEXT = 30
"""Characters of text below which two mails with the same text prove nothing."""

_EDITS = 2
_LEAST_TOKEN = 3
_MOST = 200
"""Recipients of one message that are compared by name."""

_TEXT = 4_000
_WORDS = re.compile(r"\W+")


@dataclass(slots=True)
class Trail:
    """One sent message: who got it and keyed hashes of what it said; no text of it.

    `about` is its Message-ID, its digest where it has none; `at` seconds since the epoch.
    `recipients` are (address, display name), the owner left out; `suspected` the addresses whose
    score was worth a sentence. Hashes are 0 where there is nothing to hash. `retracts` is true for
    mail that itself takes another back. `replies` counts the answers of each recipient, `signs`
    holds what has been found, so that nothing is found twice.
    """

    about: str
    at: float
    recipients: tuple[tuple[str, str], ...]
    suspected: frozenset[str]
    kind: str
    subject: int
    text: int
    quoted: int
    attachments: tuple[int, ...]
    retracts: bool = False
    listed: bool = False
    replies: dict[str, int] = field(default_factory=dict)
    signs: set[tuple[str, str]] = field(default_factory=set)

    @property
    def addresses(self) -> frozenset[str]:
        """The recipients' addresses."""
        return frozenset(address for address, _ in self.recipients)

    def pack(self) -> bytes:
        """Return it as bytes."""
        packed: bytes = msgpack.packb([
            FORMAT, self.about, self.at, self.recipients, sorted(self.suspected), self.kind, self.subject,
            self.text, self.quoted, self.attachments, self.retracts, self.replies, sorted(self.signs),
        ])  # fmt: skip
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> Trail:
        """Undo `pack`; raises ValueError for anything else."""
        try:
            row: list[Any] = msgpack.unpackb(packed)
            version, about, at, recipients, suspected, kind, subject, text, quoted = row[:9]
            attachments, retracts, replies, signs = row[9:]
        except (TypeError, IndexError, ValueError) as error:
            message = f"no trail of this version ({error})"
            raise ValueError(message) from error
        if version != FORMAT:
            message = f"trail format {version}, this version reads {FORMAT}"
            raise ValueError(message)
        return cls(
            about=about,
            at=at,
            recipients=tuple((address, name) for address, name in recipients),
            suspected=frozenset(suspected),
            kind=kind,
            subject=subject,
            text=text,
            quoted=quoted,
            attachments=tuple(attachments),
            retracts=retracts,
            replies=replies,
            signs={(one, other) for one, other in signs},
        )


class Marks:
    """Keyed hashes of what a message says: two mails can be compared, neither can be read."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, digest_size=32).digest()

    def of(self, text: str) -> int:
        """Return the hash of a text, 0 for the empty one."""
        if not text:
            return 0
        octets = text.encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(octets, key=self._key, digest_size=7).digest(), "big")

    def text(self, text: str) -> int:
        """Return the hash of the words of a text, 0 where they are too few to prove anything."""
        bare = _WORDS.sub(" ", fold(text[:_TEXT])).strip()
        return self.of(bare) if len(bare) >= _LEAST_TEXT else 0

    def subject(self, base_subject: str) -> int:
        """Return the hash of a base subject."""
        return self.of(" ".join(fold(base_subject).split()))

    def attachments(self, message: Message) -> tuple[int, ...]:
        """Return the hashes of the attachments' names, sorted; pictures of signatures have none."""
        return tuple(sorted({self.of(fold(one.name)) for one in message.attachments if one.name}))


def alike(dropped: dict[str, str], new: dict[str, str]) -> tuple[frozenset[str], str]:
    """Return the dropped addresses that are like a new one by spelling or by a name, and that new one.

    Both map addresses to display names. ("", nobody) where none is alike or there are too many.
    """
    if len(dropped) > _MOST or len(new) > _MOST:
        return frozenset(), ""
    tokens = {address: _tokens(address, name) for address, name in {**dropped, **new}.items()}
    found = {
        one: other
        for one in sorted(dropped)
        for other in sorted(new)
        if OSA.distance(one, other, score_cutoff=_EDITS) <= _EDITS or tokens[one] & tokens[other]
    }
    return frozenset(found), next(iter(found.values()), "")


def _tokens(address: str, name: str) -> frozenset[str]:
    words = (*address_name_tokens(address.rpartition("@")[0]), *name_tokens(name))
    return frozenset(word for word in words if len(word) >= _LEAST_TOKEN)
