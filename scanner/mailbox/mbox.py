"""Splitting an mbox file into messages, on its octets and without reading it into memory.

RFC 4155 and its many readings: a message begins with a line "From " that gives a sender and a
time, as a rule after an empty line; lines of the body that look so are written with ">" in front.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

_TIME = re.compile(rb"From \S+\s.*\d\d?:\d\d.*\b(?:19|20)\d\d(?:\s+[+-]\d{4})?(?:\s+remote from .*)?\s*$")
_FIELD = re.compile(rb">?From |[!-9;-~]+[ \t]*:")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_BOM = b"\xef\xbb\xbf"
_LOOK = 998  # octets of a line that are looked at: RFC 5322's limit


def looks_like_mbox(head: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return head.removeprefix(_BOM).lstrip(b"\r\n").startswith(b"From ")


def messages(path: Path) -> Iterator[bytes]:
    """The messages of an mbox file in order, as they were before they were filed (mboxrd)."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
            yield from _split(octets)


def _split(octets: mmap.mmap) -> Iterator[bytes]:
    begin = -1
    for start in _starts(octets):
        if begin >= 0:
            yield _message(octets[begin:start])
        begin = start
    if begin >= 0:
        yield _message(octets[begin:])


def _starts(octets: mmap.mmap) -> Iterator[int]:
    position = 3 if octets[:3] == _BOM else 0
    while octets[position : position + 1] in {b"\n", b"\r"}:
        position += 1
    if octets[position : position + 5] == b"From ":
        yield position
    while (position := octets.find(b"\nFrom ", position)) >= 0:
        position += 1
        if _begins_message(octets, position):
            yield position


def _begins_message(octets: mmap.mmap, position: int) -> bool:
    """Whether the line "From ..." at `position` is a separator and not a sentence of the body.

    Two of three must hold: a sender and a time in the line, an empty line before, a field behind.
    """
    line = octets[position : position + _LOOK].partition(b"\n")[0]
    after_empty_line = octets[max(0, position - 3) : position].endswith((b"\n\n", b"\n\r\n"))
    follows = position + len(line) + 1
    before_field = _FIELD.match(octets[follows : follows + _LOOK]) is not None
    return (after_empty_line + before_field + (_TIME.match(line) is not None)) > 1


def _message(octets: bytes) -> bytes:
    raw = octets.partition(b"\n")[2]
    while raw.startswith((b">From ", b"From ")):  # a second separator line, left by some programs
        raw = raw.partition(b"\n")[2]
    for ending in (b"\r\n\r\n", b"\n\n"):  # the writer's empty line between messages
        if raw.endswith(ending):
            raw = raw[: -len(ending) // 2]
            break
    return _QUOTED.sub(rb"\1", raw) if b"\n>" in raw and b">From " in raw else raw
