"""What came after the message from those who got it, or came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.recovery.case import Later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from scanner.message.model import Message

_MOST = 20


def later_mail(
    received: Iterable[Message], *, message_id: str, sent_at: datetime | None, recipients: Collection[str]
) -> list[Later]:
    """Return the bounces of a sent message and what its recipients wrote afterwards, in the order given.

    A bounce names the message or, where the report has no Message-ID, came within a week. Of other mail
    that is no answer to it only the first of each sender is told.
    """
    found: dict[tuple[str, str], Later] = {}
    for message in received:
        if sent_at is not None and message.date is not None and message.date < sent_at:
            continue
        for failure in message.failures:
            mine = failure.message_id == message_id if failure.message_id else _soon(message, sent_at)
            if mine and failure.address in recipients and not failure.status.startswith("4."):
                one = Later("bounce", failure.address, message.date, message.message_id)
                found.setdefault((one.kind, one.address), one)
        sender = message.sender.address
        if message.failures or message.automatic or sender not in recipients:
            continue
        answers = bool(message_id) and message_id in {message.in_reply_to, *message.references}
        one = Later("answer" if answers else "mail", sender, message.date, message.message_id)
        found.setdefault((one.kind, one.address), one)
    answered = {one.address for one in found.values() if one.kind == "answer"}
    return [one for one in found.values() if one.kind != "mail" or one.address not in answered][:_MOST]


def _soon(message: Message, sent_at: datetime | None) -> bool:
    if sent_at is None or message.date is None:
        return False
    return (message.date - sent_at).days < _WEEK


_WEEK = 7
