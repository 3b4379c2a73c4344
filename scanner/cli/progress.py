"""How far a long command is: a bar on the terminal's standard error, nothing where that is a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Show:
    """Counts what passes and says what is wrong, both on standard error."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar

    def each(self, things: Iterable[T], doing: str, total: int | None = None) -> Iterator[T]:
        """The things themselves, counted as they pass."""
        task = self._bar.add_task(doing, total=total)
        for thing in things:
            yield thing
            self._bar.advance(task)
        self._bar.update(task, total=self._bar.tasks[task].completed)

    def steps(self, doing: str, total: int) -> Callable[[], None]:
        """What to call after each of so many steps."""
        task = self._bar.add_task(doing, total=total)
        return lambda: self._bar.advance(task)

    def warn(self, sentence: str) -> None:
        """Say one thing that could not be used."""
        from scanner.alert.safe import lines

        self._bar.console.print(
            lines(sentence), style="yellow", markup=False, highlight=False, soft_wrap=True
        )


@contextmanager
def shown() -> Iterator[Show]:
    """A bar for the time of a command."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield Show(bar)
