"""One daemon process that lives through mail and faults for a long time, watched from outside."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
from scipy import stats

from tests.faults import line_faults, server_faults
from tests.faults.bench import Bench, Count, until
from tests.faults.kinds import KINDS, Kind
from tests.people import OWNER, raw_mail

__all__ = ["line_faults", "server_faults"]

PATIENCE = 120.0
"""Seconds that the daemon has at the end to deal with what is left."""

CONNECTIONS = 2
"""One that reads and one that listens."""

WARM_UP = 1 / 3
"""The part of the time in which memory may still grow."""

LEAST = 8
"""Blocks of a minute that a slope is reckoned from; a shorter run says nothing of memory."""

GROWTH = 32.0
"""KiB a minute that count as a leak, where the growth is certainly above them.

In a minute of a soak there are some sixty messages and seven faults, as on a busy day: so this is
that much a day, twelve MiB a year, and less than the daemon itself in ten years.
"""

FAULTS = (
    "line closed",
    "line reset",
    "line dead",
    "no connection",
    "no greeting",
    "sent away",
    "another protocol",
    "line slow",
    "answers late",
    "garbage",
    "cut in an answer",
    "stalled in an answer",
    "length too great",
    "BYE in IDLE",
    "leaving IDLE hangs",
    "server restarted",
    "server killed",
    "server frozen",
    "login refused",
    "FETCH refused",
    "SEARCH refused",
    "folder refused",
    "answer to APPEND lost",
)
"""Those of the line and the server after which the folders are as before."""

_WORDS = (
    "offer contract delivery invoice meeting report draft budget schedule plan drawing sample order price "
    "bridge tower museum station garden kitchen office market harbour library theatre clinic workshop"
).split()


@dataclass(frozen=True, slots=True)
class Sample:
    """The daemon at one moment: seconds from the start, KiB of resident memory, descriptors, threads."""

    at: float
    kib: int
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth of resident memory in KiB a minute, with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Soak:
    """What came of it. `before` and `after` are the daemon in quiet moments, after warm-up and at the end."""

    minutes: float
    past: int
    received: int
    faults: int
    kinds: int
    count: Count
    before: Sample
    after: Sample
    slope: Slope | None
    code: int

    @property
    def troubles(self) -> list[str]:
        """Why it failed; nothing where it did not."""
        found = []
        if not self.count.fine or self.count.aside:
            found.append("mail or alerts were lost, doubled, set aside or changed")
        if self.after.descriptors > self.before.descriptors:
            found.append("there are more descriptors than after the warm-up")
        if self.after.threads > self.before.threads:
            found.append("there are more threads than after the warm-up")
        if self.slope is not None and self.slope.low > GROWTH:
            found.append(f"memory grows by more than {GROWTH:.0f} KiB a minute")
        if self.code:
            found.append(f"the daemon ended with {self.code}")
        return found


class Watch:
    """Looks at a process every few seconds, from a thread of its own."""

    def __init__(self, pid: int, every: float) -> None:
        self.samples: list[Sample] = []
        self._pid = pid
        self._every = every
        self._begun = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """For the time of the block."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def sample(self) -> Sample:
        """The process now. Raises `OSError` where it has ended."""
        here = Path("/proc") / str(self._pid)
        said = dict(line.split(":", 1) for line in (here / "status").read_text().splitlines())
        return Sample(
            time.monotonic() - self._begun,
            int(said["VmRSS"].split()[0]),
            sum(1 for _ in (here / "fd").iterdir()),
            int(said["Threads"]),
        )

    def quiet(self, seconds: float) -> Sample:
        """The middle values of so many seconds in which nothing goes on."""
        seen: list[Sample] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end or not seen:
            seen.append(self.sample())
            time.sleep(0.25)
        return Sample(
            seen[-1].at,
            round(median(one.kib for one in seen)),
            round(median(one.descriptors for one in seen)),
            round(median(one.threads for one in seen)),
        )

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            with contextlib.suppress(OSError, KeyError):  # it has ended: the end will tell
                self.samples.append(self.sample())


