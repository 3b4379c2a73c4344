"""Labels in files: what is written is read back, and what is no label costs no other."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.cli.labelfile import COLUMNS, Format, Row, read, write
from scanner.errors import UsageError
from scanner.store import Label

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEADER = "message_id,recipient,label,weight,at,note\n"


def rows(text: str, form: Format | None = None) -> list[Row]:
    """What stands in the text."""
    return list(read(text.encode("utf-8", "surrogateescape"), form, now=NOW))


def label(*, message_id: str = "<1@firm.example>", recipient: str | None = None, note: str = "") -> Label:
    """A label as an import makes it."""
    return Label(message_id, recipient, wrong=True, at=NOW, weight=0.5, source="import", note=note)


def test_a_row_is_a_label() -> None:
    """Weight and date may be left empty; a bare date is midnight in UTC; case and spaces do not matter."""
    found = rows(
        HEADER
        + "<1@firm.example>, Bruno@Client.Example ,Wrong,,,\n<2@firm.example>,,fine,0.5,2025-04-01,no\n"
    )

    assert [
        Label("<1@firm.example>", "bruno@client.example", wrong=True, at=NOW, source="import"),
        Label(
            "<2@firm.example>",
            None,
            wrong=False,
            at=datetime(2025, 4, 1, tzinfo=UTC),
            weight=0.5,
            source="import",
            note="no",
        ),
    ] == [row.label for row in found]


def test_json_lines_have_the_same_keys() -> None:
    """What is not there is empty; the first character tells the format."""
    (row,) = rows('{"message_id": "<1@firm.example>", "label": "fine", "recipient": null, "weight": 0.25}\n')

    assert Label("<1@firm.example>", None, wrong=False, at=NOW, weight=0.25, source="import") == row.label


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_spreadsheets_write_other_separators(delimiter: str) -> None:
    """And begin with a byte order mark, end lines with CRLF, and put the columns elsewhere."""
    text = '\ufefflabel,note,message_id\r\nfine,"a, b",<1@firm.example>\r\n'.replace(",", delimiter)
    (row,) = rows(text)

    assert row.label is not None
    assert ("<1@firm.example>", f"a{delimiter} b") == (row.label.message_id, row.label.note)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("<1@firm.example>,,perhaps,,,", "label must be wrong or fine"),
        (",,fine,,,", "no message_id"),
        ("<1@firm.example>,bruno,fine,,,", "recipient is no address"),
        ("<1@firm.example>,,fine,0,,", "weight must be above 0 and at most 1"),
        ("<1@firm.example>,,fine,nan,,", "weight must be above 0 and at most 1"),
        ("<1@firm.example>,,fine,much,,", "weight must be above 0 and at most 1"),
        ("<1@firm.example>,,fine,,soon,", "at must be a date"),
        ("<1@firm.example>,,fine,,0001-01-01T00:00+14:00,", "at must be a date"),
        ("<1@firm.example>,,fine", "3 columns instead of 6"),
        ('<1@firm.example>,,fine,,,"never closed', "a quote that is never closed"),
        ("<1@firm.example>,,fine,,,\udcff", "note is no UTF-8 text"),
    ],
)
def test_what_is_no_label_is_named_by_line_and_the_rest_is_read(line: str, problem: str) -> None:
    """The lines before and after it are labels."""
    good = "<2@firm.example>,,fine,,,\n"
    found = rows(f"{HEADER}{good}{line}\n{good}")

    assert [2, 3, 4] == [row.line for row in found]
    assert [True, False, True] == [row.label is not None for row in found]
    assert problem in found[1].problem


@pytest.mark.parametrize("line", ["no json", "[]", '"text"', "[" * 100_000, '{"label": "fine"}'])
def test_a_line_that_is_no_json_object_costs_no_other(line: str) -> None:
    """However deep it is."""
    good = '{"message_id": "<2@firm.example>", "label": "fine"}\n'
    found = rows(f"{good}{line}\n{good}", "jsonl")

    assert [True, False, True] == [row.label is not None for row in found]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01"])
def test_a_file_without_the_columns_is_refused(text: str) -> None:
    """The sentence gives the first line to write."""
    with pytest.raises(UsageError) as caught:
        rows(text, "csv")
    assert HEADER.strip() in caught.value.remedy


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "'=1", " =1", "''+1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """Message-IDs are chosen by strangers: such a cell begins with an apostrophe, and is read back bare."""
    text = write([label(message_id=cell, note=cell)], "csv")
    first, second = csv.reader(io.StringIO(text, newline=""))

    assert list(COLUMNS) == first
    assert f"'{cell}" == second[0]
    assert f"'{cell}" == second[5]
    (row,) = rows(text)
    assert row.label is not None
    assert cell.strip() == row.label.message_id


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")).map(str.strip)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@given(
    message_id=TEXT.filter(bool),
    note=TEXT,
    recipient=st.sampled_from([None, "bruno@client.example", "=bruno@client.example"]),
    ago=st.timedeltas(timedelta(0), timedelta(days=9000)),
)
def test_what_is_written_is_read_back(
    form: Format, message_id: str, note: str, recipient: str | None, ago: timedelta
) -> None:
    """Quotes, separators, line ends and formulas included, to the microsecond."""
    expected = Label(
        message_id, recipient, wrong=False, at=NOW - ago, weight=1 / 3, source="import", note=note
    )

    assert [expected, expected] == [row.label for row in rows(write([expected, expected], form), form)]


def as_spreadsheet(text: str, separator: str) -> list[str]:
    """Cells as spreadsheets see them: quotes count at the start of a cell only, and till the next one."""
    cells: list[str] = []
    place = 0
    while place <= len(text):
        cell = ""
        while text.startswith('"', place):
            end = text.find('"', place + 1)
            end = len(text) if end < 0 else end
            cell += text[place + 1 : end]
            place = end + 1
            cell += '"' if text.startswith('"', place) else ""
        plain = re.compile(f"[^{re.escape(separator)}\r\n]*").match(text, place)
        assert plain is not None
        cells.append(cell + plain[0])
        place = plain.end() + 1
    return cells


STRANGE = st.lists(
    st.sampled_from(
        ["=1+1", "@x", "+", "-", "\uff1d", ";", "\t", "|", "\n", "\r", ",", '"', "'", " ", "a", "<", ">"]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(message_id=STRANGE, note=STRANGE, separator=st.sampled_from([",", ";", "\t", "|"]))
@example(message_id="<a;=HYPERLINK(1);b@x.example>", note="x\t=1", separator=";")
@example(message_id='<a;"=1@x.example>', note="a\n=1", separator=";")
def test_no_cell_is_a_formula_whatever_a_spreadsheet_separates_by(
    message_id: str, note: str, separator: str
) -> None:
    """A semicolon or tab within a cell does not let out what is behind it; the import reads the same back."""
    text = write([label(message_id=f"a{message_id}", note=note.strip())], "csv")

    for cell in as_spreadsheet(text, separator):
        assert cell.lstrip(" ")[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"} - {""}, text
    (row,) = list(read(text.encode(), "csv", now=NOW))
    assert row.label is not None
    assert (f"a{message_id}".strip(), note.strip()) == (row.label.message_id, row.label.note)
