"""One owner's mailbox, and the order of mail in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.message.model import Message


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One owner's mail: `mail` holds (message, whether sent) by UTC date, then message id.

    Of an owner with little mail nothing is `measured`, but something can be learnt.
    """

    name: str
    owner: frozenset[str]
    mail: tuple[tuple[Message, bool], ...]
    measured: bool = True

    @property
    def sent(self) -> int:
        """Number of sent messages."""
        return sum(sent for _, sent in self.mail)


def in_order(mail: Iterable[tuple[Message, bool]]) -> tuple[tuple[Message, bool], ...]:
    """Return mail by UTC date, then message id; undated mail comes last."""
    return tuple(sorted(mail, key=_place))


def _place(item: tuple[Message, bool]) -> tuple[bool, float, str, str]:
    message, _ = item
    return (
        message.date is None,
        message.date.timestamp() if message.date else 0.0,
        message.message_id,
        message.digest,
    )
