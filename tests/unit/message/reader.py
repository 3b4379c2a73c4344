"""What an IMAP reader would fetch of a message, by the standard library instead of our parser."""

from __future__ import annotations

import email
import email.policy
import email.utils
from email.message import Message as StandardMessage

from scanner.message.headers import parameter
from scanner.message.mime import Part, TextPart, select
from scanner.message.model import Message
from scanner.message.parse import build

_CRLF = email.policy.compat32.clone(linesep="\r\n")


def part_of(message: StandardMessage, number: str = "") -> Part:
    """Make the neutral tree that a BODYSTRUCTURE gives."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        children = tuple(
            part_of(child, f"{number}.{index}" if number else str(index))
            for index, child in enumerate(message.get_payload(), 1)
            if isinstance(child, StandardMessage)
        )
        return Part(message.get_content_type(), number=number, children=children)
    octets = _octets(message)
    disposition = _parameters(message, "content-disposition")
    kind = _parameters(message, "content-type")
    return Part(
        message.get_content_type(),
        kind.get("charset", "").lower(),
        str(message.get("content-transfer-encoding", "")).lower(),
        message.get_content_disposition() or "",
        parameter(disposition, "filename") or parameter(kind, "name"),
        len(octets),
        number or "1",
    )


def _parameters(message: StandardMessage, header: str) -> dict[str, str]:
    pairs = (message.get_params(header=header) or [])[1:]
    return {str(name).lower(): email.utils.collapse_rfc2231_value(value) for name, value in pairs}


def fetched(raw: bytes) -> Message:
    """Build a message from header block, chosen text parts and attachments, as fetched one by one."""
    header = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    whole = email.message_from_bytes(raw, policy=email.policy.compat32)
    selection = select(part_of(whole))
    leaves = _leaves(whole)
    texts = [
        TextPart(part.content_type, part.charset, part.transfer_encoding, _octets(leaves[part.number]))
        for part in selection.texts
    ]
    return build(header, texts, selection.attachments)


def _octets(message: StandardMessage) -> bytes:
    payload: object = message._payload  # type: ignore[attr-defined]  # get_payload() would decode 8-bit octets
    if isinstance(payload, list):  # message/rfc822: the octets of the message inside
        return b"".join(
            child.as_bytes(policy=_CRLF) for child in payload if isinstance(child, StandardMessage)
        )
    return str(payload).encode("ascii", "surrogateescape")


def _leaves(message: StandardMessage, number: str = "") -> dict[str, StandardMessage]:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        found: dict[str, StandardMessage] = {}
        for index, child in enumerate(message.get_payload(), 1):
            if isinstance(child, StandardMessage):
                found |= _leaves(child, f"{number}.{index}" if number else str(index))
        return found
    return {number or "1": message}
