"""Scenes of mail for the kinds of evidence that no phrase shows: bounces, resends, conversations.

The bounces are worded as six mail servers word them. All people are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from scanner.detect.evidence import Evidence, Kind, Lookback
from scanner.message.parse import parse
from tests.people import OWNER, START, a_verdict

CARLA: Final = "carla.verdi@client.example"
MISTYPED: Final = "carla.verid@client.example"
UNKNOWN: Final = "old.friend@elsewhere.example"
BEHIND: Final = "box4711@forwarded.example"
MARCO: Final = "marco.rossi@rival.example"
ROSSETTI: Final = "marco.rossetti@client.example"
ILSE: Final = "ilse.brandt@third.example"
TEXT: Final = "Please find below the figures for the second quarter, as we agreed on the phone."


def near(address: str) -> str:
    """The one typing error that the scenes know."""
    return CARLA if address == MISTYPED else ""


def mail(  # a mail has many parts
    minute: float,
    sender: str,
    to: str,
    text: str,
    *,
    subject: str = "Figures",
    message_id: str = "",
    answers: str = "",
    attachment: str = "",
    more: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A mail as octets, at so many minutes after the start."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = format_datetime(START + timedelta(minutes=minute))
    made["Message-ID"] = message_id or f"<at-{minute:g}-{len(text)}@{sender.partition('@')[2]}>"
    if answers:
        made["In-Reply-To"] = answers
    for name, value in more:
        made[name] = value
    made.set_content(text)
    if attachment:
        made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=attachment)
    return made.as_bytes()


@dataclass(slots=True)
class Box:
    """One mailbox, to which mail is given as octets, in order."""

    score: float = 0.001
    found: list[Evidence] = field(default_factory=list)
    lookback: Lookback = field(default_factory=lambda: Lookback(frozenset({OWNER}), near=near))

    def sent(self, raw: bytes) -> None:
        """The owner sends a mail."""
        message = parse(raw)
        self.found += self.lookback.sent(message, a_verdict(message, score=self.score))

    def received(self, raw: bytes) -> None:
        """A mail comes in."""
        self.found += self.lookback.received(parse(raw))


@dataclass(frozen=True, slots=True)
class Scene:
    """One story and whether it is evidence of its kind."""

    name: str
    kind: Kind
    positive: bool
    play: Callable[[Box], None]
    score: float = 0.001

    def found(self) -> bool:
        """Whether evidence of the kind is found in it."""
        box = Box(score=self.score)
        self.play(box)
        return any(one.kind is self.kind and one.log_odds * self._sign > 0 for one in box.found)

    @property
    def _sign(self) -> int:
        return -1 if self.kind is Kind.ANSWER else 1


# Bounces

_SAYS: Final[dict[str, str]] = {
    "unknown": "550 5.1.1 User unknown",
    "full": "552 5.2.2 Mailbox full",
    "delay": "450 4.4.1 Connection timed out",
}
_STATUS: Final = {"unknown": "5.1.1", "full": "5.2.2", "delay": "4.4.1"}


def _report(server: str, text: str, *, address: str = "", trouble: str = "") -> bytes:
    """A report of RFC 3464 where an address is given, else one in words alone."""
    made = (
        f"From: {server}\r\nTo: {OWNER}\r\nSubject: Undelivered mail\r\nMessage-ID: <report@mx.example>\r\n"
    )
    made += f"Date: {format_datetime(START + timedelta(minutes=5))}\r\nAuto-Submitted: auto-replied\r\n"
    original = f"Message-ID: <typed@firm.example>\r\nFrom: {OWNER}\r\nSubject: Figures\r\n"
    if not address:
        made += "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        return (made + text.replace("\n", "\r\n") + "\r\n" + original).encode()
    action = "delayed" if trouble == "delay" else "failed"
    status = f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {_STATUS[trouble]}\r\n"
    made += 'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\r\n\r\n'
    parts = (
        ("text/plain; charset=utf-8", text.replace("\n", "\r\n")),
        ("message/delivery-status", f"Reporting-MTA: dns; mx.example\r\n\r\n{status}"),
        ("text/rfc822-headers", original),
    )
    for kind, body in parts:
        made += f"--=_r\r\nContent-Type: {kind}\r\n\r\n{body}\r\n"
    return (made + "--=_r--\r\n").encode()


def _postfix(address: str, trouble: str) -> bytes:
    text = (
        "This is the mail system at host mx.firm.example.\n\nYour message could not be delivered to one or\n"
        f"more recipients.\n\n<{address}>: host mx.client.example[192.0.2.7] said: {_SAYS[trouble]}\n"
        "    (in reply to RCPT TO command)\n"
    )
    return _report("MAILER-DAEMON@mx.firm.example", text, address=address, trouble=trouble)


def _exim(address: str, trouble: str) -> bytes:
    text = (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could "
        "not be delivered to\none or more of its recipients.\n\n"
        f"  {address}\n    host mx.client.example [192.0.2.7]\n"
        f"    SMTP error from remote mail server after RCPT TO:<{address}>:\n    {_SAYS[trouble]}\n"
    )
    return _report("Mailer-Daemon@mx.firm.example", text)


def _exchange(address: str, trouble: str) -> bytes:
    text = (
        f"Delivery has failed to these recipients or groups:\n\n{address}\nThe address you entered couldn't "
        "be found.\n\nDiagnostic information for administrators:\n\nGenerating server: mx.firm.example\n\n"
        f"{address}\n"
        f"Remote Server returned '{_SAYS[trouble]}'\n"
    )
    sender = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@firm.example"
    return _report(sender, text, address=address, trouble=trouble)


def _gmail(address: str, trouble: str) -> bytes:
    text = (
        f"** Address not found **\n\nYour message wasn't delivered to {address} because the address couldn't "
        f"be found.\n\nThe response from the remote server was:\n{_SAYS[trouble]}\n"
    )
    return _report("mailer-daemon@googlemail.example", text, address=address, trouble=trouble)


def _qmail(address: str, trouble: str) -> bytes:
    text = (
        "Hi. This is the qmail-send program at mx.firm.example.\nI'm afraid I wasn't able to deliver your "
        f"message\nto the following addresses.\n\n<{address}>:\n192.0.2.7 does not like recipient.\n"
        "Remote host said: "
        f"{_SAYS[trouble]}\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n"
    )
    return _report("MAILER-DAEMON@mx.firm.example", text)


def _sendmail(address: str, trouble: str) -> bytes:
    text = (
        "The original message was received\n\n   ----- The following addresses had permanent errors -----\n"
        f"<{address}>\n    (reason: {_SAYS[trouble]})\n\n   ----- Transcript of session follows -----\n"
        f"... while talking to mx.client.example.:\n>>> RCPT To:<{address}>\n<<< {_SAYS[trouble]}\n"
    )
    return _report("MAILER-DAEMON@mx.firm.example", text, address=address, trouble=trouble)


SERVERS: Final[dict[str, Callable[[str, str], bytes]]] = {
    "Postfix": _postfix,
    "Exim": _exim,
    "Exchange": _exchange,
    "Gmail": _gmail,
    "qmail": _qmail,
    "Sendmail": _sendmail,
}
"""How six servers word a report, given the address and what is wrong: `unknown`, `full` or `delay`."""


def _bounces() -> Iterator[Scene]:
    stories = {
        "mistyped": (MISTYPED, MISTYPED, "unknown", True),
        "like no known address": (UNKNOWN, UNKNOWN, "unknown", False),
        "delay": (MISTYPED, MISTYPED, "delay", False),
        "full mailbox": (MISTYPED, MISTYPED, "full", False),
        "forwarder": (CARLA, BEHIND, "unknown", False),
    }
    for server, words in SERVERS.items():
        for name, (to, failed, trouble, positive) in stories.items():

            def play(
                box: Box,
                to: str = to,
                report: bytes = words(failed, trouble),
            ) -> None:
                box.sent(mail(0, OWNER, to, TEXT, message_id="<typed@firm.example>"))
                box.received(report)

            yield Scene(f"{server}: {name}", Kind.BOUNCE, positive, play)


# Resends


def _again(
    minute: float, to: str, text: str = TEXT, subject: str = "Figures", attachment: str = ""
) -> Callable[[Box], None]:
    """Something to Marco Rossi first, and then so many minutes later this."""

    def play(box: Box) -> None:
        box.sent(mail(0, OWNER, MARCO, TEXT, attachment="offer.pdf" if attachment else ""))
        box.sent(mail(minute, OWNER, to, text, subject=subject, attachment=attachment))

    return play


def _one_by_one(box: Box) -> None:
    for minute, name in enumerate(("marco.rossi", "marco.bianchi", "marco.verdi", "marco.neri")):
        box.sent(mail(minute, OWNER, f"{name}@rival.example", TEXT))


def _after_a_bounce(box: Box) -> None:
    box.sent(mail(0, OWNER, MISTYPED, TEXT, message_id="<typed@firm.example>"))
    box.received(_postfix(MISTYPED, "unknown"))
    box.sent(mail(6, OWNER, CARLA, TEXT))


def _reminder(box: Box) -> None:
    box.sent(mail(0, OWNER, MARCO, TEXT))
    box.sent(mail(20, OWNER, MARCO, TEXT))


_OTHER_TEXT: Final = "Could you send me the minutes of the meeting in March, there is no copy of them here."


def _resends() -> Iterator[Scene]:
    for name, play in {
        "same text to a similar name": _again(12, ROSSETTI),
        "same text at once": _again(1, ROSSETTI),
        "same text, other subject": _again(12, ROSSETTI, subject="The figures"),
        "same attachment, few words": _again(12, ROSSETTI, "See attached.", attachment="offer.pdf"),
        "same subject, new words": _again(8, ROSSETTI, _OTHER_TEXT),
        "to the address as meant": _again(4, "marco.rossi@client.example"),
    }.items():
        yield Scene(name, Kind.RESEND, positive=True, play=play)
    for name, play in {
        "one by one on purpose": _one_by_one,
        "after a bounce": _after_a_bounce,
        "half an hour later": _again(31, ROSSETTI),
        "to nobody alike": _again(12, ILSE),
        "another matter to a similar name": _again(12, ROSSETTI, _OTHER_TEXT, "Minutes"),
        "once more to the same": _reminder,
    }.items():
        yield Scene(name, Kind.RESEND, positive=False, play=play)


# Conversations that go on: evidence that all was well


def _talk(*answers: tuple[float, str, str, tuple[tuple[str, str], ...]]) -> Callable[[Box], None]:
    """A mail to Marco Rossi, and answers to it: minute, sender, text, more header fields."""

    def play(box: Box) -> None:
        box.sent(mail(0, OWNER, MARCO, TEXT, message_id="<first@firm.example>"))
        for minute, sender, text, more in answers:
            subject, first = "Re: Figures", "<first@firm.example>"
            box.received(mail(minute, sender, OWNER, text, subject=subject, answers=first, more=more))

    return play


_MACHINE: Final = (("Auto-Submitted", "auto-replied"),)


def _answers() -> Iterator[Scene]:
    one, two = (60.0, MARCO, "Thanks, the north looks good.", ()), (90.0, MARCO, "And the south?", ())
    for name, positive, play in (
        ("two answers", True, _talk(one, two)),
        ("three answers", True, _talk(one, two, (120.0, MARCO, "Fine by me.", ()))),
        ("one answer", False, _talk(one)),
        (
            "two answers of a machine",
            False,
            _talk((1, MARCO, "I am away.", _MACHINE), (2, MARCO, "Away.", _MACHINE)),
        ),
        ("two answers of strangers", False, _talk((5, ILSE, "Good.", ()), (6, ILSE, "Very good.", ()))),
        (
            "a notice and thanks",
            False,
            _talk((5, MARCO, "You have the wrong person.", ()), (9, MARCO, "Bye.", ())),
        ),
    ):
        yield Scene(name, Kind.ANSWER, positive, play, score=0.4)


SCENES: Final[tuple[Scene, ...]] = (*_bounces(), *_resends(), *_answers())
