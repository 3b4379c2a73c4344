"""The Enron corpus as Carnegie Mellon University gives it out (www.cs.cmu.edu/~enron).

A directory for each of 150 custodians, in it folders, in them files "1.", "2.", ...; or all of it
as one .tar.gz, which is read as a stream. Its traps: a message lies in several folders and with
several custodians under different Message-IDs; display names stand apart from addresses, in X-To
and its like; Bcc repeats Cc; a person writes from several addresses.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.mailbox.names import Purpose, purpose
from scanner.message.model import Person, Role
from scanner.message.parse import parse
from training.corpora.copies import Copies
from training.corpora.folders import NEVER_SENT
from training.corpora.mailbox import Mailbox, in_order
from training.corpora.owners import Headline, one_owner, owners_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from scanner.message.model import Message

_FILE = re.compile(r"\d+\.?_?")
_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_NO_MAIL = frozenset({"calendar", "contacts", "tasks", "to_do", "todo"})
_X_FIELD = re.compile(rb"^X-(From|To|cc|bcc):[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_DIRECTORY_ENTRY = re.compile(r"\s*<[^<>]*>\s*,?\s*")
_AT_SITE = re.compile(r"(?:/[^,@]*)?@[A-Za-z]+\b.*$")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_BLANK = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Filed:
    """One file: whose it is, in which folder (its path, "sent/2000") and what stands in it."""

    custodian: str
    folder: str
    octets: bytes


def is_cmu(path: Path) -> bool:
    """Whether `path` is this corpus: the archive, the unpacked "maildir", or the directory around it."""
    if path.is_file():
        return path.name.lower().endswith(_ARCHIVES)
    return any(
        _FILE.fullmatch(file.name) for file in _some_files(path / "maildir" if _wrapped(path) else path)
    )


def _wrapped(path: Path) -> bool:
    return (path / "maildir").is_dir()


def _some_files(path: Path) -> Iterator[Path]:
    """Yield the first file of each custodian's first folder that has one."""
    for custodian in _entries(path):
        for folder in _entries(custodian):
            if folder.name in {"cur", "new", "tmp"}:
                continue  # a Maildir, whose files may be called anything
            first = next((entry for entry in _entries(folder) if entry.is_file()), None)
            if first is not None:
                yield first
                break


def _entries(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else []


def files(path: Path) -> Iterator[Filed]:
    """Yield all files of the corpus, in the same order every time.

    Raises `UsageError` where something cannot be read.
    """
    try:
        if path.is_dir():
            yield from _unpacked(path / "maildir" if _wrapped(path) else path)
        else:
            yield from _packed(path)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}.", remedy="Copy or unpack it again.") from error


def _unpacked(path: Path) -> Iterator[Filed]:
    for custodian in _entries(path):
        for file in sorted(custodian.rglob("*")):
            if _FILE.fullmatch(file.name) and file.is_file():
                folder = "/".join(file.relative_to(custodian).parts[:-1])
                yield Filed(custodian.name, folder, file.read_bytes())


def _packed(path: Path) -> Iterator[Filed]:
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            parts = member.name.strip("./").split("/") if member.isfile() else []
            parts = parts[parts.index("maildir") + 1 :] if "maildir" in parts else parts
            opened = archive.extractfile(member) if len(parts) > 2 else None
            if opened is not None:
                yield Filed(parts[0], "/".join(parts[1:-1]), opened.read())


def from_cmu(path: Path) -> list[Mailbox]:
    """Return the mailboxes of all owners, most sent messages first, aliases merged, each message once.

    Reads the corpus twice, since it would fill the memory of a small machine: first who wrote to
    whom, then the text of the owners' mail. An owner's mailbox holds what any custodian kept of it.
    """
    kept, aliases, labels = _survey(path)
    owners = owners_of(
        Headline(
            aliases.get(one.author, one.author), [aliases.get(a, a) for a in one.recipients], one.subject
        )
        for one in kept.values()
    )
    wanted = set(owners)
    mail: dict[str, list[tuple[Message, bool]]] = defaultdict(list)
    for number, filed in enumerate(files(path)):
        if number not in kept:
            continue
        head = kept[number]
        parties = {aliases.get(a, a) for a in (head.author, *head.recipients)}
        if not wanted & parties:
            continue
        message = _main_addresses(named(filed.octets), aliases)
        author = message.sender.address
        for owner in sorted(wanted & parties):
            mail[owner].append((message, owner == author))
    return [
        Mailbox(labels.get(owner, owner.partition("@")[0]), frozenset((owner,)), in_order(mail[owner]))
        for owner in owners
    ]


