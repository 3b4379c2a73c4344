"""Letters that the owner can send: to the wrong recipient, the person meant, the manager, data protection.

They are drafts. Nothing here sends anything.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from scanner.detect.verdict import Severity
from scanner.message.model import Person
from scanner.message.names import is_given_name
from scanner.recovery.facts import for_others, full, people
from scanner.recovery.sentences import letters, moment, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scanner.recovery.case import Case, Party
    from scanner.words import Words


class Addressee(enum.StrEnum):
    """To whom a draft is."""

    RECIPIENT = "recipient"
    """Who got it and should not have."""

    MEANT = "meant"
    """Who should have got it."""

    MANAGER = "manager"
    PRIVACY = "privacy"
    """The data protection contact."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One letter. `to` is empty where the owner must fill it in; several wrong recipients stand in `bcc`.

    `suggested` says whether it belongs to the steps for this severity. `text` is plain: paragraphs
    are single lines.
    """

    addressee: Addressee
    language: str
    formal: bool
    to: tuple[Person, ...]
    bcc: tuple[Person, ...]
    subject: str
    text: str
    suggested: bool


_SUGGESTED = {
    Severity.LOW: frozenset({Addressee.MEANT}),
    Severity.MIDDLE: frozenset({Addressee.RECIPIENT, Addressee.MEANT}),
    Severity.HIGH: frozenset(Addressee),
}
_BLANK_LINES = re.compile(r"\n{3,}")
_PERSON = re.compile(r"[^\W\d_]+(?:[.'’ -]+[^\W\d_]+){0,4}\.?")


def drafts(
    case: Case, *, language: str, formal: bool, to_recipient: bool | None = None, now: datetime
) -> list[Draft]:
    """Give the drafts in one language and register, times in the zone of `now`.

    `to_recipient` is whether that to the wrong recipient is formal, where it differs. There is none
    where the message came back from all of them: nobody has anything to delete.
    """
    register = {Addressee.RECIPIENT: formal if to_recipient is None else to_recipient}
    return [
        _draft(case, addressee, language=language, formal=register.get(addressee, formal), now=now)
        for addressee in Addressee
        if addressee is not Addressee.RECIPIENT or not case.returned
    ]


def _draft(case: Case, addressee: Addressee, *, language: str, formal: bool, now: datetime) -> Draft:
    got = tuple(one for one in case.wrong if not one.bounced)
    to: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    if addressee is Addressee.RECIPIENT:
        whom = tuple(Person(one.name, one.address) for one in got)
        to, bcc = (whom, ()) if len(whom) < 2 else ((), whom)
    elif addressee is Addressee.MEANT and case.meant is not None:
        to = (case.meant,)
    values = _values(case, got, language=language, now=now)
    register = "formal" if formal else "informal"
    section = letters(language)["greeting"][register]
    text = _template(language, addressee.value, register).render(
        **values,
        greeting=_greeting(
            to[0] if len(to) == 1 else None,
            section,
            formal=formal,
            inside=addressee in {Addressee.MANAGER, Addressee.PRIVACY},
        ),
        signature=_signature(case.sender, section, formal=formal),
    )
    subject, _, body = text.strip().partition("\n")
    return Draft(
        addressee=addressee,
        language=language,
        formal=formal,
        to=to,
        bcc=bcc,
        subject=subject.strip(),
        text=_BLANK_LINES.sub("\n\n", body.strip()) + "\n",
        suggested=addressee in _SUGGESTED[case.severity] and (bool(to) or addressee is not Addressee.MEANT),
    )


def _values(case: Case, got: Sequence[Party], *, language: str, now: datetime) -> dict[str, Any]:
    words = sentences(language)
    lines = for_others(case, words, now=now)
    return {
        "subject": case.subject,
        "when": _day(case, words, now),
        "files": ", ".join(case.attachments),
        "one_file": len(case.attachments) == 1,
        "several": len(got) > 1,
        "wrong": people(got, words),
        "meant": full(case.meant) if case.meant is not None else "",
        "facts": "\n".join(f"- {words.labelled(label, value)}" for label, value in lines),
        "severity": words.say("severity", case.severity.value),
        "confirmed": moment(words, case.times.confirmed_at, now),
        "alerted": moment(words, case.times.alerted_at, now),
        "returned": case.returned,
    }


def _day(case: Case, words: Words, now: datetime) -> str:
    """Give the day of the message where the owner is: a reader elsewhere has other hours."""
    at = case.times.sent_at
    return words.day(at.astimezone(now.tzinfo)) if at is not None else ""


def _greeting(person: Person | None, section: dict[str, str], *, formal: bool, inside: bool) -> str:
    name = (_in_order(person.name) if formal else _given(person.name)) if person is not None else ""
    return section["named"].format(name=name) if name else section["inside" if inside else "unnamed"]


def _signature(sender: Person, section: dict[str, str], *, formal: bool) -> str:
    name = _in_order(sender.name) if formal else _given(sender.name)
    return f"{section['closing']}\n{name}" if name else section["closing"]


def _in_order(name: str) -> str:
    """Write a name as it is spoken ("Anna Rossi" for "Rossi, Anna"); "" for what is no person's name."""
    last, comma, first = name.partition(",")
    spoken = f"{first.strip()} {last.strip()}" if comma and first.strip() else name.strip()
    if not _PERSON.fullmatch(spoken):
        return ""
    return spoken if " " in spoken or is_given_name(spoken) else ""


def _given(name: str) -> str:
    """Give the given name; "" where it cannot be told."""
    words = [word for word in _in_order(name).split() if not word.endswith(".")]
    if words and is_given_name(words[0]):
        return words[0]
    return words[0] if len(words) == 2 and words[0][:1].isupper() and words[0][1:].islower() else ""


@cache
def _template(language: str, addressee: str, register: str) -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701 - plain text for a mail
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(letters(language)[addressee][register].strip("\n"))
