"""From cases to a model on disk: classifier, feature rows, manifest."""

from __future__ import annotations

import hashlib
import io
import json
import platform
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import sklearn

from scanner.detect.features.table import NAMES, schema_digest
from scanner.detect.model import MANIFEST
from training.calibrating import calibrate, tail_of
from training.evaluation import message_scores
from training.fitting import fit, held_out_scores, teaching_rows
from training.meant import fit_meant
from training.pinning import is_pinned, pin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from scanner.detect.classifier import Classifier, Rows
    from scanner.detect.threshold import Tail
    from training.dataset import Case
    from training.fitting import Detector


def save_rows(rows: Rows) -> bytes:
    """Return feature rows as a compressed file of half-precision numbers: anonymous, a few MB."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        rows=rows.rows.astype(np.float16),
        labels=rows.labels,
        weights=rows.weights.astype(np.float32),
        owners=rows.owners,
        messages=rows.messages,
        strata=rows.strata,
    )
    return file.getvalue()


def typical_row(rows: Rows, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the clean row at the median raw score: from it explanations count."""
    clean = np.flatnonzero(rows.labels == 0)
    order = clean[np.argsort(raw[clean], kind="stable")]
    return np.asarray(rows.rows[order[len(order) // 2]], dtype=np.float64)


def publish(
    cases: Sequence[Case],
    directory: Path,
    *,
    name: str,
    data: Mapping[str, Any],
    held_out: Sequence[NDArray[np.float64]] | None = None,
    teaching: Sequence[Case] = (),
) -> tuple[Detector, list[NDArray[np.float64]]]:
    """Fit on all cases and write the model to `directory`; return the detector and the held-out scores.

    `teaching` are cases of owners who are not measured: they are fitted on as well. Calibration and
    tail come from scores on held-out owners, given or computed here. `data` says what it was fitted
    on and the figures; it goes into the manifest as it is. Where `directory` is that of the shipped
    model, its digest is pinned in the package.
    """
    scores = list(held_out) if held_out is not None else held_out_scores(cases)
    every = [*cases, *teaching]
    detector = fit(every)
    rows = teaching_rows(every, detector.ranker, owner_numbers(every))
    calibration, tail = calibration_of(cases, scores)
    typical = typical_row(rows, detector.classifier.decision(rows.rows.astype(np.float64)))
    write_model(
        directory,
        name=name,
        classifier=detector.classifier,
        rows=rows,
        ranker=detector.ranker.tolist(),
        meant=fit_meant(every).tolist(),
        calibration=calibration,
        tail=tail,
        typical=typical,
        data=data,
    )
    if is_pinned(directory):
        pin(directory)
    return detector, scores


def write_model(
    directory: Path,
    *,
    name: str,
    classifier: Classifier,
    rows: Rows,
    ranker: Sequence[float],
    meant: Sequence[float],
    calibration: Mapping[str, Any],
    tail: Tail,
    typical: NDArray[np.float64],
    data: Mapping[str, Any],
) -> None:
    """Write a model to `directory` as `scanner.detect.model.load` reads it; the manifest comes last."""
    trees = io.BytesIO()
    joblib.dump(classifier, trees, compress=3)
    files = {"classifier.joblib": trees.getvalue(), "rows.npz": save_rows(rows)}
    manifest = {
        "name": name,
        "schema": schema_digest(),
        "features": len(NAMES),
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "files": {file: hashlib.sha256(octets).hexdigest() for file, octets in files.items()},
        "ranker": list(ranker),
        "meant": list(meant),
        "calibration": calibration,
        "tail": {"scores": tail.scores, "shares": tail.shares, "levels": tail.levels, "prior": tail.prior},
        "typical": [None if np.isnan(value) else value for value in typical.tolist()],
        **data,
    }
    directory.mkdir(parents=True, exist_ok=True)
    for file, octets in files.items():
        (directory / file).write_bytes(octets)
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")


def owner_numbers(cases: Sequence[Case]) -> dict[str, int]:
    """Return a number for each owner, in the order of the cases."""
    return {owner: number for number, owner in enumerate(dict.fromkeys(case.owner for case in cases))}


def calibration_of(
    cases: Sequence[Case], scores: Sequence[NDArray[np.float64]]
) -> tuple[dict[str, Any], Tail]:
    """Return calibration (as plain data) and tail from held-out raw scores."""
    return calibration_by(message_scores(scores), np.array([case.stratum for case in cases]))


def calibration_by(top: NDArray[np.float64], strata: NDArray[np.integer[Any]]) -> tuple[dict[str, Any], Tail]:
    """Return the same from the raw score and the stratum (0 clean) of each message."""
    wrong = np.flatnonzero(strata > 0)
    counts = np.bincount(strata)
    found = calibrate(top[strata == 0], top[wrong], 1.0 / counts[strata[wrong]])
    odds = np.array([found.log_odds(float(raw)) for raw in top[strata == 0]])
    plain = {"raw": found.raw, "odds": found.odds, "below": found.below, "above": found.above}
    return plain, tail_of(odds)