def _survey(path: Path) -> tuple[dict[int, Headline], dict[str, str], dict[str, str]]:
    """Return the headlines of distinct messages by file number, alias -> main address, main -> custodian."""
    copies = Copies()
    kept: dict[int, Headline] = {}
    senders: dict[str, list[Person]] = defaultdict(list)
    for number, filed in enumerate(files(path)):
        kind = _purpose(filed.folder)
        if kind in NEVER_SENT or filed.folder.partition("/")[0].lower() in _NO_MAIL:
            continue
        head = _BLANK.split(filed.octets, maxsplit=1)
        message = named(head[0] + b"\r\n\r\n")
        if kind is Purpose.SENT:
            senders[filed.custodian].append(message.sender)
        recipients = [one.address for one in message.recipients]
        if not copies.is_copy(
            author=message.sender.address,
            date=message.date.isoformat() if message.date else "",
            subject=message.subject,
            text=b" ".join(head[-1].split()) if len(head) > 1 else b"",
            recipients=recipients,
        ):
            kept[number] = Headline(message.sender.address, recipients, message.subject)
    aliases: dict[str, str] = {}
    labels: dict[str, str] = {}
    for custodian, people in senders.items():
        main, addresses = one_owner(people)
        if main and main not in aliases:
            aliases.update(dict.fromkeys(sorted(addresses - aliases.keys()), main))
            labels[main] = custodian
    return kept, aliases, labels


def _purpose(folder: str) -> Purpose | None:
    return next((kind for part in reversed(folder.split("/")) if (kind := purpose(part))), None)


def named(octets: bytes) -> Message:
    """Read one file, with the display names that its X-From, X-To, X-cc and X-bcc give.

    Names are taken by place, where there are as many as addresses.
    """
    message = parse(octets)
    fields = {
        match[1].decode().lower(): " ".join(match[2].decode("utf-8", "replace").split())
        for match in _X_FIELD.finditer(_BLANK.split(octets, maxsplit=1)[0])
    }
    author = names(fields.get("from", ""), 1)
    sender = message.sender
    if author and not sender.name:
        sender = Person(author[0], sender.address)
    found: dict[str, str] = {}
    for role in Role:
        listed = [one for one in message.recipients if one.role is role]
        found |= {
            one.address: name
            for one, name in zip(listed, names(fields.get(role.value, ""), len(listed)), strict=False)
        }
    recipients = tuple(
        one if one.name else replace(one, name=found.get(one.address, "")) for one in message.recipients
    )
    return replace(message, sender=sender, recipients=recipients)


def names(field: str, count: int) -> list[str]:
    """Return the `count` display names of an X field, none where it holds another number.

    Exchange writes "Doe, Jane </O=ORG/CN=JDOE>, ...", Notes "Jane Doe, John Roe@SITE".
    """
    if "<" in field:
        parts = [part for part in _DIRECTORY_ENTRY.split(field) if part.strip()]
    elif count == 1:
        parts = [field]
    else:
        parts = field.split(",")
    if len(parts) != count:
        return []
    bare = [part.strip().strip("\"'") for part in parts]
    return ["" if _ADDRESS.fullmatch(name) else _AT_SITE.sub("", name).strip() for name in bare]


def _main_addresses(message: Message, aliases: Mapping[str, str]) -> Message:
    """Return the message with each custodian's main address in the place of an alias, each once."""
    sender = message.sender
    recipients = {
        main: one if main == one.address else replace(one, address=main)
        for one in reversed(message.recipients)
        for main in (aliases.get(one.address, one.address),)
    }
    return replace(
        message,
        sender=Person(sender.name, aliases.get(sender.address, sender.address)),
        recipients=tuple(reversed(recipients.values())),
    )
