"""How bad it would be if a message did go to the wrong party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.detect.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.message.model import Message

_LIST = 8


def severity(
    message: Message, wrong: Sequence[str], own: frozenset[str], organisations: Sequence[str]
) -> Severity:
    """Return the severity from who is suspected and what is attached.

    Low inside the owner's organisation without attachments; high where attachments or a long
    quoted conversation left it, or where many outsiders were exposed; middle otherwise.
    """
    outside = [org for org in organisations if org not in own]
    carries = bool(message.attachments) or len(message.quoted) > 1
    if not wrong or not outside:
        return Severity.MIDDLE if wrong and message.attachments else Severity.LOW
    return Severity.HIGH if carries or len(wrong) >= _LIST else Severity.MIDDLE
