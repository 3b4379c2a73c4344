"""Fictional messages that went astray, as cases: one low, one middle, one high, and a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from scanner.detect.evidence import Evidence
from scanner.detect.verdict import Action, RecipientVerdict, Severity, Verdict
from scanner.message.model import Message, Person, Role
from scanner.recovery import Action as Deed
from scanner.recovery import Case, Later, Relation, Times, assess
from tests.letters import letter

OWNER = Person("Anna Neri", "anna.neri@firm.example")
OWN = frozenset({"firm.example"})
SENT = datetime(2025, 4, 8, 11, 22, tzinfo=UTC)
ALERTED = SENT + timedelta(seconds=40)
CONFIRMED = SENT + timedelta(minutes=9)
NOW = datetime(2025, 4, 8, 13, 45, tzinfo=timezone(timedelta(hours=2)))

ROSSI = "Marco Rossi <marco.rossi@acme.example>"
TOM = ("tom.ashworth@client.example", "Tom Ashworth")


def message(
    *, to: Sequence[str] = (ROSSI,), text: str = "", subject: str = "", attachments: Sequence[str] = ()
) -> Message:
    """A message of the owner."""
    made = letter(1, to=to, text=text, subject=subject, attachments=attachments)
    return replace(made, sender=OWNER, date=SENT)


def verdict(about: Message, *, wrong: Sequence[str] = (), meant: tuple[str, str] | None = TOM) -> Verdict:
    """What was thought of it: the first recipient is suspected, or those in `wrong`."""
    suspected = set(wrong) or {about.recipients[0].address}
    recipients = tuple(
        RecipientVerdict(
            one.address,
            one.name,
            Role(one.role),
            0.8 if one.address in suspected else 0.001,
            meant[0] if meant and one.address in suspected else None,
            meant[1] if meant and one.address in suspected else "",
        )
        for one in about.recipients
    )
    return Verdict(
        about.message_id, about.digest, about.date, about.subject, 0.8, recipients, Action.ALERT,
        Severity.MIDDLE, "", "rules", "",
    )  # fmt: skip


def case(
    about: Message | None = None,
    *,
    wrong: Sequence[str] = (),
    meant: tuple[str, str] | None = TOM,
    times: Times | None = None,
    relations: Mapping[str, Relation] | None = None,
    evidence: Sequence[Evidence] = (),
    later: Sequence[Later] = (),
    actions: Sequence[Deed] = (),
    labelled: Mapping[str, bool] | None = None,
    named: Sequence[str] = (),
    client: str = "",
    read: bool = True,
) -> Case:
    """Put a case together; without a message, one with a salary list."""
    about = about or high()
    return assess(
        about,
        verdict(about, wrong=wrong, meant=meant),
        own=OWN,
        times=times or Times(SENT, ALERTED),
        score_after=0.8,
        relations=relations or {},
        evidence=evidence,
        later=later,
        actions=actions,
        labelled=labelled,
        named=named,
        client=client,
        read=read,
    )


def low() -> Message:
    """A few lines."""
    return message(text="See you at ten.", subject="Tomorrow")


def middle() -> Message:
    """More text, and a file that says nothing."""
    return message(
        text="Here is what we talked about on Monday. " * 10, subject="Minutes", attachments=["minutes.pdf"]
    )


def high() -> Message:
    """Pay of a whole team."""
    return message(
        text="Here are the salaries.", subject="Salaries in May", attachments=["salaries.xlsx", "notes.docx"]
    )


def many() -> Message:
    """A mailing to ten people in To, two of them at home."""
    outside = [f"Person {number} <p{number}@house{number}.example>" for number in range(1, 9)]
    return message(
        to=[*outside, "Bea <bea@firm.example>", "Ugo <ugo@firm.example>"],
        text="Our new opening hours. " * 20,
        subject="Opening hours",
    )
