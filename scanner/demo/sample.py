"""The sample mailbox of the demo: an architect's mail in six languages, fictional throughout.

The words stand in the data files under `mail/`; this module gives them dates, greetings and the
form of real messages. The same `now` gives the same octets.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from scanner.demo import letter, quoting
from scanner.demo.letter import Letter
from scanner.demo.script import OWNER, Contact, Line, Send, Thread, people, phrases, sends, threads
from scanner.message.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INBOX: Final = "INBOX"
SENT: Final = "Sent"
DRAFTS: Final = "Drafts"
_SEED: Final = "oopsee demo 1"
_MARGIN: Final = timedelta(hours=3)
_SATURDAY: Final = 5
_GAPS: Final = (0.3, 0.7, 1.5, 3.0, 5.0, 19.0, 26.0, 45.0)  # hours between a message and its answer

owner: Final = Person(people()[OWNER].name, people()[OWNER].address)


@dataclass(frozen=True, slots=True)
class LiveSend:
    """One message that the owner sends while the demo runs.

    `mistake` and `note` are what a person knows of it, for the account in the terminal and for
    the tests; nothing of them is in `raw`. `wrong` and `meant` are addresses, "" where nothing
    is wrong.
    """

    key: str
    mistake: bool
    note: str
    subject: str
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    own_text: str
    message_id: str
    raw: bytes
    wrong: str = ""
    meant: str = ""


def messages(now: datetime) -> list[tuple[str, bytes]]:
    """The mailbox's past until some hours before `now` (aware): folder and octets, oldest first."""
    written = sorted(_past(now), key=lambda item: (item.date, item.message_id))
    return [(SENT if item.sender.key == OWNER else INBOX, letter.octets(item)) for item in written]


def live(now: datetime) -> list[LiveSend]:
    """What the owner sends now, in order: three mistakes and two harmless oddities."""
    past: dict[str, list[Letter]] = {}
    for item in sorted(_past(now), key=lambda item: item.date):
        past.setdefault(_base(item.subject), []).append(item)
    return [_live(send, past, now) for send in sends()]


def _past(now: datetime) -> Iterator[Letter]:
    for number, thread in enumerate(threads()):
        rng = random.Random(f"{_SEED}/{number}/{thread.subject}")  # noqa: S311 - the same mailbox every time
        yield from _conversation(thread, now, rng)


def _conversation(thread: Thread, now: datetime, rng: random.Random) -> Iterator[Letter]:
    written: list[Letter] = []
    for line, date in zip(thread.lines, _dates(thread, now, rng), strict=True):
        written.append(_letter(thread, line, date, written, rng))
        yield written[-1]


def _letter(
    thread: Thread, line: Line, date: datetime, before: Sequence[Letter], rng: random.Random
) -> Letter:
    writer = people()[line.speaker]
    to = tuple(people()[key] for key in line.to)
    cc = tuple(people()[key] for key in line.cc)
    lang = writer.lang if writer.own_lang else thread.lang
    formal = line.greet in ("formal", "both") or letter.is_formal(writer, to[0])
    intimate = thread.private and not formal
    bare = not formal and rng.random() < (0.45 if intimate else 0.3 if before else 0.06)
    start = "" if bare else letter.greeting(lang, writer, to, line.greet, rng)
    end = rng.choice(phrases()[lang]["closing_formal" if formal else "closing"])
    own = letter.own_text(
        start=start,
        body=line.text,
        end="" if not formal and rng.random() < 0.35 else end,
        writer=replace(writer, given="") if formal else writer,
        lang=lang,
        signature=formal or (not intimate and rng.random() < (0.25 if before else 0.7)),
    )
    last = before[-1] if before else None
    quoted = last is not None and rng.random() < 0.9
    token = f"{_SEED}/{thread.subject}/{date.isoformat()}/{len(before)}"
    return Letter(
        message_id=_message_id(token, writer.address),
        date=date,
        sender=writer,
        to=to,
        cc=cc,
        subject=(quoting.reply_prefix(writer.client, writer.locale) if last else "") + thread.subject,
        own=own,
        quoted=letter.quotation(writer, last) if last and quoted else "",
        in_reply_to=last.message_id if last else "",
        references=tuple(item.message_id for item in before),
        attachments=line.attachments,
        level=min(last.level + 1, letter.QUOTED_LEVELS) if last and quoted else 1,
    )


