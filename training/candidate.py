"""A retrained model as a directory among one's own models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.held_out import messages_of
from training.labels import OWN_LABELS, OWN_SIGNS
from training.own_mail import OWN_MAIL
from training.publish import calibration_by, typical_row, write_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from scanner.detect.classifier import Rows
    from training.promotion import Comparison
    from training.registry import Registry
    from training.retrain import Own, Retrained

_KINDS = {"labels": OWN_LABELS, "evidence": OWN_SIGNS, "mail": OWN_MAIL}


def save(
    registry: Registry,
    found: Retrained,
    *,
    base: Rows,
    manifest: Mapping[str, Any],
    own: Own,
    comparison: Comparison,
    day: date,
    seed: int,
) -> str:
    """Write the candidate and return its name; it is not used before it is activated.

    Ranker and weights of who was meant are those of the base model (`manifest`), since the base
    rows are as that ranker made them; calibration and tail come from the candidate's held-out scores.
    """
    messages = messages_of(base)
    calibration, tail = calibration_by(messages.tops(found.candidate.base), messages.strata)
    count = {kind: len(np.unique(own.rows.messages[own.rows.owners == kind])) for kind in _KINDS.values()}
    with registry.new(day) as (name, directory):
        write_model(
            directory,
            name=name,
            classifier=found.classifier,
            rows=found.rows,
            ranker=manifest["ranker"],
            meant=manifest["meant"],
            calibration=calibration,
            tail=tail,
            typical=typical_row(base, found.candidate.base),
            data={
                "base": {"name": manifest["name"], "rows": manifest["files"]["rows.npz"]},
                "trained": day.isoformat(),
                "seed": seed,
                "own": {
                    **{name: count[kind] for name, kind in _KINDS.items()},
                    "dates": list(own.dates),
                },
                "figures": comparison.plain(),
            },
        )
    return name
