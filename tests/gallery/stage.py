"""The mailboxes of the gallery: from `scenes/<language>.toml` to a judged message and its case.

Mail is written as octets and read as the product reads it; the verdict is the judge's, by its rules alone, so
that the gallery stays as it is when a model is trained. Times are fixed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any

from scanner.cli.recovering import relations
from scanner.detect.judge import Judge
from scanner.detect.organisations import own_organisations
from scanner.detect.verdict import Verdict
from scanner.message.model import Message
from scanner.message.parse import parse
from scanner.recovery import Action, Case, Times, assess
from tests.letters import person

CASES = ("low", "middle", "high")
SCENES = Path(__file__).with_name("scenes")

_ROUNDS = 4
"""How often what is said in [[past]] comes round."""

_SENT = {"low": (12, 52), "middle": (10, 7), "high": (16, 41)}
"""At which hour and minute of the owner's day each message went."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One message that went astray, as the owner's mailbox knows it.

    `meant` is the address of who should have got it. `case` is what `oopsee recover` works with at the
    time `now`, `alerted` when the alert was written.
    """

    language: str
    name: str
    message: Message
    meant: str
    verdict: Verdict
    case: Case
    own: frozenset[str]
    alerted: datetime
    now: datetime


@cache
def scenes(language: str) -> tuple[Scene, ...]:
    """Play the three messages of a language, each over the same past."""
    script = tomllib.loads((SCENES / f"{language}.toml").read_text(encoding="utf-8"))
    return tuple(_scene(language, name, script) for name in CASES)


def _scene(language: str, name: str, script: Mapping[str, Any]) -> Scene:
    people: Mapping[str, str] = script["people"]
    owner = person(people["owner"])
    zone = timezone(timedelta(hours=script["offset"]))
    judge = Judge(owner=frozenset({owner.address}), model=None)
    for raw in _past(script, zone):
        message = parse(raw)
        if message.sender.address == owner.address:
            judge.sent(message)
        else:
            judge.received(message)
    sent = datetime(2025, 5, 6, *_SENT[name], tzinfo=zone)
    what = script[name]
    raw = _mail(people, "owner", what["to"], what.get("cc", ()), what, sent, f"{name}.{language}")
    message = parse(raw)
    verdict = judge.sent(message)
    alerted = sent + timedelta(seconds=40)
    bad = name == "high"
    times = Times(message.date, alerted, sent + timedelta(minutes=9) if bad else None)
    own = own_organisations({owner.address})
    case = assess(
        message,
        verdict,
        own=own,
        times=times,
        score_after=verdict.score,
        relations=relations(judge.history, [one.address for one in verdict.recipients], message.date),
        actions=[Action("draft", who, sent + timedelta(minutes=12)) for who in ("manager", "privacy")]
        if bad
        else (),
        labelled={one.address: True for one in verdict.recipients} if bad else None,
    )
    intended = person(people[what["meant"]]).address
    return Scene(language, name, message, intended, verdict, case, own, alerted, sent + timedelta(minutes=15))


def _past(script: Mapping[str, Any], zone: timezone) -> Iterator[bytes]:
    """Write the mail of the weeks before, a day apart each, with an answer in between."""
    at = datetime(2025, 3, 3, 9, 0, tzinfo=zone)
    people, number = script["people"], 0
    for _ in range(_ROUNDS):
        for block in script["past"]:
            for text in block["texts"]:
                number += 1
                at += timedelta(hours=16)
                what = {"subject": block["subject"], "text": text}
                yield _mail(people, "owner", block["with"], block.get("cc", ()), what, at, f"{number}")
            what = {"subject": block["subject"], "text": block["answer"]}
            sender = block["with"][0]
            at += timedelta(hours=2)
            number += 1
            yield _mail(people, sender, ["owner"], block.get("cc", ()), what, at, f"{number}")


def _mail(
    people: Mapping[str, str],
    sender: str,
    to: Sequence[str],
    cc: Sequence[str],
    what: Mapping[str, Any],
    at: datetime,
    number: str,
) -> bytes:
    """Write one mail as octets."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(people[sender])
    mail["To"] = [_address(people[one]) for one in to]
    if cc:
        mail["Cc"] = [_address(people[one]) for one in cc]
    mail["Subject"] = what["subject"]
    mail["Date"] = at
    mail["Message-ID"] = f"<{number}@{person(people[sender]).address.rpartition('@')[2]}>"
    mail.set_content(what["text"].strip() + "\n", cte="quoted-printable")
    for name in what.get("attachments", ()):
        mail.add_attachment(b"%PDF", maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def _address(text: str) -> Address:
    one = person(text)
    return Address(one.name, addr_spec=one.address)
