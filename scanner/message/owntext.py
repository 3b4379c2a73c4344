"""What the sender wrote here, apart from what is quoted, and who wrote to whom in the quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanner.message import limits
from scanner.message.attribution import attribution, groupwise
from scanner.message.columns import columns
from scanner.message.headerblock import header_block
from scanner.message.model import QuotedBlock
from scanner.message.quotes import Hit, Lines, field_of, phrases

_MAX_MARK: Final = 120
_EDGES: Final = "-_=*~>< \t\xa0:"


@dataclass(frozen=True, slots=True)
class Split:
    """Own text, quoted text, the quoted header blocks, and whether a message is passed on."""

    own: str
    quoted: str
    blocks: tuple[QuotedBlock, ...]
    forwarded: bool


def split_text(text: str) -> Split:
    """Part a text into own and quoted lines and read the quoted header blocks, outermost first.

    Lines that start with ">" are quoted; below a header block or marker of a mail program that
    is not itself marked with ">", everything is. Lines between ">" lines are own (inline answers).
    """
    if not text or text.isspace():
        return Split("", "", (), forwarded=False)
    return _Scan(Lines.of(text)).split()


class _Scan:
    """One pass over the lines of a text."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._own: list[int] = []
        self._quoted: list[int] = []
        self._blocks: list[QuotedBlock] = []
        self._everything = False  # whether all that follows is quoted
        self._forwarded = False

    def split(self) -> Split:
        bare, marked = self._lines.bare, self._lines.marked
        index, count = 0, len(bare)
        while index < count:
            line = bare[index]
            hit = self._hit(index, line) if line and len(self._blocks) < limits.BLOCKS else None
            if hit is None:
                (self._quoted if self._everything or marked[index] else self._own).append(index)
                index += 1
                continue
            self._take(hit, index)
            index = hit.end
        raw = self._lines.raw
        return Split(
            "\n".join([raw[index] for index in self._own]).strip("\n"),
            "\n".join([raw[index] for index in self._quoted]).strip("\n"),
            tuple(self._blocks),
            forwarded=self._forwarded,
        )

    def _take(self, hit: Hit, index: int) -> None:
        """Count the lines of a find as quoted, those above it that belong to it included."""
        if not self._everything and not self._lines.marked[index]:
            above: list[int] = []
            while self._own and self._own[-1] >= hit.start:
                above.append(self._own.pop())
            self._quoted.extend(reversed(above))
            self._everything = not self._lines.answered_inline(hit.end)
            self._forwarded = self._forwarded or (hit.forward and not self._blocks)
        if hit.block is not None:
            self._blocks.append(hit.block)
        self._quoted.extend(range(index, hit.end))

    def _hit(self, index: int, line: str) -> Hit | None:
        """Look for the start of a quote at a line; cheap looks first, since every line passes here."""
        found = None
        first, last = line[0], line[-1]
        if ":" in line:
            key, _ = field_of(line)
            if key and key != "other":
                found = header_block(self._lines, index, key)
            if found is None and " To:" in line:
                found = columns(self._lines, index, line)
        if found is None and (first in "-_=*~" or last in ":-"):
            found = self._mark(index, line)
        if found is None and last == ":":
            found = attribution(self._lines, index, line)
        if found is None and line[-3:] == ">>>" and self._lines.marked[index]:
            found = groupwise(index, line)
        return found

    def _mark(self, index: int, line: str) -> Hit | None:
        bare = line.strip(_EDGES).lower()
        if not bare or len(bare) > _MAX_MARK:
            return None
        dashed = line[0] in "-_=*~" and line[1:2] == line[0]
        if bare in phrases().originals and (dashed or line[-1] in "-:"):
            self._lines.marker, self._lines.marker_forward = index, False
            return Hit(index, index + 1, None)
        for phrase in phrases().forwards:
            if bare.startswith(phrase):
                rest = bare[len(phrase) :]
                if rest and not dashed:
                    return None
                end = self._mark_end(index) if rest and "-" not in line[-3:] else index + 1
                self._lines.marker, self._lines.marker_forward = end - 1, True
                return Hit(index, end, None, forward=True)
        return None

    def _mark_end(self, index: int) -> int:
        """Where "---- Forwarded by X on DATE ----" ends, which Lotus Notes breaks over two or three lines."""
        bare = self._lines.bare
        for following in range(index + 1, min(index + 4, len(bare))):
            if "---" in bare[following]:
                return following + 1
        return index + 1
