"""Progress of a long command: what it does, how far it is, how long it takes."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO


@dataclass(slots=True)
class Progress:
    """Lines on a stream, each with the time since the start; `took` keeps seconds by stage."""

    clock: Callable[[], float] = time.monotonic
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    took: dict[str, float] = field(default_factory=dict)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def say(self, text: str) -> None:
        """Write one line."""
        print(f"[{_span(self.clock() - self._started)}] {text}", file=self.stream, flush=True)

    @contextmanager
    def stage(self, name: str, total: int = 1) -> Iterator[Callable[[], None]]:
        """Time a stage of `total` steps; what it gives is called after each and tells what is left."""
        begun, done = self.clock(), 0
        self.say(f"{name} ...")

        def step() -> None:
            nonlocal done
            done += 1
            if done < total:
                left = (self.clock() - begun) / done * (total - done)
                self.say(f"{name}: {done} of {total}, about {_span(left)} left")

        yield step
        took = self.clock() - begun
        self.took[name] = self.took.get(name, 0.0) + took
        self.say(f"{name}: done in {_span(took)}")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
