"""A draft as a mail that the owner can finish and send with their own mail program."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from scanner.alert.safe import one_line
from scanner.recovery.drafts import Addressee

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scanner.message.model import Person
    from scanner.recovery.drafts import Draft


def as_mail(
    draft: Draft,
    *,
    owner: Person,
    message_id: str,
    now: datetime,
    about: str = "",
    references: Sequence[str] = (),
) -> bytes:
    """Give the draft as a whole mail (RFC 5322), without any mark of ours: what is sent is the owner's.

    To the wrong recipient it answers the message `about`, so that it stands in the same thread. An
    address that cannot stand in a header is left for the owner to fill in.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _addresses([owner])
    for field, people in (("To", draft.to), ("Bcc", draft.bcc)):
        if found := _addresses(people):
            mail[field] = found
    mail["Subject"] = one_line(draft.subject, 200)
    mail["Date"] = now
    mail["Message-ID"] = message_id
    if draft.addressee is Addressee.RECIPIENT and _sound(about):
        mail["In-Reply-To"] = about
        mail["References"] = " ".join([*filter(_sound, references[-10:]), about])
    mail.set_content(draft.text, cte="quoted-printable")
    return mail.as_bytes()


def _addresses(people: Sequence[Person]) -> tuple[Address, ...]:
    found = []
    for one in people:
        try:
            found.append(Address(one_line(one.name, 60), addr_spec=one.address))
        except (ValueError, IndexError):  # no address that a mail can be sent to
            continue
    return tuple(found)


def _sound(message_id: str) -> bool:
    plain = message_id[1:-1]
    return (
        message_id[:1] == "<"
        and message_id[-1:] == ">"
        and plain.isascii()
        and plain.isprintable()
        and not set(plain) & set("<> ")
        and len(plain) < 900
    )
