"""Header blocks of later Lotus Notes: sender and date to the left of To, cc and Subject."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.model import QuotedBlock
from scanner.message.quoted import people_of, sender_of
from scanner.message.quotes import NOTES_DAY, Hit, Lines

_COLUMN: Final = re.compile(r"(?:\s{2}|\t)(To|cc|bcc|Subject):\s", re.IGNORECASE)
_MAX_COLUMN_LINES: Final = 100


def columns(lines: Lines, index: int, line: str) -> Hit | None:
    """Read a block whose sender and date stand to the left of To, cc and Subject."""
    mark = _COLUMN.search(line)
    if mark is None or mark[1].lower() != "to":
        return None
    if "Subject:" in line:
        return _one_line(lines, index, line, mark)
    raw = lines.raw[index].expandtabs(8)
    column = raw.find(" To:") + 1
    left: list[str] = []
    start = index
    while start > 0 and index - start < 3 and lines.bare[start - 1] and lines.marker != start - 1:
        start -= 1
        left.insert(0, lines.bare[start])
    fields: dict[str, list[str]] = {}
    last = ""
    end = index
    for position in range(index, min(index + _MAX_COLUMN_LINES, len(lines.raw))):
        row = lines.raw[position].expandtabs(8)
        if not row.strip():
            break
        found = _COLUMN.search(row, max(column - 4, 0))
        if found is not None and abs(found.start(1) - column) <= 4:  # columns are rarely exact
            last = found[1].lower()
            if last in fields:
                break
            fields.setdefault(last, []).append(row[found.end() :])
            left.append(row[: found.start()])
        else:
            left.append(row[:column])
            if last != "subject":
                fields.setdefault(last, []).append(row[column:])
        end = position + 1
    if "subject" not in fields and lines.marker < 0:
        return None
    return _columns_hit(lines, start, end, left, {key: " ".join(rows) for key, rows in fields.items()})


def _one_line(lines: Lines, index: int, line: str, mark: re.Match[str]) -> Hit | None:
    fields: dict[str, list[str]] = {}
    marks = [mark, *_COLUMN.finditer(line, mark.end() - 1)]
    for number, found in enumerate(marks):
        stop = marks[number + 1].start() if number + 1 < len(marks) else len(line)
        fields.setdefault(found[1].lower(), []).append(line[found.end() : stop])
    joined = {key: " ".join(rows) for key, rows in fields.items()}
    return _columns_hit(lines, index, index + 1, [line[: mark.start()]], joined)


def _columns_hit(lines: Lines, start: int, end: int, left: list[str], fields: dict[str, str]) -> Hit | None:
    beside = " ".join(" ".join(left).split())
    sent_by = beside.find("Sent by:")
    dated = NOTES_DAY.search(beside)
    cut = min(
        position for position in (sent_by, dated.start() if dated else -1, len(beside)) if position >= 0
    )
    if dated is None:
        return None
    block = QuotedBlock(
        sender_of(beside[:cut]),
        people_of(fields.get("to", ""), inverted=False),
        people_of(fields.get("cc", ""), inverted=False),
    )
    near = lines.near_marker(start)
    return Hit(start, end, block, forward=near and lines.marker_forward)
