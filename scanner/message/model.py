"""What one mail says: the frozen facts that every other part works on."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from scanner.message.bounces import DeliveryFailure


class Role(enum.StrEnum):
    """In which header field a recipient stands (RFC 5322 section 3.6.3)."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


@dataclass(frozen=True, slots=True)
class Person:
    """A mailbox in the sense of RFC 5322 section 3.4: display name and address.

    `address` is lower-cased and stripped, "" where a quoted header gives a name only; `name` is
    the decoded display name, "" where there is none.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a message with its role and display name."""

    address: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Attachment:
    """Name, MIME type and encoded size in octets; never the content."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class QuotedBlock:
    """The header block of one quoted message: who wrote to whom. Outermost block first."""

    sender: Person | None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Salutation:
    """The greeting line of the own text.

    `names` holds the words that name a person, as written ("Anna", "Rossi"); `group` is true for
    "all", "team", "tutti", ...; `formal` for forms such as "Sehr geehrte", "Egregio", "Sayın".
    """

    names: tuple[str, ...]
    group: bool = False
    formal: bool = False


class Kind(enum.StrEnum):
    """Whether a message starts a conversation, answers, or passes one on."""

    NEW = "new"
    REPLY = "reply"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Message:
    """One mail as facts. `message.parse` makes it and never raises.

    `message_id` is as in the source including angle brackets, "" where there is none; `digest` is
    a hex digest over address, date and subject headers and the text and the same whichever way
    the message was read. `date` is aware and in UTC, None where it cannot be read. `recipients`
    come in header order (To, Cc, Bcc), each address once. `own_text` is what the sender wrote
    here, apart from quotes, signature and disclaimer. `named` are runs of words in the own text
    that look like people's names; `text_addresses` the addresses that stand in own or quoted
    text. `automatic` is true for mail that no person wrote (RFC 3834, lists, reports);
    `ours` for mail that Oopsee made. `failures` are the recipients whom an earlier mail did not
    reach, where this is a report about that. `flaws` names what could not be read.
    """

    message_id: str
    digest: str
    date: datetime | None
    sender: Person
    recipients: tuple[Recipient, ...]
    subject: str
    base_subject: str
    kind: Kind
    own_text: str
    quoted_text: str
    quoted: tuple[QuotedBlock, ...] = ()
    salutation: Salutation | None = None
    signature_names: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    text_addresses: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: tuple[Person, ...] = ()
    actual_sender: Person | None = None
    automatic: bool = False
    ours: bool = False
    failures: tuple[DeliveryFailure, ...] = ()
    flaws: tuple[str, ...] = field(default=())
