"""Two hundred thousand mails made wrong: each must be read, in time.

    python -m tests.fuzz.mutate [--messages 200000] [--seed 1] [--jobs 2] [--folder DIR] [--keep DIR]

The originals are the letters of the tests and, with --folder, every file in a folder of mail. The
last line says how quick Python's own `email` parser is over the same messages in the same run, as
`python -m tests.benchmarks.parse` says it for usual mail.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from scanner.message.parse import parse
from tests.benchmarks.parse import read_by_standard_library
from tests.fuzz.exercise import Trouble, exercise, timed, weighed
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import collected, seeds

SAMPLED = 20
"""Of one message in so many the memory is measured, and the standard library tried, which takes long."""

CHUNK = 5_000
"""Messages of one seed: the work of one process at a time."""


@dataclass(slots=True)
class Findings:
    """What came of a run. Times are in seconds of processor time."""

    messages: int = 0
    octets: int = 0
    parsing: float = 0.0
    sampled: int = 0
    sampled_parsing: float = 0.0
    standard: float = 0.0
    standard_failed: int = 0
    slowest: float = 0.0
    slowest_octets: int = 0
    hungriest: float = 0.0
    failures: list[tuple[bytes, str]] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        """Take in what came of another run."""
        for name in (
            "messages",
            "octets",
            "parsing",
            "sampled",
            "sampled_parsing",
            "standard",
            "standard_failed",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        slower = max(self, other, key=lambda one: one.slowest)
        self.slowest, self.slowest_octets = slower.slowest, slower.slowest_octets
        self.hungriest = max(self.hungriest, other.hungriest)
        self.failures += other.failures

    def lines(self) -> list[str]:
        """Say it."""
        ours, theirs = self.messages / self.parsing, self.sampled / max(self.standard, 1e-9)
        size, raised = self.octets / self.messages, f"{self.standard_failed:,} of {self.sampled:,}"
        return [
            f"{self.messages:,} messages of {size:,.0f} octets on average, {len(self.failures)} failures",
            f"slowest: {1000 * self.slowest:.0f} ms, for {self.slowest_octets:,} octets",
            f"memory at most: {self.hungriest:.1f} octets for each octet read, in messages above 4 kB",
            f"scanner.message.parse   {ours:8,.0f} messages/s",
            f"standard library        {theirs:8,.0f} messages/s on every {SAMPLED}th, raises on {raised}",
            f"ratio on the same       {self.standard / max(self.sampled_parsing, 1e-9):8.1f}",
        ]


def run(originals: Sequence[bytes], count: int, *, seed: int = 1) -> Findings:
    """Read so many mutated messages; what fails is in `failures` and does not end the run."""
    found = Findings()
    for raw in originals:
        parse(raw)  # what is loaded at the first message is not the first message's affair
    for raw in mutated(originals, count, seed=seed):
        sample = found.messages % SAMPLED == 0
        found.messages += 1
        found.octets += len(raw)
        try:
            took = timed(parse, raw)
            timed(exercise, raw)
            peak = weighed(raw) if sample else 0
        except (Exception, Trouble):  # noqa: BLE001 - whatever it is, it is counted and shown
            found.failures.append((raw, traceback.format_exc(limit=-3)))
            continue
        found.parsing += took
        if took > found.slowest:
            found.slowest, found.slowest_octets = took, len(raw)
        if len(raw) > 4096:
            found.hungriest = max(found.hungriest, peak / len(raw))
        if sample:
            _compared(found, raw, took)
    return found


def _compared(found: Findings, raw: bytes, took: float) -> None:
    """Let the standard library read the message too."""
    start = time.process_time()
    try:
        read_by_standard_library(raw)
    except Exception:  # noqa: BLE001 - how it fails is its own affair
        found.standard_failed += 1
    found.standard += time.process_time() - start
    found.sampled += 1
    found.sampled_parsing += took


def main() -> int:
    """Run, print, and end with 1 if anything failed."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at once")
    options.add_argument("--folder", type=Path, help="further originals: every file below this folder")
    options.add_argument("--keep", type=Path, default=Path(".fuzz/found"), help="where failures are kept")
    asked = options.parse_args()
    originals = [*seeds().values()]
    if asked.folder is not None:
        more = [*collected(asked.folder).values()]
        for raw in more:
            timed(exercise, raw)
        print(f"{len(more)} files of the folder: 0 exceptions")
        originals += more
    found = Findings()
    sizes = [min(CHUNK, asked.messages - start) for start in range(0, asked.messages, CHUNK)]
    with ProcessPoolExecutor(asked.jobs) as pool:
        chunks = [
            pool.submit(run, originals, size, seed=1_000_000 * asked.seed + number)
            for number, size in enumerate(sizes)
        ]
        for chunk in chunks:
            found.add(chunk.result())
    for raw, what in found.failures:
        asked.keep.mkdir(parents=True, exist_ok=True)
        path = asked.keep / hashlib.sha256(raw).hexdigest()[:16]
        path.write_bytes(raw)
        print(f"{path}:\n{what}", file=sys.stderr)
    print("\n".join(found.lines()))
    return int(bool(found.failures))


if __name__ == "__main__":
    sys.exit(main())
