"""What the sender wrote here, apart from what is quoted, and who wrote to whom in the quotes."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

from scanner.message import limits
from scanner.message.addresses import ADDRESS_IN_TEXT, normalise_address
from scanner.message.data import load_words
from scanner.message.model import Person, QuotedBlock
from scanner.message.names import fold
from scanner.message.quoted import NOTES_DATE, people_of, person_of, sender_of
from scanner.message.vocabulary import ordinary_words

_FIELDS: Final = ("from", "to", "cc", "bcc", "date", "subject", "other")
_LISTS: Final = frozenset({"to", "cc", "bcc"})
_MAX_KEY: Final = 26
_MAX_BLOCK_LINES: Final = 600
_MAX_COLUMN_LINES: Final = 100
_MAX_MARK: Final = 120
_MAX_ATTRIBUTION: Final = 300
_LOOKBACK: Final = 7
_EDGES: Final = "-_=*~>< \t\xa0:"
_CLOCK: Final = re.compile(r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:[AaPp][Mm])?$")
_RESPOND: Final = re.compile(r"^(?:please respond to|sent by)\b", re.IGNORECASE)
_COLUMN: Final = re.compile(r"(?:\s{2}|\t)(To|cc|bcc|Subject):\s", re.IGNORECASE)
_DIGIT: Final = re.compile(r"[0-9]")
_NOTES_DAY: Final = re.compile(r"\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b")
_PRONOUNS: Final = frozenset(
    {
        "you",
        "i",
        "he",
        "she",
        "they",
        "hai",
        "ha",
        "avete",
        "du",
        "sie",
        "ich",
        "vous",
        "tu",
        "usted",
        "siz",
        "sen",
    }
)


@dataclass(frozen=True, slots=True)
class Split:
    """Own text, quoted text, the quoted header blocks, and whether a message is passed on."""

    own: str
    quoted: str
    blocks: tuple[QuotedBlock, ...]
    forwarded: bool


@dataclass(frozen=True, slots=True)
class _Phrases:
    keys: dict[str, str]
    originals: frozenset[str]
    forwards: tuple[str, ...]
    attribution: re.Pattern[str]
    opener: re.Pattern[str]


@functools.cache
def _phrases() -> _Phrases:
    words = load_words("quotes.toml")
    keys = {key: field for field in reversed(_FIELDS) for key in words[field]}
    verbs = "|".join(sorted(map(re.escape, words["verb"]), key=len, reverse=True))
    openers = "|".join(sorted(map(re.escape, words["opener"]), key=len, reverse=True))
    return _Phrases(
        keys,
        frozenset(words["original"]),
        tuple(words["forward"]),
        re.compile(rf"(?:^|[\s>)\],])({verbs})(?=[\s:])", re.IGNORECASE),
        re.compile(rf"^(?:{openers})\b", re.IGNORECASE),
    )


@dataclass(frozen=True, slots=True)
class _Hit:
    """Something that starts a quote: lines [start, end), the people in it, and how far it reaches.

    `block` is None for a mere marker line.
    """

    start: int
    end: int
    block: QuotedBlock | None
    forward: bool = False


def split_text(text: str) -> Split:
    """Part a text into own and quoted lines and read the quoted header blocks, outermost first.

    Lines that start with ">" are quoted; below a header block or marker of a mail program that
    is not itself marked with ">", everything is. Lines between ">" lines are own (inline answers).
    """
    if not text or text.isspace():
        return Split("", "", (), forwarded=False)
    lines = text.split("\n")
    stripped = [line.strip() for line in lines]
    scan = _Scan(lines, stripped)
    own, quoted, blocks, forwarded = scan.run()
    return Split(
        "\n".join([lines[index] for index in own]).strip("\n"),
        "\n".join([lines[index] for index in quoted]).strip("\n"),
        tuple(blocks),
        forwarded=forwarded,
    )


class _Scan:
    """One pass over the lines of a text."""

    def __init__(self, raw: list[str], stripped: list[str]) -> None:
        self._raw = raw
        self._marked = [line[:1] == ">" for line in stripped]
        if any(self._marked):
            stripped = [line.lstrip("> \t|") if line[:1] == ">" else line for line in stripped]
        self._lines = stripped
        self._phrases = _phrases()
        self._marker = -10  # line of the last marker seen
        self._marker_forward = False
        self._kept = 0  # lines before this one have been given out

    def run(self) -> tuple[list[int], list[int], list[QuotedBlock], bool]:
        lines, marked = self._lines, self._marked
        own: list[int] = []
        quoted: list[int] = []
        blocks: list[QuotedBlock] = []
        everything = False
        forwarded = False
        index, count = 0, len(lines)
        while index < count:
            line = lines[index]
            hit = self._hit(index, line) if line and len(blocks) < limits.BLOCKS else None
            if hit is None:
                (quoted if everything or marked[index] else own).append(index)
                index += 1
                continue
            if not everything and not marked[index]:
                while own and own[-1] >= hit.start:
                    quoted.append(own.pop())
                quoted.sort()
                if not self._answered_inline(hit.end):
                    everything = True
                if not forwarded and not blocks and hit.forward:
                    forwarded = True
            if hit.block is not None:
                blocks.append(hit.block)
            quoted.extend(range(index, hit.end))
            index = hit.end
        return own, quoted, blocks, forwarded

    def _answered_inline(self, index: int) -> bool:
        """Whether the quote that starts here is marked line by line, so that own lines can follow."""
        for following in range(index, min(index + 4, len(self._lines))):
            if self._marked[following]:
                return True
            if self._lines[following]:
                return False
        return False

    def _hit(self, index: int, line: str) -> _Hit | None:
        first, last = line[0], line[-1]
        colon = line.find(":", 0, _MAX_KEY)
        if colon > 0:
            key = self._phrases.keys.get(line[:colon].strip("* \t\xa0").lower())
            if key is not None and key != "other":
                found = self._block(index, key)
                if found is not None:
                    return found
        if " To:" in line:
            found = self._columns(index, line)
            if found is not None:
                return found
        if first in "-_=*~" or last in ":-":
            found = self._mark(index, line)
            if found is not None:
                return found
        if last == ":":
            return self._attribution(index, line)
        if (
            line[-3:] == ">>>" and self._marked[index]
        ):  # GroupWise: ">>> Jane Doe <jane@...> 05/15/01 12:44PM >>>"
            dated = _NOTES_DAY.search(line) if len(line) < _MAX_ATTRIBUTION else None
            return _Hit(index, index + 1, QuotedBlock(person_of(line[: dated.start()]))) if dated else None
        return None

    # --- lines that programs put over a quote ---------------------------------------------------

    def _mark(self, index: int, line: str) -> _Hit | None:
        bare = line.strip(_EDGES).lower()
        if not bare or len(bare) > _MAX_MARK:
            return None
        dashed = line[0] in "-_=*~" and line[1:2] == line[0]
        end = index + 1
        if bare in self._phrases.originals and (dashed or line[-1] in "-:"):
            self._marker, self._marker_forward = index, False
            return _Hit(index, end, None)
        for phrase in self._phrases.forwards:
            if bare.startswith(phrase):
                rest = bare[len(phrase) :]
                if rest and not dashed:
                    return None
                if (
                    dashed and rest and "-" not in line[-3:]
                ):  # "Forwarded by X on DATE" over two or three lines
                    while end < min(index + 4, len(self._lines)) and "---" not in self._lines[end]:
                        end += 1
                    if end >= len(self._lines) or "---" not in self._lines[end]:
                        end = index
                    end += 1
                self._marker, self._marker_forward = end - 1, True
                return _Hit(index, end, None, forward=True)
        return None

    # --- header blocks --------------------------------------------------------------------------

    def _field(self, line: str) -> tuple[str, str]:
        colon = line.find(":", 0, _MAX_KEY)
        if colon <= 0:
            return "", ""
        key = self._phrases.keys.get(line[:colon].strip("* \t\xa0").lower(), "")
        return key, line[colon + 1 :].strip(" *\t\xa0")

    def _block(self, index: int, key: str) -> _Hit | None:
        found, end = self._read_block(index)
        near = self._marker >= 0 and not any(self._lines[self._marker + 1 : index][:8])
        near = near or (0 <= index - self._marker <= 8 and self._marker >= 0)
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
            while start > 0 and self._raw[index][:1] == "\t" and self._raw[start - 1][:1] in {"\t", " "}:
                start -= 1  # the letterhead of Lotus Notes
        elif key == "to" and ("subject" in found or near):
            written, start = self._sender_above(index)
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
        return _Hit(start, end, block, forward=near and self._marker_forward)

    def _read_block(self, index: int) -> tuple[dict[str, str], int]:
        """Fields of the block that starts at a line, and where it ends."""
        lines = self._lines
        found: dict[str, list[str]] = {}
        last = ""
        blanks = 0
        end = index
        for position in range(index, min(index + _MAX_BLOCK_LINES, len(lines))):
            line = lines[position]
            if not line:
                blanks += 1
                if blanks > 3:
                    break
                continue
            key, value = self._field(line)
            if key:
                if key != "other":
                    if key in found:
                        break
                    found[key] = [value]
                last = key
            elif blanks or not self._continues(last, line, position, found):
                break
            else:
                found[last].append(line)
            blanks = 0
            end = position + 1
        return {key: " ".join(parts) for key, parts in found.items()}, end

    def _continues(self, last: str, line: str, position: int, found: dict[str, list[str]]) -> bool:
        if last not in found:
            return False
        if last in _LISTS:
            return "subject" not in found or found[last][-1][-1:] in ",;" or "@" in line
        if len(found[last]) > 2:
            return False
        if _CLOCK.match(line):
            return True
        following = self._lines[position + 1] if position + 1 < len(self._lines) else ""
        return bool(following and self._field(following)[0])

    def _sender_above(self, index: int) -> tuple[str | None, int]:
        """Return the sender that Lotus Notes writes over To, with its date, and the line where that starts."""
        lines = self._lines
        position = index - 1
        lowest = max(index - _LOOKBACK, 0)
        while position >= lowest and (not lines[position] or _RESPOND.match(lines[position])):
            position -= 1
        if position < lowest:
            return None, index
        line = lines[position]
        start = position
        if _CLOCK.match(line) and position > 0:
            start -= 1
            line = f"{lines[start]} {line}"
        dated = NOTES_DATE.search(line)
        if dated is None:
            return None, index
        written = line[: dated.start()].strip()
        if written:
            if start > 0 and written[:1] in "<(" and lines[start - 1]:
                start -= 1
                written = f"{lines[start]} {written}"
            return written, start
        while start > 0 and start > lowest - 2:
            start -= 1
            if lines[start]:
                above = lines[start]
                return (above, start) if len(above) < _MAX_MARK else (None, index)
        return None, index

    # --- Lotus Notes blocks in columns ------------------------------------------------------------

    def _columns(self, index: int, line: str) -> _Hit | None:
        """Read a block whose sender and date stand to the left of To, cc and Subject."""
        mark = _COLUMN.search(line)
        if mark is None or mark[1].lower() != "to":
            return None
        if "Subject:" in line:
            return self._one_line(index, line, mark)
        raw = self._raw[index].expandtabs(8)
        column = raw.find(" To:") + 1
        left: list[str] = []
        start = index
        while start > 0 and index - start < 3 and self._lines[start - 1] and self._marker != start - 1:  # noqa: PLR2004
            start -= 1
            left.insert(0, self._lines[start])
        fields: dict[str, list[str]] = {}
        last = ""
        end = index
        for position in range(index, min(index + _MAX_COLUMN_LINES, len(self._raw))):
            row = self._raw[position].expandtabs(8)
            if not row.strip():
                break
            found = _COLUMN.search(row, max(column - 4, 0))
            if found is not None and abs(found.start(1) - column) <= 4:  # noqa: PLR2004 - columns are rarely exact
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
        if "subject" not in fields and self._marker < 0:
            return None
        return self._columns_hit(start, end, left, {key: " ".join(rows) for key, rows in fields.items()})

    def _one_line(self, index: int, line: str, mark: re.Match[str]) -> _Hit | None:
        fields: dict[str, list[str]] = {}
        marks = [mark, *_COLUMN.finditer(line, mark.end() - 1)]
        for number, found in enumerate(marks):
            stop = marks[number + 1].start() if number + 1 < len(marks) else len(line)
            fields.setdefault(found[1].lower(), []).append(line[found.end() : stop])
        joined = {key: " ".join(rows) for key, rows in fields.items()}
        return self._columns_hit(index, index + 1, [line[: mark.start()]], joined)

    def _columns_hit(self, start: int, end: int, left: list[str], fields: dict[str, str]) -> _Hit | None:
        beside = " ".join(" ".join(left).split())
        sent_by = beside.find("Sent by:")
        dated = _NOTES_DAY.search(beside)
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
        near = 0 <= start - self._marker <= 8 and self._marker >= 0  # noqa: PLR2004 - as in `_block`
        return _Hit(start, end, block, forward=near and self._marker_forward)

    # --- attribution lines ----------------------------------------------------------------------

    def _attribution(self, index: int, line: str) -> _Hit | None:
        """Read a line such as "On 5 March Jane Doe wrote:", which may run over up to three lines."""
        if line[-1] != ":" or len(line) > _MAX_ATTRIBUTION:
            return None
        text, start = line, index
        verb = self._last_verb(text)
        opener = self._phrases.opener
        while (
            (verb is None or not opener.match(text))
            and start > 0
            and index - start < 2
            and self._lines[start - 1]
        ):
            start -= 1
            text = f"{self._lines[start]} {text}"
            verb = self._last_verb(text)
        if verb is None:
            return None
        if start < index and not (opener.match(text) and _DIGIT.search(text)):
            text, start = line, index  # the lines above have nothing to do with it, unless the verb is there
            verb = self._last_verb(text)
            if verb is None:
                text, start = f"{self._lines[index - 1]} {line}", index - 1
                verb = self._last_verb(text)
            if verb is None:
                return None
        dated = _DIGIT.search(text) is not None or "@" in text
        if len(text) > _MAX_ATTRIBUTION or (not dated and len(text.split()) > 8):  # noqa: PLR2004 - no such line is longer
            return None
        if not dated and not self._answered_inline(index + 1):  # "Jane Doe wrote:"
            return None
        return _Hit(start, index + 1, QuotedBlock(_author(text, verb)))

    def _last_verb(self, text: str) -> re.Match[str] | None:
        found = None
        for match in self._phrases.attribution.finditer(text):
            found = match
        return found


_DATE_WORDS: Final = re.compile(
    r".*[0-9](?:\s?[AaPp]\.?[Mm]\b\.?|h\b|[.,:)])*+(?:\s?(?:[+-][0-9]{4}|GMT|UTC|CES?T|[ECMP][SD]T|Uhr)\b)?",
    re.DOTALL,
)
_FILLERS: Final = frozenset(
    [
        "um",
        "at",
        "alle",
        "ore",
        "las",
        "a",
        "à",
        "on",
        "il",
        "el",
        "le",
        "am",
        "tarihinde",
        "giorno",
        "pm",
        "in",
        "saat",
    ]
)


def _author(text: str, verb: re.Match[str]) -> Person | None:
    """Who wrote, from an attribution line: behind the verb (German), else between date and verb."""
    found = ADDRESS_IN_TEXT.search(text) if "@" in text else None
    address = normalise_address(found[0].strip("'")) if found else ""
    cut = found.start() if found else len(text)
    behind = text[verb.end() : cut if cut > verb.end() else len(text)].strip(_AROUND)
    if behind and behind[0].isupper() and not _DIGIT.search(behind):
        name = behind
    else:
        before = text[: min(cut, verb.start())].rstrip(_AROUND)
        name = _DATE_WORDS.sub("", before, count=1)
        if not any(map(str.isalpha, name)):
            name = _DIGIT.split(before)[0]
    name = name.strip(_AROUND)
    for _ in range(3):
        head, _, rest = name.partition(" ")
        if fold(head.rstrip(".,")) not in _FILLERS and fold(head.rstrip(".,")) not in ordinary_words():
            break
        name = rest.strip(_AROUND)
    person = None if fold(name) in _PRONOUNS else person_of(name)
    if person is None:
        return Person("", address) if address else None
    return Person(person.name, address or person.address)


_AROUND: Final = " ,:;<([\"'-_*>"
