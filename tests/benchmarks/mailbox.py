"""A made-up mailbox of any size: fictional people who write to each other about made-up things."""

from __future__ import annotations

import mailbox
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path

OWNER = ("Anna Neri", "anna.neri@firm.example")
BEGIN = datetime(2023, 1, 2, 8, 0, tzinfo=UTC)

_FIRST = (
    "Ada Bruno Carla Deniz Elif Franz Greta Hugo Ines Jonas Karla Luca Mara Nils Olga Paolo Rosa Sven Tomas "
    "Ugo Vera Wanda Yusuf Zoe Aylin Berta Ciro Dora Emre Flora"
).split()
_LAST = (
    "Abele Bauer Conti Demir Ekici Ferri Gallo Hahn Ivanov Jansen Kaya Lang Moretti Nowak Ortega Pace Rossi "
    "Serra Toprak Urso Vogel Weber Yilmaz Zani Amato Brandt Costa Dietz Esposito Fontana"
).split()
_KINDS = ("client", "partner", "shop")
_ORGANISATIONS = tuple(f"{word}{number}.example" for number in range(1, 13) for word in _KINDS)
_WORDS = (
    "offer contract delivery invoice meeting report draft budget schedule plan drawing sample order price "
    "meter steel wood concrete window door roof permit site crew truck crane paint tile pipe cable heater "
    "school bridge tower museum station garden kitchen office market harbour library theatre clinic workshop"
).split()
_LITTLE = (
    "the of and to in is that for it with as on this we you please will can not from our your by at".split()
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail and the folder it lies in."""

    folder: str
    message_id: str
    date: datetime
    raw: bytes


def contacts(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """So many people, by name and address; many share a first or a last name."""
    chance = random.Random(seed)
    people: dict[str, str] = {}
    while len(people) < count:
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        number = len(people) // 700
        local = f"{first}.{last}".lower() + (str(number) if number else "")
        people.setdefault(f"{local}@{chance.choice(_ORGANISATIONS)}", f"{first} {last}")
    return [(name, address) for address, name in people.items()]


def mails(count: int, *, people: int = 400, seed: int = 1) -> Iterator[Mail]:
    """So many mails in date order, about a third of them sent, most of them in conversations."""
    chance = random.Random(seed)
    known = contacts(people, seed)
    topics = {address: chance.sample(_WORDS, 6) for _, address in known}
    threads: list[tuple[str, str, list[tuple[str, str]], str]] = []
    date = BEGIN
    for number in range(count):
        date += timedelta(minutes=chance.expovariate(1 / 40))
        if threads and chance.random() < 0.55:
            subject, parent, group, quoted = threads.pop(chance.randrange(len(threads)))
            subject = subject if subject.startswith("Re: ") else f"Re: {subject}"
        else:
            # Few people get most of the mail.
            size = min(1 + int(chance.expovariate(1.1)), 6)
            group = [known[int(len(known) * chance.random() ** 3)] for _ in range(size)]
            group = list(dict.fromkeys(group))
            subject, parent, quoted = " ".join(chance.sample(topics[group[0][1]], 2)).capitalize(), "", ""
        sent = chance.random() < 0.36
        message_id = f"<{seed}.{number}@firm.example>"
        text = _text(chance, topics[group[0][1]])
        greeting = f"Dear {group[0][0].split()[0]},\n\n" if sent and chance.random() < 0.7 else ""
        body = f"{greeting}{text}\n\n-- \n{(OWNER if sent else group[0])[0]}\n"
        if quoted:
            lines = "".join(f"> {one}\n" for one in quoted.split("\n"))
            body += f"\nOn {date:%d %b %Y}, {group[0][0]} wrote:\n{lines}"
        sender, to = (OWNER, group) if sent else (group[0], [OWNER, *group[1:]])
        raw = _mail(sender, to, subject, body, date, message_id, parent)
        threads.append((subject, message_id, group, text))
        del threads[:-200]
        yield Mail("Sent" if sent else "INBOX", message_id, date, raw)


def write_mboxes(directory: Path, every: list[Mail]) -> list[Path]:
    """The mails as Sent.mbox and Inbox.mbox."""
    paths = {"Sent": directory / "Sent.mbox", "INBOX": directory / "Inbox.mbox"}
    for folder, path in paths.items():
        box = mailbox.mbox(path, create=True)
        for mail in every:
            if mail.folder == folder:
                box.add(mail.raw)
        box.close()
    return list(paths.values())


def _text(chance: random.Random, words: list[str]) -> str:
    sentences = []
    for _ in range(chance.randint(1, 12)):
        some = [
            chance.choice(words if chance.random() < 0.3 else _LITTLE) for _ in range(chance.randint(4, 16))
        ]
        sentences.append(" ".join(some).capitalize() + ".")
    return "\n".join(" ".join(sentences[start : start + 3]) for start in range(0, len(sentences), 3))


def _mail(
    sender: tuple[str, str],
    to: list[tuple[str, str]],
    subject: str,
    body: str,
    date: datetime,
    message_id: str,
    parent: str,
) -> bytes:
    message = EmailMessage()
    message["From"] = formataddr(sender)
    message["To"] = formataddr(to[0])
    if len(to) > 1:
        message["Cc"] = ", ".join(formataddr(one) for one in to[1:])
    message["Subject"] = subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    if parent:
        message["In-Reply-To"] = message["References"] = parent
    message.set_content(body)
    return message.as_bytes()
