"""The alert as a mail: headers that nothing can be injected into, and two parts that any server carries."""

from __future__ import annotations

import hashlib
import quopri
import re
from email.header import Header
from email.utils import format_datetime
from typing import TYPE_CHECKING

from scanner.alert.safe import one_line
from scanner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

NAME = "Oopsee"

_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f<>()\[\],;:\\\"@]+@[^\s\x00-\x20\x7f<>()\[\],;:\\\"@]+")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_MOST_REFERENCES = 20
"""Long threads keep their first and their latest messages, which is what clients thread by."""


def build(
    *,
    kind: str,
    owner: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    date: datetime,
    references: Sequence[str] = (),
) -> bytes:
    """Give the whole mail with CRLF line ends, 7-bit, multipart/alternative.

    The last of `references` is the message that is answered (RFC 5322 section 3.6.4); what is no
    Message-ID is left out. Automatic responders are asked to keep quiet (RFC 3834 section 5).
    Raises ConfigError where the owner's address cannot stand in a header.
    """
    if not _ADDRESS.fullmatch(owner) or len(owner) > 254:
        raise ConfigError(
            "The owner's address is not an address that mail can be sent to.",
            meaning="Alerts cannot be written.",
            remedy="Correct the mailbox's address in the settings; it looks like anna@example.org.",
        )
    thread = thread_of(references)
    boundary = "=_oopsee_" + hashlib.blake2s(message_id.encode(), digest_size=12).hexdigest()
    headers = [
        ("From", f"{NAME} <{owner}>"),
        ("Reply-To", f"{NAME} <{owner}>"),
        ("To", f"<{owner}>"),
        ("Subject", _encoded(subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", _identifier(message_id)),
    ]
    if thread:
        headers += [("In-Reply-To", thread[-1]), ("References", "\r\n ".join(thread))]
    headers += [
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Oopsee", f"{kind};v=1"),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    parts = (_part("plain", text), _part("html", html))
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"{head}\r\n{body}--{boundary}--\r\n".encode()


def thread_of(references: Iterable[str]) -> list[str]:
    """Keep what is a Message-ID, each once, the first and the latest of a long thread."""
    sound = [one for one in references if _MESSAGE_ID.fullmatch(one)]
    known = list(dict.fromkeys(reversed(sound)))[::-1]
    return known if len(known) <= _MOST_REFERENCES else [known[0], *known[-_MOST_REFERENCES + 1 :]]


def _identifier(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        message = "the alert's Message-ID is not one"
        raise ValueError(message)
    return message_id


def _encoded(subject: str) -> str:
    """Encode by RFC 2047 what is not plain ASCII, or looks encoded and would be decoded once more."""
    line = one_line(subject, 200)
    charset = "us-ascii" if line.isascii() and "=?" not in line else "utf-8"
    return Header(line, charset, header_name="Subject").encode(linesep="\r\n")


def _part(subtype: str, content: str) -> str:
    """Give one part in quoted-printable, in which the "=_" of the boundary cannot occur."""
    lines = "\n".join(content.splitlines()) + "\n"
    octets = quopri.encodestring(lines.encode("utf-8", "replace")).decode("ascii")
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + octets.replace("\n", "\r\n")
    )
