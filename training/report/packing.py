"""Cases of one owner as arrays of numbers, and back: nothing of the mail's text, nothing that could run."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from scanner.detect.features.extract import Extract
from training.dataset import Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_PLAIN = ("ordinal", "place", "stratum", "meant", "meant_known")
_RAGGED = ("wrong", "published")


def pack(cases: Sequence[Case]) -> dict[str, NDArray[Any]]:
    """Return the arrays of one owner's cases; what varies in shape stands end to end with its shapes."""
    arrays = {name: np.array([getattr(case, name) for case in cases]) for name in _PLAIN}
    modes = sorted({case.mode for case in cases})
    arrays["mode_names"] = np.array(modes, dtype=np.str_)
    arrays["mode"] = np.array([modes.index(case.mode) for case in cases], dtype=np.int8)
    arrays["key"] = np.array([int(case.key) for case in cases], dtype=np.int64)
    tags = sorted({tag for case in cases for tag in case.tags})
    arrays["tag_names"] = np.array(tags, dtype=np.str_)
    arrays["tags"] = np.array([[tag in case.tags for tag in tags] for case in cases], dtype=bool)
    for name in _RAGGED:
        arrays |= _end_to_end(name, [getattr(case, name) for case in cases])
    for part in fields(Extract):
        arrays |= _end_to_end(part.name, [np.asarray(getattr(case.numbers, part.name)) for case in cases])
    return arrays


def unpack(arrays: Mapping[str, NDArray[Any]], owner: str) -> list[Case]:
    """Return the cases; their numbers are parts of the arrays, not copies."""
    plain: dict[str, list[Any]] = {name: arrays[name].tolist() for name in _PLAIN}
    names, modes, keys = (arrays[name].tolist() for name in ("mode_names", "mode", "key"))
    tags = arrays["tag_names"].tolist()
    ragged: dict[str, Any] = {name: _taken_apart(name, arrays) for name in _RAGGED}
    parts = {part.name: _taken_apart(part.name, arrays) for part in fields(Extract)}
    return [
        Case(
            owner=owner,
            **{name: values[at] for name, values in plain.items()},
            mode=names[modes[at]],
            numbers=_extract({name: values[at] for name, values in parts.items()}),
            **{name: values[at] for name, values in ragged.items()},
            tags=frozenset(tag for tag, there in zip(tags, arrays["tags"][at], strict=True) if there),
            key=str(keys[at]),
        )
        for at in range(len(modes))
    ]


def pack_scores(scores: Sequence[NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    """Return scores per recipient as two arrays."""
    return _end_to_end("score", scores)


def unpack_scores(arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float64]]:
    """Return the scores of each case."""
    return _taken_apart("score", arrays)


def _extract(parts: dict[str, Any]) -> Extract:
    parts["outsiders"] = tuple(parts["outsiders"].tolist())
    return Extract(**parts)


def _end_to_end(name: str, parts: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    if not parts:
        return {name: np.empty(0), f"{name}.shapes": np.empty((0, 1), np.int32)}
    shapes = np.array([part.shape for part in parts], dtype=np.int32)
    return {name: np.concatenate([part.ravel() for part in parts]), f"{name}.shapes": shapes}


def _taken_apart(name: str, arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    flat, shapes = arrays[name], arrays[f"{name}.shapes"]
    ends = np.cumsum(shapes.prod(axis=1, dtype=np.int64)).tolist()
    starts = [0, *ends][:-1]
    return [
        flat[start:end].reshape(shape)
        for start, end, shape in zip(starts, ends, shapes.tolist(), strict=True)
    ]