def _live(send: Send, past: dict[str, list[Letter]], now: datetime) -> LiveSend:
    writer = people()[OWNER]
    to = tuple(letter.contact(key) for key in send.to)
    cc = tuple(letter.contact(key) for key in send.cc)
    subject, quoted, references, attachments = send.subject, "", tuple[str, ...](), tuple(send.attachments)
    if send.answers:
        last = past[send.answers][-1]
        subject = quoting.reply_prefix(writer.client, writer.locale) + send.answers
        quoted, references = letter.quotation(writer, last), (*last.references, last.message_id)
    elif send.forwards:
        first = past[send.forwards][0]
        subject = quoting.forward_prefix(writer.client, writer.locale) + send.forwards
        quoted, attachments = letter.quotation(writer, first), first.attachments
    closing = "\n\n" + "\n".join(writer.sign) if send.signature else f"\n{writer.given}"
    written = Letter(
        message_id=_message_id(f"{_SEED}/{send.key}/{now.isoformat()}", writer.address),
        date=_local(now).replace(microsecond=0),
        sender=writer,
        to=to,
        cc=cc,
        subject=subject,
        own=send.text + closing,
        quoted=quoted,
        in_reply_to=references[-1] if references else "",
        references=references,
        attachments=attachments,
    )
    return LiveSend(
        key=send.key,
        mistake=send.mistake,
        note=send.note,
        subject=subject,
        to=_written_to(to),
        cc=_written_to(cc),
        own_text=send.text,
        message_id=written.message_id,
        raw=letter.octets(written),
        wrong=letter.contact(send.wrong).address if send.wrong else "",
        meant=letter.contact(send.meant).address if send.meant else "",
    )


def _written_to(contacts: tuple[Contact, ...]) -> tuple[Person, ...]:
    return tuple(Person("" if who.bare else who.name, who.address) for who in contacts)


def _dates(thread: Thread, now: datetime, rng: random.Random) -> Iterator[datetime]:
    """When the messages of a thread were written: office hours for work, evenings too for the family."""
    limit = _local(now) - _MARGIN
    first, last = (7, 22) if thread.private else (8, 18)
    date = _local(now) - timedelta(days=thread.days_ago + rng.uniform(-0.4, 0.4))
    date = date.replace(hour=rng.randrange(first, last), minute=rng.randrange(60), second=rng.randrange(60))
    while not thread.private and date.weekday() >= _SATURDAY:
        date -= timedelta(days=1)
    date = min(date, limit - timedelta(hours=len(thread.lines), minutes=rng.randrange(60)))
    yield _wall(date)
    for line in thread.lines[1:]:
        hours = rng.choice(_GAPS) if line.gap is None else line.gap
        later = date + timedelta(hours=hours * rng.uniform(0.8, 1.2), seconds=rng.randrange(60))
        if not first <= later.hour <= last:
            later = (later + timedelta(hours=10)).replace(hour=first, minute=rng.randrange(5, 59))
        while not thread.private and later.weekday() >= _SATURDAY:
            later += timedelta(days=1)
        date = later if date < later < limit else date + (limit - date) / 3
        yield _wall(date)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(_zone(moment))


def _wall(date: datetime) -> datetime:
    """The same hour on the clock of its own season."""
    return date.replace(microsecond=0, tzinfo=_zone(date))


def _zone(moment: datetime) -> timezone:
    """Central European time; summer time from April to October is close enough here."""
    return timezone(timedelta(hours=2 if moment.month in range(4, 11) else 1))


def _message_id(token: str, address: str) -> str:
    return f"<{hashlib.sha256(token.encode()).hexdigest()[:24]}@{address.rpartition('@')[2]}>"


def _base(subject: str) -> str:
    prefix, _, rest = subject.partition(": ")
    return rest if prefix in ("AW", "R", "Re") else subject
