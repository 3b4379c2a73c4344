"""The part of a message that a history learns: addresses, names, hashes and counts, no text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgpack

from scanner.history.quotes import named_places, person_tokens, shown_names
from scanner.history.style import marks
from scanner.history.terms import TermHasher, term_weights
from scanner.message.model import Kind, Role
from scanner.message.names import fold

if TYPE_CHECKING:
    from scanner.message.model import Message

ROLES = (Role.TO, Role.CC, Role.BCC)
_ROLE_INDEX = {role: index for index, role in enumerate(ROLES)}
KINDS = (Kind.NEW, Kind.REPLY, Kind.FORWARD)
_LIST_LIMIT = 20_000
"""As many recipients as a parsed message holds at most."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one message adds to a history.

    `at` is seconds since the epoch, None for an undated message. `recipients` are
    (address, display name, role index) without the owner; `sender` is "" for the owner's mail.
    `thread` is the keyed hash of the base subject, 0 where there is none; `message` and
    `parents` are keyed hashes of Message-IDs. `greeted` are keyed hashes of the greeted names.
    `quoting` says whether sent mail quotes headers, `named` whom of the recipients (places) they name.
    `source` are keyed hashes of the sender whom sent mail quotes, `style` the marks of sent mail.
    """

    sent: bool
    at: float | None
    sender: str
    sender_name: str
    recipients: tuple[tuple[str, str, int], ...]
    terms: dict[int, float]
    thread: int
    message: int
    parents: tuple[int, ...]
    kind: Kind
    greeted: tuple[int, ...]
    automatic: bool
    quoting: bool
    named: tuple[int, ...]
    source: tuple[int, ...]
    style: tuple[int, ...]

    def pack(self) -> bytes:
        """Return the facts as bytes (MessagePack), the same for the same facts."""
        packed: bytes = msgpack.packb(
            [
                self.sent, self.at, self.sender, self.sender_name, self.recipients,
                list(self.terms), list(self.terms.values()), self.thread, self.message, self.parents,
                KINDS.index(self.kind), self.greeted, self.automatic,
                self.quoting, self.named, self.source, self.style,
            ],
            unicode_errors="surrogatepass",
        )  # fmt: skip
        return packed

    @classmethod
    def unpack(cls, packed: bytes) -> Facts:
        """Return the facts that `pack` wrote; raises ValueError for anything else."""
        row: list[Any] = msgpack.unpackb(packed, unicode_errors="surrogatepass")
        (
            sent,
            at,
            sender,
            name,
            recipients,
            terms,
            weights,
            thread,
            message,
            parents,
            kind,
            greeted,
            automatic,
            quoting,
            named,
            source,
            style,
        ) = row
        return cls(
            sent=sent,
            at=at,
            sender=sender,
            sender_name=name,
            recipients=tuple((address, shown, role) for address, shown, role in recipients),
            terms=dict(zip(terms, weights, strict=True)),
            thread=thread,
            message=message,
            parents=tuple(parents),
            kind=KINDS[kind],
            greeted=tuple(greeted),
            automatic=automatic,
            quoting=quoting,
            named=tuple(named),
            source=tuple(source),
            style=tuple(style),
        )


def facts_of(message: Message, *, sent: bool, owner: frozenset[str], hasher: TermHasher) -> Facts:
    """Return what a history learns of `message`; `owner` are the owner's own addresses."""
    shown = shown_names(message) if sent else {}
    recipients = tuple(
        (
            recipient.address,
            recipient.name if " " in recipient.name else shown.get(recipient.address, recipient.name),
            _ROLE_INDEX[recipient.role],
        )
        for recipient in message.recipients[:_LIST_LIMIT]
        if recipient.address not in owner
    )
    greeting = message.salutation
    greeted = (
        tuple(hasher("~" + fold(name)) for name in greeting.names) if sent and greeting is not None else ()
    )
    # A copy to oneself or a forged From makes the owner no contact.
    author = None if sent or message.sender.address in owner else message.sender
    subject = fold(message.base_subject).strip()
    parents = [message.in_reply_to, *reversed(message.references)]
    return Facts(
        sent=sent,
        at=message.date.timestamp() if message.date is not None else None,
        sender=author.address if author is not None else "",
        sender_name=author.name if author is not None else "",
        recipients=recipients,
        terms=term_weights(message, hasher),
        thread=hasher.once("#" + subject) if len(subject) > 2 else 0,
        message=hasher.once(message.message_id) if message.message_id else 0,
        parents=tuple(dict.fromkeys(hasher.once(parent) for parent in parents[:12] if parent)),
        kind=message.kind,
        greeted=greeted,
        automatic=message.automatic,
        quoting=sent and bool(message.quoted),
        named=named_places(message, recipients) if sent else (),
        source=_source(message, hasher) if sent else (),
        style=marks(message, len(recipients)) if sent else (),
    )


def _source(message: Message, hasher: TermHasher) -> tuple[int, ...]:
    """Return the hashes of the outermost quoted sender: of the address, and of the whole name."""
    person = message.quoted[0].sender if message.quoted else None
    if person is None:
        return ()
    found = [hasher("@" + person.address)] if person.address else []
    tokens = person_tokens(person)
    if len(tokens) > 1:
        found.append(hasher("&" + " ".join(sorted(tokens))))
    return tuple(found)
