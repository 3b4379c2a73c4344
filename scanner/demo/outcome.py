"""What became of one message that was sent in the demo."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from scanner.demo.sample import LiveSend
from scanner.detect.verdict import RecipientVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message that was sent: the verdict, the alert, and the seconds until it lay there.

    `verdict` is None where none came in time, `alert` where none came at all.
    """

    send: LiveSend
    verdict: Verdict | None
    alert: EmailMessage | None
    seconds: float

    @property
    def right(self) -> bool:
        """Whether a mistake was alerted, or something harmless left alone."""
        return self.verdict is not None and self.send.mistake == (self.alert is not None)

    @property
    def blamed(self) -> RecipientVerdict | None:
        """The recipient whom the verdict finds the most likely to be wrong."""
        recipients = self.verdict.recipients if self.verdict else ()
        return max(recipients, key=lambda recipient: recipient.score, default=None)

    @property
    def meant_name(self) -> str:
        """Whom the verdict takes to have been meant: the name, else the address, "" for nobody."""
        blamed = self.blamed
        return (blamed.meant_name or blamed.meant or "") if blamed else ""

    @property
    def meant_right(self) -> bool:
        """Whether the verdict names the person for whom the message really was."""
        return self.blamed is not None and self.blamed.meant == self.send.meant
