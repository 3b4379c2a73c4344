"""What the fuzzer calls: run by `python -m tests.fuzz`, with libFuzzer's own options."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["scanner.message", "scanner.mailbox.structure"]):
    from tests.fuzz.exercise import exercise, timed, weighed

WEIGHED = 100
"""Of one input in so many the memory is measured."""


class Target:
    """Counts the inputs."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, octets: bytes) -> None:
        """Read one input; what it raises ends the run."""
        self._count += 1
        timed(exercise, octets)
        if self._count % WEIGHED == 0:
            weighed(octets)


def main() -> None:
    """Fuzz until the time is over."""
    # Not the hook into regular expressions: it knows no start position and no possessive repeats.
    atheris.Setup(sys.argv, Target())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
