"""The table of pitfalls: what broke elsewhere, the test of it here, and the edit that undoes the remedy."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("pitfalls.toml")
SECTIONS = ("the connection", "the folder", "the work", "libraries and standards", "bad input")


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, what `stands` exactly once gives way to `instead`: the remedy, or a part of it, is gone."""

    file: str
    stands: str
    instead: str


@dataclass(frozen=True, slots=True)
class Pitfall:
    """One row.

    `test` is a pytest node id. `quick` rows are tried without their remedy among the ordinary tests
    too. `within` is how many seconds each trial may take; a test that waits in vain for longer has
    failed. `full` are variables that make the trial with the remedy larger than among the ordinary
    tests.
    """

    name: str
    section: str
    broke: str
    remedy: str
    test: str
    edits: tuple[Edit, ...]
    quick: bool
    within: int
    full: tuple[tuple[str, str], ...]

    @property
    def file(self) -> Path:
        """Where the test stands."""
        return ROOT / self.test.partition("::")[0]

    @property
    def function(self) -> str:
        """The test without its parameters."""
        return self.test.partition("::")[2].partition("[")[0]


def load(path: Path = TABLE) -> list[Pitfall]:
    """All rows, in the order of the file."""
    return [_row(one) for one in tomllib.loads(path.read_text(encoding="utf-8"))["pitfall"]]


def _row(table: dict[str, Any]) -> Pitfall:
    return Pitfall(
        name=table["name"],
        section=table["section"],
        broke=table["broke"],
        remedy=table["remedy"],
        test=table["test"],
        edits=tuple(Edit(one["file"], one["stands"], one["instead"]) for one in table["edit"]),
        quick=table.get("quick", False),
        within=table.get("within", 60),
        full=tuple(table.get("full", {}).items()),
    )


def undone(text: str, edits: tuple[Edit, ...]) -> str:
    """The source without the remedy. Raises `ValueError` where a text does not stand there exactly once."""
    for edit in edits:
        if (times := text.count(edit.stands)) != 1:
            raise ValueError(f"{edit.file}: {times} times instead of once: {edit.stands!r}")
        text = text.replace(edit.stands, edit.instead)
    return text