class Storm:
    """Mail and faults, one after the other, at random."""

    def __init__(self, bench: Bench, kinds: Sequence[Kind], chance: random.Random) -> None:
        self.received = 0
        self.struck: list[str] = []
        self._bench = bench
        self._kinds = kinds
        self._chance = chance

    def blow(self, until_then: float) -> None:
        """Go on until that moment of the monotonic clock."""
        while time.monotonic() < until_then:
            self._mail()
            time.sleep(self._chance.uniform(0.0, 3.0))
            if self._chance.random() < 0.5:
                self._strike(self._chance.choice(self._kinds))
            time.sleep(self._chance.uniform(0.0, 3.0))

    def fill(self, past: int) -> None:
        """File so many messages, one a minute until now."""
        numbers = range(900_000, 900_000 + past)
        raws = [
            raw_mail(
                number,
                date=datetime.now(UTC) - timedelta(minutes=numbers.stop - number),
                text=self._words(40),
                subject=self._words(3),
            )
            for number in numbers
        ]
        if raws:
            self._bench.server.append(self._bench.user, "Sent", *raws, flags="\\Seen")
        self._bench.filed |= {f"<{number:06d}@firm.example>": False for number in numbers}

    def _strike(self, kind: Kind) -> None:
        with kind.strike(self._bench):
            if kind.mail:
                self._mail(least=2)
        self.struck.append(kind.name)

    def _mail(self, least: int = 0) -> None:
        for _ in range(self._chance.randint(least, 4)):
            self._bench.file(1, text=self._words(40), subject=self._words(3))
        raws = []
        for _ in range(self._chance.randint(0, 2)):
            self.received += 1
            raws.append(
                raw_mail(
                    500_000 + self.received,
                    sender="bruno@firm.example",
                    to=[OWNER],
                    date=datetime.now(UTC),
                    text=self._words(40),
                    subject=self._words(3),
                )
            )
        if raws:
            self._bench.server.append(self._bench.user, "INBOX", *raws)

    def _words(self, many: int) -> str:
        return " ".join(self._chance.choices(_WORDS, k=many))


def soak(
    directory: Path, minutes: float, *, seed: int = 1, kinds: Sequence[str] = FAULTS, past: int = 0
) -> Soak:
    """Let a daemon live for so many minutes, with everything around it in `directory`.

    So many messages of the `past` lie in Sent before. The history of a mailbox grows until it is full, with
    some thousands of messages: only then can memory be flat.
    """
    chosen = [kind for kind in KINDS if kind.name in kinds]
    with Bench(directory, connections=30, delivery="append", clock=False, small_disk=False) as bench:
        storm = Storm(bench, chosen, random.Random(seed))
        storm.fill(past)
        bench.start()
        until(bench.learnt, "the past to be learnt", within=600.0)
        assert bench.process is not None
        watch = Watch(bench.process.pid, every=min(5.0, minutes))
        with watch.looking():
            begun = time.monotonic()
            storm.blow(begun + WARM_UP * minutes * 60)
            before = _calm(bench, watch)
            storm.blow(begun + minutes * 60)
            after = _calm(bench, watch)
        code = bench.stop()
        return Soak(
            minutes=(time.monotonic() - begun) / 60,
            past=past,
            received=storm.received,
            faults=len(storm.struck),
            kinds=len(set(storm.struck)),
            count=bench.count(0.0),
            before=before,
            after=after,
            slope=slope([one for one in watch.samples if one.at >= before.at]),
            code=code,
        )


def _calm(bench: Bench, watch: Watch) -> Sample:
    """Wait until all is dealt with and both connections stand, and look then."""
    bench.settle(PATIENCE)
    until(lambda: len(bench.proxy.lines()) == CONNECTIONS, "both connections", within=3 * PATIENCE)
    return watch.quiet(3.0)


def slope(samples: Sequence[Sample]) -> Slope | None:
    """The growth of memory over the means of whole minutes; None where there are too few.

    Samples that follow each other closely are alike; the means of minutes are less so, and their
    residuals give an interval that can be believed.
    """
    minutes: dict[int, list[int]] = {}
    for one in samples:
        minutes.setdefault(int((one.at - samples[0].at) // 60), []).append(one.kib)
    if len(minutes) < LEAST:
        return None
    means = [float(np.mean(kib)) for kib in minutes.values()]
    line = stats.linregress(list(minutes), means)
    wide = float(stats.t.ppf(0.975, len(means) - 2)) * float(line.stderr)
    return Slope(float(line.slope), float(line.slope) - wide, float(line.slope) + wide)
