"""A one-dimensional array of numbers that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Growing:
    """Numbers that are appended one by one and read as one array; appending is cheap on average."""

    def __init__(self) -> None:
        self._room = np.zeros(64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, value: float) -> None:
        """Add one number at the end."""
        if self._count == len(self._room):
            self._room = np.concatenate((self._room, np.zeros_like(self._room)))
        self._room[self._count] = value
        self._count += 1

    @property
    def all(self) -> NDArray[np.float64]:
        """All numbers so far: a view, through which they may be changed in place."""
        return self._room[: self._count]
