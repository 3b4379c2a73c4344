"""`make faults`: tries every kind of fault on a real server and a real daemon, and counts the mail."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults import line_faults, machine_faults, server_faults
from tests.faults.bench import Bench, Count, NeverError, faketime, until
from tests.faults.kinds import KINDS, Kind

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
PATIENCE = 60.0
"""Seconds after which a daemon that has not come back counts as lost."""

HEAD = (
    "fault",
    "how it is made",
    "times",
    "messages",
    "scored",
    "set aside",
    "lost",
    "doubled",
    "alerts",
    "lost",
    "doubled",
    "well again, s",
)

__all__ = ["line_faults", "machine_faults", "server_faults"]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fault and what came of it; `trouble` where the trial itself failed."""

    kind: Kind
    count: Count | None
    trouble: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing was lost, doubled or changed, and no more set aside than had to be."""
        if self.count is None or self.trouble or not self.count.fine:
            return False
        return self.kind.aside * self.kind.times == self.count.aside

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        of = self.count
        if of is None:
            return (self.kind.name, self.trouble, *("?" for _ in HEAD[2:]))
        mail = (of.messages, of.scored, of.aside, of.lost, of.doubled)
        alerts = (of.alerts, of.alerts_lost, of.alerts_doubled)
        numbers = map(str, (self.kind.times, *mail, *alerts))
        return (self.kind.name, self.kind.how, *numbers, f"{of.well:.1f}")


def attempt(kind: Kind, keep: Path | None) -> Row:
    """Try one kind of fault."""
    with tempfile.TemporaryDirectory(prefix="faults", dir="/tmp") as temporary:
        directory = Path(temporary)
        try:
            return _attempt(kind, directory)
        except Exception as error:  # noqa: BLE001  the other kinds are tried all the same
            if not isinstance(error, NeverError):
                traceback.print_exc()
            return Row(kind, None, f"{type(error).__name__}: {error}")
        finally:
            if keep is not None and (directory / "log").exists():
                keep.mkdir(parents=True, exist_ok=True)
                name = re.sub(r"\W+", "-", kind.name)
                (keep / f"{name}.log").write_bytes((directory / "log").read_bytes())


def _attempt(kind: Kind, directory: Path) -> Row:
    well = 0.0
    trouble = ""
    with Bench(
        directory,
        connections=kind.connections,
        delivery=kind.delivery,
        clock=kind.clock,
        small_disk=kind.small_disk,
    ) as bench:
        bench.start()
        until(bench.learnt, "the past to be learnt", within=PATIENCE)
        try:
            for _ in range(kind.times):
                bench.file(3)
                with kind.strike(bench):
                    if kind.mail:
                        bench.file(3)
                well = max(well, bench.probe(PATIENCE))
            bench.settle(PATIENCE)
        except NeverError as error:
            trouble = f"waited in vain for {error}"
            well = PATIENCE
        if (code := bench.stop()) != 0:
            trouble = trouble or f"the daemon ended with {code}"
        return Row(kind, bench.count(well), trouble)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where mail or an alert was lost or came twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of faults; without any, all, and the page is written")
    parser.add_argument("--jobs", type=int, default=4, help="so many at once")
    parser.add_argument("--logs", type=Path, help="keep what the daemons said in this directory")
    parser.add_argument("--list", action="store_true", help="only name the faults")
    asked = parser.parse_args(arguments)
    kinds = [one for one in KINDS if not asked.only or one.name in asked.only]
    if unknown := set(asked.only) - {one.name for one in KINDS}:
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    if asked.list:
        print("\n".join(one.name for one in kinds))
        return 0
    if faketime() is None and any(one.clock for one in kinds):
        parser.error("the clock is moved by libfaketime: `apt-get install libfaketime`")
    if os.getuid() != 0 and any(one.small_disk for one in kinds):
        print("Only root may mount the small disk that is filled: left out, no page written.")
        kinds = [one for one in kinds if not one.small_disk]
    begun = time.monotonic()
    with ThreadPoolExecutor(asked.jobs) as pool:
        rows = []
        for row in pool.map(lambda one: attempt(one, asked.logs), kinds):
            rows.append(row)
            print("ok  " if row.fine else "FAIL", " | ".join(row.cells()), row.trouble, flush=True)
    print(f"\n{table(rows)}\n{summary(rows)} ({time.monotonic() - begun:.0f} s)")
    if len(rows) == len(KINDS):
        write(PAGE, f"{table(rows)}\n{summary(rows)}\n")
    return 0 if all(row.fine for row in rows) else 1


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = [HEAD, ("---",) * 2 + ("---:",) * (len(HEAD) - 2), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def summary(rows: Sequence[Row]) -> str:
    """One sentence of totals."""
    counts = [row.count for row in rows if row.count is not None]
    return (
        f"{len(rows)} kinds of fault, {sum(row.kind.times for row in rows)} faults, "
        f"{sum(one.messages for one in counts)} messages: {sum(one.lost for one in counts)} lost, "
        f"{sum(one.aside for one in counts)} set aside, {sum(one.doubled for one in counts)} doubled; "
        f"{sum(one.alerts for one in counts)} alerts: {sum(one.alerts_lost for one in counts)} lost, "
        f"{sum(one.alerts_doubled for one in counts)} doubled; "
        f"{sum(one.changed for one in counts)} messages with a changed flag."
    )


def write(page: Path, text: str) -> None:
    """Put the table between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
