"""From a raw mail, from what an IMAP reader fetched, or from a record, to one frozen `Message`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from scanner.message import limits
from scanner.message.addresses import addresses_in_text, clean_name, normalise_address
from scanner.message.addresslist import cut, oversized, parse_addresses
from scanner.message.automatic import is_automatic
from scanner.message.bounces import delivery_failures, reports_delivery
from scanner.message.dates import parse_date
from scanner.message.decode import decode_words
from scanner.message.headers import Fields, first, read_fields, split_message
from scanner.message.mime import Part, RawTree, Selection, TextPart, select, text_of, tidy
from scanner.message.model import Attachment, Kind, Message, Person, Recipient, Role
from scanner.message.named import named_people
from scanner.message.owntext import split_text
from scanner.message.salutation import read_salutation
from scanner.message.signature import split_signature
from scanner.message.subjects import base_subject, subject_kind

__all__ = ["Part", "Selection", "TextPart", "build", "from_record", "parse", "select", "select_parts"]

OUR_FIELD: Final = "x-oopsee"
"""Header field (lower-case) that marks mail made by Oopsee."""

NOBODY: Final = Person("", "")
_MESSAGE_ID: Final = re.compile(rf"<[^<>\s]{{1,{limits.ID_CHARACTERS - 2}}}>")
_UNREADABLE: Final = {
    "application/pkcs7-mime": "encrypted", "application/x-pkcs7-mime": "encrypted",
    "application/pgp-encrypted": "encrypted", "application/ms-tnef": "tnef",
    "application/vnd.ms-tnef": "tnef",
}  # fmt: skip
_ROLES: Final = ((Role.TO, "to"), (Role.CC, "cc"), (Role.BCC, "bcc"))

select_parts = select


def parse(raw: bytes) -> Message:
    """Read a whole message (RFC 5322). Never raises: what cannot be read is named in `flaws`."""
    try:
        return _parse(raw)
    except Exception:  # noqa: BLE001 - a mail that trips a defect here must not stop its folder
        return _unreadable(raw)


def _parse(raw: bytes) -> Message:
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    start, end, body = split_message(raw)
    fields, flaws = read_fields(raw[start:end])
    tree = RawTree(raw, fields, body)
    flaws.extend(sorted(tree.flaws))
    selection = select(tree.root)
    texts = [
        TextPart(part.content_type, part.charset, part.transfer_encoding, tree.payload(part))
        for part in selection.texts
    ]
    return _assemble(fields, texts, selection.attachments, flaws)


def build(header: bytes, texts: Sequence[TextPart], attachments: Sequence[Attachment]) -> Message:
    """Make the message that `parse` would make, from a header block and the parts that `select` chose."""
    try:
        start, end, _ = split_message(header)
        fields, flaws = read_fields(header[start:end])
        return _assemble(fields, texts, attachments, flaws)
    except Exception:  # noqa: BLE001 - as in `parse`
        return _unreadable(header)


def from_record(record: Mapping[str, object]) -> Message:
    """Make a message from an object of a JSON Lines file (`oopsee scan`).

    Keys: message_id, date (ISO 8601), from {name, address}, to, cc, bcc (lists of the same),
    subject, body, in_reply_to, references, attachments (names). Any may be missing or of another
    type: it then counts as absent and is named in `flaws`. Never raises.
    """
    flaws: list[str] = []
    senders = _record_people(record, "from", flaws)
    lists = {name: _record_people(record, name, flaws) for _, name in _ROLES}
    names = record.get("attachments")
    attachments = tuple(
        Attachment(_line(name), "", 0)
        for name in (names if isinstance(names, list) else ())
        if isinstance(name, str)
    )
    text = tidy(_record_text(record, "body", flaws))
    if len(text) > limits.TEXT_CHARACTERS:
        text = text[: limits.TEXT_CHARACTERS]
        flaws.append("text-length")
    written = record.get("references")
    references = " ".join(map(str, written)) if isinstance(written, list) else str(written or "")
    return _message(
        message_id=_first_id(_record_text(record, "message_id", flaws)),
        date=_record_date(record, flaws),
        sender=senders[0] if senders else NOBODY,
        lists=lists,
        subject=_record_text(record, "subject", flaws),
        text=text,
        attachments=attachments,
        in_reply_to=_first_id(_record_text(record, "in_reply_to", flaws)),
        references=references,
        flaws=flaws,
    )


def _unreadable(octets: bytes) -> Message:
    """Stand in for a mail that could not be read at all: its digest keeps it apart from others."""
    return Message(
        message_id="",
        digest=hashlib.blake2b(octets, digest_size=20).hexdigest(),
        date=None,
        sender=NOBODY,
        recipients=(),
        subject="",
        base_subject="",
        kind=Kind.NEW,
        own_text="",
        quoted_text="",
        flaws=("unreadable",),
    )


def _assemble(
    fields: Fields, texts: Sequence[TextPart], attachments: Sequence[Attachment], flaws: list[str]
) -> Message:
    senders = _people(fields, "from", flaws)
    actual = _people(fields, "sender", flaws) if "sender" in fields else []
    for attachment in attachments:
        unreadable = _UNREADABLE.get(attachment.content_type)
        if unreadable is not None:
            flaws.append(unreadable)
    sender = next((person for person in senders if person.address), None)
    if sender is None:
        sender = next((person for person in actual if person.address), senders[0] if senders else NOBODY)
        if not sender.address:
            flaws.append("no-from")
    written = first(fields, "date")
    date = parse_date(written) if written else None
    if date is None:
        flaws.append("date" if written else "no-date")
    subject = first(fields, "subject")
    return _message(
        message_id=_first_id(first(fields, "message-id")),
        date=date,
        sender=sender,
        lists={name: _people(fields, name, flaws) if name in fields else [] for _, name in _ROLES},
        subject=decode_words(subject) if subject else "",
        text=text_of(list(texts), flaws),
        attachments=tuple(attachments),
        in_reply_to=_first_id(first(fields, "in-reply-to")),
        references=" ".join(fields.get("references", ())),
        flaws=flaws,
        reply_to=tuple(person for person in _people(fields, "reply-to", flaws) if person.address)[
            : limits.RECIPIENTS
        ],
        actual_sender=actual[0] if actual and actual[0].address not in {"", sender.address} else None,
        automatic=is_automatic(fields, sender.address),
        ours=OUR_FIELD in fields,
    )


def _message(
    *,
    message_id: str,
    date: datetime | None,
    sender: Person,
    lists: Mapping[str, list[Person]],
    subject: str,
    text: str,
    attachments: tuple[Attachment, ...],
    in_reply_to: str,
    references: str,
    flaws: list[str],
    reply_to: tuple[Person, ...] = (),
    actual_sender: Person | None = None,
    automatic: bool = False,
    ours: bool = False,
) -> Message:
    subject = _line(subject)
    if len(subject) > limits.SUBJECT_CHARACTERS:
        subject = subject[: limits.SUBJECT_CHARACTERS].rstrip()
        flaws.append("subject")
    split = split_text(text)
    own, signature_names = split_signature(split.own)
    kind = subject_kind(subject)
    if split.forwarded:
        # What the mail program wrote above the quotation says more than a subject that was taken over.
        kind = Kind.FORWARD
    elif kind is Kind.NEW and (in_reply_to or split.quoted.strip()):
        kind = Kind.REPLY
    return Message(
        message_id=message_id,
        digest=_digest(date, sender, lists, subject, text),
        date=date,
        sender=sender,
        recipients=_recipients(lists, flaws),
        subject=subject,
        base_subject=base_subject(subject),
        kind=kind,
        own_text=own,
        quoted_text=split.quoted,
        quoted=split.blocks,
        salutation=read_salutation(own),
        signature_names=signature_names,
        named=named_people(own),
        text_addresses=addresses_in_text(text, limits.ADDRESSES),
        attachments=attachments,
        in_reply_to=in_reply_to,
        references=tuple(dict.fromkeys(map(_line, _MESSAGE_ID.findall(references))))[-limits.REFERENCES :]
        if references
        else (),
        reply_to=reply_to,
        actual_sender=actual_sender,
        automatic=automatic,
        ours=ours,
        failures=delivery_failures(text) if reports_delivery(sender.address) else (),
        flaws=tuple(dict.fromkeys(flaws)),
    )


def _people(fields: Fields, name: str, flaws: list[str]) -> list[Person]:
    people: list[Person] = []
    for value in fields.get(name, ()):
        found, clean = parse_addresses(value)
        people += found
        if not clean:
            flaws.append(name)
    return _bounded(people, name, flaws)


def _bounded(people: list[Person], name: str, flaws: list[str]) -> list[Person]:
    if any(map(oversized, people)):
        flaws.append(name)
        return list(map(cut, people))
    return people


def _recipients(lists: Mapping[str, list[Person]], flaws: list[str]) -> tuple[Recipient, ...]:
    recipients: dict[str, Recipient] = {}
    for role, name in _ROLES:
        for person in lists[name]:
            address = person.address
            if address and address not in recipients:
                recipients[address] = Recipient(address, person.name, role)
    if len(recipients) > limits.RECIPIENTS:
        flaws.append("recipients")
        return tuple(recipients.values())[: limits.RECIPIENTS]
    return tuple(recipients.values())


def _digest(
    date: datetime | None, sender: Person, lists: Mapping[str, list[Person]], subject: str, text: str
) -> str:
    digest = hashlib.blake2b(digest_size=20)
    parts: Iterable[str] = (
        sender.address,
        ",".join([person.address for person in lists["to"]]),
        ",".join([person.address for person in lists["cc"]]),
        date.isoformat() if date else "",
        subject,
        " ".join(text.split()),
    )
    digest.update("\0".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if text.isprintable() else "".join(c for c in text if c.isprintable())


def _first_id(value: str) -> str:
    found = _MESSAGE_ID.search(value)
    return _line(found[0] if found else value[: 2 * limits.ID_CHARACTERS])[: limits.ID_CHARACTERS]


def _record_text(record: Mapping[str, object], key: str, flaws: list[str]) -> str:
    value = record.get(key)
    if isinstance(value, str):
        return value
    if value is not None:
        flaws.append(key)
    return ""


def _record_people(record: Mapping[str, object], key: str, flaws: list[str]) -> list[Person]:
    value = record.get(key)
    people: list[Person] = []
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        if isinstance(item, Mapping):
            name, address = item.get("name"), item.get("address")
            address = normalise_address(address) if isinstance(address, str) else ""
            name = clean_name(name) if isinstance(name, str) else ""
            if address or name:
                people.append(Person(name, address))
        elif isinstance(item, str):
            people += parse_addresses(item)[0]
        else:
            flaws.append(key)
    return _bounded(people, key, flaws)


def _record_date(record: Mapping[str, object], flaws: list[str]) -> datetime | None:
    value = record.get("date")
    if isinstance(value, str) and value:
        date = parse_date(value)
        if date is None:
            flaws.append("date")
        return date
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    flaws.append("no-date" if value is None or value == "" else "date")
    return None
