"""`make pitfalls`: each pitfall's test must pass as it is, and fail once the remedy is taken away."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.pitfalls.table import ROOT, SECTIONS, Pitfall, load
from tests.pitfalls.trial import Outcome, copied, run, without

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- pitfalls: begin -->", "<!-- pitfalls: end -->"
HEAD = ("pitfall", "what broke elsewhere", "remedy here", "test", "with", "without", "s")


@dataclass(frozen=True, slots=True)
class Trial:
    """A row and what its two runs came to."""

    pitfall: Pitfall
    kept: Outcome
    taken: Outcome

    @property
    def fine(self) -> bool:
        """Whether the test tells the remedy from its absence."""
        return (self.kept.verdict, self.taken.verdict) == ("passed", "failed")

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        seconds = f"{self.kept.seconds + self.taken.seconds:.0f}"
        one = self.pitfall
        return (
            one.name,
            one.broke,
            one.remedy,
            f"`{one.function}`",
            self.kept.verdict,
            self.taken.verdict,
            seconds,
        )


def attempt(base: Path, pitfall: Pitfall) -> Trial:
    """Both runs of one row."""
    kept = run(base, pitfall, full=True)
    try:
        with without(base, pitfall.edits) as tree:
            return Trial(pitfall, kept, run(tree, pitfall, full=False))
    except ValueError as error:  # the source has moved on
        return Trial(pitfall, kept, Outcome("broken", str(error), 0.0))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a test fails with the remedy or passes without it."""
    parser = argparse.ArgumentParser(prog="python -m tests.pitfalls", description=__doc__)
    parser.add_argument(
        "only", nargs="*", help="names of pitfalls; without any, all, and the page is written"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many at once")
    parser.add_argument("--list", action="store_true", help="only name the pitfalls")
    asked = parser.parse_args(arguments)
    rows = load()
    if unknown := set(asked.only) - {one.name for one in rows}:
        parser.error(f"there is no pitfall {', '.join(sorted(unknown))}")
    rows = [one for one in rows if not asked.only or one.name in asked.only]
    if asked.list:
        print("\n".join(one.name for one in rows))
        return 0
    begun = time.monotonic()
    # The longest first, so that no one of them runs alone at the end.
    order = sorted(rows, key=lambda one: -one.within)
    done: dict[str, Trial] = {}
    with copied() as base, ThreadPoolExecutor(max(1, min(asked.jobs, os.cpu_count() or 1))) as pool:
        for trial in pool.map(lambda one: attempt(base, one), order):
            done[trial.pitfall.name] = trial
            print("ok  " if trial.fine else "FAIL", trial.pitfall.name, *_told(trial), sep="  ", flush=True)
    trials = [done[one.name] for one in rows]
    text = f"{table(trials)}\n{summary(trials)}\n"
    print(f"\n{text}({time.monotonic() - begun:.0f} s)")
    if not asked.only:
        write(PAGE, text)
    return 0 if all(one.fine for one in trials) else 1


def _told(trial: Trial) -> list[str]:
    runs = (("with", trial.kept), ("without", trial.taken))
    return [f"{name}: {one.verdict} in {one.seconds:.0f} s  {one.why}".rstrip() for name, one in runs]


def table(trials: Sequence[Trial]) -> str:
    """The rows in Markdown, section by section."""
    lines: list[tuple[str, ...]] = [HEAD, ("---",) * (len(HEAD) - 1) + ("---:",)]
    for section in SECTIONS:
        found = [one.cells() for one in trials if one.pitfall.section == section]
        if found:
            lines += [(f"**{section}**",) + ("",) * (len(HEAD) - 1), *found]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def summary(trials: Sequence[Trial]) -> str:
    """One sentence of totals."""
    passed = sum(one.kept.verdict == "passed" for one in trials)
    failed = sum(one.taken.verdict == "failed" for one in trials)
    return f"{len(trials)} pitfalls: {passed} tests pass with the remedy, {failed} fail without it."


def write(page: Path, text: str) -> None:
    """Put the table between its marks."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
