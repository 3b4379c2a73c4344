"""Who of many had a relation before, who never had, who should have been off the list: table and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.recovery.case import Case
    from scanner.words import Words

COLUMNS = ("address", "name", "role", "place", "before", "first", "apology")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a cell begins that a spreadsheet computes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient. `apology`: "yes" where it should not have got it, "check" for a stranger outside."""

    address: str
    name: str
    role: str
    inside: bool
    known: bool
    since: str
    apology: str


def scope(case: Case) -> list[Row]:
    """Cross every recipient with the history, those to write to first; order is kept otherwise.

    An apology goes only to those who should not have got it: not to whom it bounced. An outsider
    whom the mailbox never had to do with is for the owner to check.
    """
    rows = [
        Row(
            address=one.address,
            name=one.name,
            role=one.role.value,
            inside=one.inside,
            known=one.relation.known,
            since=one.relation.since.date().isoformat() if one.relation.since is not None else "",
            apology=_apology(
                wrong=one.wrong and not one.bounced, stranger=not one.relation.known and not one.inside
            ),
        )
        for one in case.parties
    ]
    return sorted(rows, key=lambda row: ("yes", "check", "no").index(row.apology))


def cells(row: Row, words: Words) -> tuple[str, ...]:
    """Give a row in the order of `COLUMNS`, in words."""
    return (
        row.address,
        row.name,
        words.say("label", f"{row.role}_line"),
        words.say("scope", "inside" if row.inside else "outside"),
        words.say("scope", "yes" if row.known else "never"),
        row.since,
        words.say("scope", row.apology),
    )


def summary(rows: list[Row], words: Words) -> str:
    """Count them."""
    return words.say(
        "scope",
        "summary",
        total=words.number(len(rows)),
        known=words.number(sum(row.known for row in rows)),
        never=words.number(sum(not row.known for row in rows)),
        wrong=words.number(sum(row.apology == "yes" for row in rows)),
    )


def as_csv(rows: list[Row], words: Words) -> str:
    """Give the rows as CSV (RFC 4180: CRLF, quotes doubled) in which no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([words.say("scope", column) for column in COLUMNS])
    writer.writerows([[safe_cell(cell) for cell in cells(row, words)] for row in rows])
    return out.getvalue()


def safe_cell(cell: str) -> str:
    """Give a cell that a spreadsheet shows as text: an apostrophe in front of what would be computed."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith("'") else cell


def _apology(*, wrong: bool, stranger: bool) -> str:
    return "yes" if wrong else "check" if stranger else "no"
