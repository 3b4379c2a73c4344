"""Reading mail from disk: Maildir, mbox, folders of .eml, JSON Lines; told apart by what is there."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import UsageError
from scanner.mailbox import mbox
from scanner.mailbox.item import Item
from scanner.mailbox.sources import KINDS, Source, find
from scanner.message.parse import from_record, parse

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Raw:
    """One message as octets, with its place; the fields as in `Item`."""

    folder: str | None
    sent: bool | None
    octets: bytes
    source: str


def read(path: Path, *, report: Report | None = None) -> Iterator[Item]:
    """Read all mail of a source, in the same order every time.

    A folder's name decides whether its mail was sent: `Item.sent` is true for a known name of a
    Sent folder, false for any other known name and for folders of a Maildir, and None where the
    name says nothing or the folder holds both. JSON Lines files name no folder.

    Parameters
    ----------
    report
        Is told, in a sentence, of every file or line that cannot be read; the rest is used. Without
        it the first such file or line ends the reading.

    Raises
    ------
    UsageError
        Where there is nothing, or no mail, or (without `report`) something that cannot be read.
    """
    some = False
    for source in _found(path):
        if source.kind == "jsonl":
            for record in records(source.path, report):
                some = True
                yield Item(None, None, None, None, from_record(record), source="jsonl")
        else:
            for octets in _messages(source, report):
                some = True
                message = parse(octets)
                yield Item(
                    source.folder, source.sent, None, None, message, size=len(octets), source=source.kind
                )
    if not some:
        raise UsageError(f"There is no mail in {path}.", remedy=f"Give the path of {KINDS}.")


def read_raw(path: Path, *, report: Report | None = None) -> Iterator[Raw]:
    """The same as octets. Raises `UsageError` for JSON Lines, which hold no octets of mail."""
    for source in _found(path):
        if source.kind == "jsonl":
            raise UsageError(
                f"{source.path} holds records, not whole messages.",
                remedy="Give a Maildir, an mbox file or a folder of .eml files.",
            )
        for octets in _messages(source, report):
            yield Raw(source.folder, source.sent, octets, source.kind)


def _found(path: Path) -> Iterator[Source]:
    try:
        yield from find(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _messages(source: Source, report: Report | None) -> Iterator[bytes]:
    try:
        if source.kind == "mbox":
            yield from mbox.messages(source.path)
            return
        octets = _delivered(source.path) if source.kind == "maildir" else source.path.read_bytes()
    except OSError as error:
        _tell(report, _unreadable(source.path, error))
        return
    if octets is None:
        return
    if octets.strip():
        yield octets
    else:
        _tell(report, UsageError(f"{source.path} is empty.", remedy="Remove the file."))


def _delivered(path: Path) -> bytes | None:
    """A Maildir file; a mail program may have moved it or changed its flags since it was listed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        unique = path.name.partition(":")[0]
        moved = next(
            (file for file in path.parent.parent.glob("cur/*") if file.name.startswith(unique)), None
        )
        return moved.read_bytes() if moved else None


def records(path: Path, report: Report | None = None) -> Iterator[dict[str, object]]:
    """The objects of a .jsonl or .jsonl.gz file in order; `report` and errors as in `read`."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _record(path, number, line, report)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        _tell(
            report,
            UsageError(f"{path} is damaged after line {number}.", remedy="Compress or copy the file again."),
        )
    except OSError as error:
        _tell(report, _unreadable(path, error))


def _record(path: Path, number: int, line: bytes, report: Report | None) -> Iterator[dict[str, object]]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        why = getattr(error, "msg", None) or type(error).__name__
        _tell(
            report,
            UsageError(f"{path}, line {number} is not JSON ({why}).", remedy="Correct or remove this line."),
        )
        return
    if isinstance(record, dict):
        yield record
    else:
        _tell(
            report,
            UsageError(f"{path}, line {number} is no JSON object.", remedy="Write one object on each line."),
        )


def _tell(report: Report | None, error: UsageError) -> None:
    if report is None:
        raise error
    report(str(error))


def _unreadable(path: Path, error: OSError) -> UsageError:
    where = error.filename or path
    return UsageError(
        f"{where} cannot be read: {error.strerror or error}.",
        remedy="Make it readable for the user who runs this.",
    )
