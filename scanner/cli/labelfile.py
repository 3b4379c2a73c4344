"""Labels in files: CSV (RFC 4180) and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from scanner.errors import UsageError
from scanner.message import normalise_address
from scanner.store import Label

Format = Literal["csv", "jsonl"]

COLUMNS = ("message_id", "recipient", "label", "weight", "at", "note")
_LONGEST_RECORD = 100
"""Lines of one CSV record with line ends in quotes: more means that a quote was never closed."""

_FORMULA = "[ '\"]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""What makes a cell a formula in a spreadsheet, the full-width characters of Japanese among it."""

_CELL = "(^|[;|\t\r\n])"
"""Where a cell begins, also for a spreadsheet that separates by something else than a comma: for that
one the quotes end with the first comma, and what is in a cell after a semicolon is a cell of its own."""

_RISKY = re.compile(f"{_CELL}(?={_FORMULA})")
_MADE_HARMLESS = re.compile(f"{_CELL}'(?={_FORMULA})")

SOURCE = "import"


@dataclass(frozen=True, slots=True)
class Row:
    """One label of a file, or why it could not be read (`problem`); `line` counts from 1."""

    line: int
    label: Label | None
    problem: str = ""


def read(octets: bytes, form: Format | None, *, now: datetime) -> Iterator[Row]:
    """Yield what stands in the file, row by row; `now` dates labels that have no date.

    Without a format the first character decides. Raises UsageError for a CSV header without the
    columns message_id and label.
    """
    text = octets.decode("utf-8-sig", "surrogateescape")
    if form is None:
        form = "jsonl" if text.lstrip().startswith("{") else "csv"
    for line, record in _json(text) if form == "jsonl" else _csv(text):
        if isinstance(record, str):
            yield Row(line, None, record)
            continue
        try:
            yield Row(line, _label(record, now))
        except ValueError as error:
            yield Row(line, None, str(error))


def write(labels: Iterable[Label], form: Format) -> str:
    """Return the labels as a file: what `read` reads back the same.

    In CSV, what a spreadsheet would take for a formula begins with an apostrophe, whatever it separates by.
    """
    out = io.StringIO()
    if form == "csv":
        table = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        table.writerow(COLUMNS)
        for label in labels:
            table.writerow([_harmless(str(value)) for value in _plain(label).values()])
    else:
        for label in labels:
            out.write(json.dumps(_plain(label)) + "\n")
    return out.getvalue()


def _plain(label: Label) -> dict[str, object]:
    return {
        "message_id": label.message_id,
        "recipient": label.recipient or "",
        "label": "wrong" if label.wrong else "fine",
        "weight": label.weight,
        "at": label.at.astimezone(UTC).isoformat(),
        "note": label.note,
    }


def _harmless(cell: str) -> str:
    return _RISKY.sub(r"\1'", cell)


def _bare(cell: str) -> str:
    """Undo `_harmless`."""
    return _MADE_HARMLESS.sub(r"\1", cell)


def _json(text: str) -> Iterator[tuple[int, dict[str, object] | str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            yield number, "no JSON"
            continue
        yield number, record if isinstance(record, dict) else "no JSON object"


def _csv(text: str) -> Iterator[tuple[int, dict[str, object] | str]]:
    records = _records(text)
    _, first = next(records, (1, ""))
    delimiter = max(",;\t", key=first.count)
    header = [cell.strip().lower() for cell in _cells(first, delimiter) or ()]
    if not {"message_id", "label"} <= set(header):
        raise UsageError(
            "The first line of the file does not name the columns message_id and label.",
            remedy=f"Begin it with: {','.join(COLUMNS)}",
        )
    for number, record in records:
        cells = _cells(record, delimiter)
        if cells is None:
            yield number, "a quote that is never closed, or text after one"
        elif len(cells) != len(header):
            yield number, f"{len(cells)} columns instead of {len(header)}"
        else:
            yield number, dict(zip(header, map(_bare, cells), strict=True))


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each record: quotes may hold line ends.

    A line with a quote that is never closed stands alone, so that it costs no other.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    place = 0
    while place < len(lines):
        end = place + 1
        record = lines[place]
        while record.count('"') % 2 and end < min(len(lines), place + _LONGEST_RECORD):
            record += "\n" + lines[end]
            end += 1
        if record.count('"') % 2:
            record, end = lines[place], place + 1
        if record.strip():
            yield place + 1, record
        place = end


def _cells(record: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _label(record: dict[str, object], now: datetime) -> Label:
    """Return the label of a record; raises ValueError with the reason."""
    values = {name: "" if record.get(name) is None else str(record[name]).strip() for name in COLUMNS}
    for name, value in values.items():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(f"{name} is no UTF-8 text") from None
    if not values["message_id"]:
        raise ValueError("no message_id")
    word = values["label"].lower()
    if word not in {"wrong", "fine"}:
        raise ValueError("label must be wrong or fine")
    recipient = normalise_address(values["recipient"]) if values["recipient"] else None
    if recipient is not None and "@" not in recipient:
        raise ValueError("recipient is no address")
    return Label(
        message_id=values["message_id"],
        recipient=recipient,
        wrong=word == "wrong",
        at=_moment(values["at"]) if values["at"] else now,
        weight=_weight(values["weight"]) if values["weight"] else 1.0,
        source=SOURCE,
        note=values["note"],
    )


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0.0 < weight <= 1.0:
        raise ValueError("weight must be above 0 and at most 1")
    return weight


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("at must be a date such as 2025-04-01 or 2025-04-01T13:00:00Z") from None
