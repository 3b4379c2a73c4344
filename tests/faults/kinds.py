"""The table of faults: each has a name, a sentence on how it is made, and a block in which it holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.faults.bench import Bench

Strike = Callable[[Bench], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    It strikes `times` times. Before each, three messages are filed; where `mail` holds, three more
    while the fault lasts; after it one, to see that all is well again. `clock` runs the daemon under
    a clock that can be moved, `small_disk` keeps its state on a disk of a few megabytes, `connections`
    is the server's limit for one user. Each time `aside` messages must be set aside, because nobody
    could read them.
    """

    name: str
    how: str
    strike: Strike
    times: int = 5
    mail: bool = True
    delivery: str = "append"
    clock: bool = False
    small_disk: bool = False
    aside: int = 0
    connections: int = 30


KINDS: list[Kind] = []


def kind(name: str, how: str, **more: object) -> Callable[[Strike], Strike]:
    """Put a fault into the table."""

    def add(strike: Strike) -> Strike:
        KINDS.append(Kind(name, how, strike, **more))  # type: ignore[arg-type]  # the fields of Kind
        return strike

    return add
