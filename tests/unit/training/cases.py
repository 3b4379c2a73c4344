"""Cases made by hand: numbers without messages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import KIN, Extract
from scanner.detect.features.table import ALTERNATIVES
from training.dataset import Case


def a_case(
    *,
    owner: str = "anna",
    stratum: int = 0,
    mode: str = "",
    place: float = 1.0,
    light: NDArray[np.float64] | None = None,
    kin: NDArray[np.float64] | None = None,
    base: NDArray[np.float64] | None = None,
    wrong: Sequence[bool] = (False,),
    meant: int = -1,
    key: str = "",
) -> Case:
    """A case of one recipient and no outsiders, unless its numbers say otherwise."""
    light = np.zeros((1, 1, len(LIGHT))) if light is None else light
    outsiders = light.shape[1] - 1
    return Case(
        owner=owner,
        ordinal=0,
        place=place,
        stratum=stratum,
        mode=mode,
        numbers=Extract(
            base=np.zeros((len(light), ALTERNATIVES)) if base is None else base,
            light=light,
            kin=np.zeros((len(light), outsiders, len(KIN))) if kin is None else kin,
            outsiders=tuple(range(outsiders)),
        ),
        wrong=np.array(wrong),
        meant=meant,
        meant_known=meant >= 0,
        key=key,
    )
