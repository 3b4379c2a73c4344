"""`make evidence`: how much evidence of each kind is recognised, and how many decoys are taken for it.

`python -m tests.evidence_table` prints the table, `--write` puts it into docs/evidence.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.detect.evidence import Kind
from scanner.message.model import Message
from scanner.message.parse import parse
from scanner.message.recalls import recalled_subject
from scanner.message.retractions import Retraction, is_notice, retraction
from tests import phrase_cases
from tests.evidence_scenes import SCENES, mail
from tests.people import OWNER
from tests.phrase_cases import Case

PAGE: Final = Path(__file__).parents[1] / "docs" / "evidence.md"
BEGIN, END = "<!-- evidence: begin -->", "<!-- evidence: end -->"
HEAD: Final = ("kind", "language", "set", "cases", "found", "decoys", "false")
EVIDENCE: Final = frozenset({Retraction.PARTY, Retraction.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Row:
    """Of so many cases so many were found; of so many decoys so many were taken for evidence."""

    kind: str
    language: str
    set: str
    cases: int
    found: int
    decoys: int
    false: int

    def line(self) -> str:
        """The row as Markdown."""
        cells = (self.kind, self.language, self.set, self.cases, self.found, self.decoys, self.false)
        return f"| {' | '.join(map(str, cells))} |"


def read(case: Case) -> Message:
    """The mail of a case, read from its octets."""
    return parse(mail(20, OWNER, "bruno@client.example", case.body, subject=case.subject))


def is_found(case: Case) -> bool:
    """Whether the mail of a case is taken for evidence of its kind; a recall with its subject."""
    message = read(case)
    if case.kind == "retraction":
        return retraction(message) in EVIDENCE
    if case.kind == "notice":
        return is_notice(message)
    subject = recalled_subject(message)
    return subject is not None and (not case.positive or subject == case.recalled)


def rows() -> Iterator[Row]:
    """The table: phrases by kind, language and set, then what is shown without phrases."""
    for kind in phrase_cases.KINDS:
        for language in phrase_cases.LANGUAGES:
            cases = phrase_cases.load(kind, language)
            for name in phrase_cases.SETS:
                those = [case for case in cases if case.set == name]
                yield _row(kind, language, name, ((case.positive, is_found(case)) for case in those))
    for sign in (Kind.RESEND, Kind.BOUNCE, Kind.ANSWER):
        played = ((scene.positive, scene.found()) for scene in SCENES if scene.kind is sign)
        yield _row(sign.value, "any", "scenes", played)


def _row(kind: str, language: str, name: str, judged: Iterable[tuple[bool, bool]]) -> Row:
    pairs = list(judged)
    found = [taken for positive, taken in pairs if positive]
    false = [taken for positive, taken in pairs if not positive]
    return Row(kind, language, name, len(found), sum(found), len(false), sum(false))


def table(made: Iterable[Row]) -> str:
    """The rows as Markdown, with sums of the phrases by kind and set below."""
    every = list(made)
    lines = [f"| {' | '.join(HEAD)} |", "| --- | --- | --- | ---: | ---: | ---: | ---: |"]
    lines += [row.line() for row in every]
    total: Callable[[list[Row], str], int] = lambda those, name: sum(getattr(row, name) for row in those)  # noqa: E731
    for kind in phrase_cases.KINDS:
        for name in phrase_cases.SETS:
            those = [row for row in every if (row.kind, row.set) == (kind, name)]
            sums = (total(those, figure) for figure in ("cases", "found", "decoys", "false"))
            lines.append(Row(kind, "**all**", name, *sums).line())
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(prog="make evidence", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    text = table(rows())
    if parser.parse_args().write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
