"""Header blocks that programs put over what they quote: Outlook, Gmail, Apple Mail, Lotus Notes."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.model import Person, QuotedBlock
from scanner.message.quoted import NOTES_DATE, people_of, sender_of
from scanner.message.quotes import Hit, Lines, field_of

_LISTS: Final = frozenset({"to", "cc", "bcc"})
_MAX_LINES: Final = 600
_MAX_SENDER: Final = 120
_LOOKBACK: Final = 7
_CLOCK: Final = re.compile(r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:[AaPp][Mm])?$")
_RESPOND: Final = re.compile(r"^(?:please respond to|sent by)\b", re.IGNORECASE)


def header_block(lines: Lines, index: int, key: str) -> Hit | None:
    """Read the header block that starts at a line with the field `key`, None where there is none.

    A block needs a sender and a subject, or a marker above it, or addresses and a date: words with
    colons alone (itineraries, schedules) are text.
    """
    found, end = _read_block(lines, index)
    near = lines.near_marker(index)
    start = index
    sender: Person | None = None
    if "from" in found:
        if not (
            "subject" in found
            or near
            or ("date" in found and "to" in found and "@" in found["from"] + found["to"])
        ):
            return None
        if len(found) < 2:
            return None
        sender = sender_of(found["from"])
        while start > 0 and lines.raw[index][:1] == "\t" and lines.raw[start - 1][:1] in {"\t", " "}:
            start -= 1  # the letterhead of Lotus Notes
    elif key == "to" and ("subject" in found or near):
        written, start = _sender_above(lines, index)
        if written is None and not {"to", "cc", "subject"} <= found.keys():
            return None
        sender = sender_of(written) if written else None
    else:
        return None
    inverted = "," in found.get("from", "") or ("from" in found and "date" in found)
    block = QuotedBlock(
        sender,
        people_of(found.get("to", ""), inverted=inverted),
        people_of(found.get("cc", ""), inverted=inverted),
    )
    if block.sender is None and not block.to:
        return None
    return Hit(start, end, block, forward=near and lines.marker_forward)


def _read_block(lines: Lines, index: int) -> tuple[dict[str, str], int]:
    """Fields of the block that starts at a line, and where it ends."""
    bare = lines.bare
    found: dict[str, list[str]] = {}
    last = ""
    blanks = 0
    end = index
    for position in range(index, min(index + _MAX_LINES, len(bare))):
        line = bare[position]
        if not line:
            blanks += 1
            if blanks > 3:
                break
            continue
        key, value = field_of(line)
        if key:
            if key != "other":
                if key in found:
                    break
                found[key] = [value]
            last = key
        elif blanks or not _continues(lines, last, line, position, found):
            break
        else:
            found[last].append(line)
        blanks = 0
        end = position + 1
    return {key: " ".join(parts) for key, parts in found.items()}, end


def _continues(lines: Lines, last: str, line: str, position: int, found: dict[str, list[str]]) -> bool:
    if last not in found:
        return False
    if last in _LISTS:
        return "subject" not in found or found[last][-1][-1:] in ",;" or "@" in line
    if len(found[last]) > 2:
        return False
    if _CLOCK.match(line):
        return True
    following = lines.bare[position + 1] if position + 1 < len(lines.bare) else ""
    return bool(following and field_of(following)[0])


def _sender_above(lines: Lines, index: int) -> tuple[str | None, int]:
    """Return the sender that Lotus Notes writes over To, and the line where that starts."""
    bare = lines.bare
    position = index - 1
    lowest = max(index - _LOOKBACK, 0)
    while position >= lowest and (not bare[position] or _RESPOND.match(bare[position])):
        position -= 1
    if position < lowest:
        return None, index
    line = bare[position]
    start = position
    if _CLOCK.match(line) and position > 0:
        start -= 1
        line = f"{bare[start]} {line}"
    dated = NOTES_DATE.search(line)
    if dated is None:
        return None, index
    written = line[: dated.start()].strip()
    if written:
        if start > 0 and written[:1] in "<(" and bare[start - 1]:
            start -= 1
            written = f"{bare[start]} {written}"
        return written, start
    while start > 0 and start > lowest - 2:
        start -= 1
        if bare[start]:
            above = bare[start]
            return (above, start) if len(above) < _MAX_SENDER else (None, index)
    return None, index
