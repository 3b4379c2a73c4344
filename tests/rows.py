"""Made-up feature rows with a little truth in them, and a small model fitted on them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scanner.detect import classifier, model, pinned
from scanner.detect.classifier import Classifier, Rows, fit_classifier
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.extract import KIN
from scanner.detect.features.table import DIRECTIONS, NAMES, schema_digest
from scanner.detect.verdict import Action, RecipientVerdict, Severity, Verdict
from scanner.message.model import Role
from training.fitting import coarse
from training.held_out import messages_of
from training.publish import calibration_by, typical_row, write_model

START = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
TRUTH = [place for place, direction in enumerate(DIRECTIONS) if direction][:4]
"""The columns that tell right from wrong here."""


FEW = {"max_iter": 40, "max_leaf_nodes": 8, "max_features": 1.0, "max_bins": 15}
"""Settings of trees that are fitted in no time."""


def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit with those, whoever fits."""
    for name, value in FEW.items():
        monkeypatch.setitem(classifier.SETTINGS, name, value)


def drawn(
    chance: np.random.Generator, count: int, *, wrong: bool, features: int = len(NAMES)
) -> NDArray[np.float32]:
    """So many rows; what is wrong differs from what is right, with some overlap."""
    rows = chance.normal(size=(count, features))
    for place in TRUTH:
        rows[:, place] += DIRECTIONS[place] * (1.2 if wrong else -1.2)
    return coarse(rows)


def base_rows(*, owners: int = 6, each: int = 60, seed: int = 1) -> Rows:
    """Mailboxes of so many clean messages, each with a simulated mistake of one of three kinds."""
    chance = np.random.default_rng(seed)
    parts, labels, owner, messages, strata = [], [], [], [], []
    number = 0
    for one in range(owners):
        for message in range(each):
            for kind in (0, 1 + message % 3):
                count = 1 + message % 2 if kind == 0 else 1
                parts.append(drawn(chance, count, wrong=kind > 0))
                labels += [int(kind > 0)] * count
                owner += [one] * count
                messages += [number] * count
                strata += [kind] * count
                number += 1
    return Rows(
        np.concatenate(parts),
        np.array(labels, np.int8),
        np.ones(len(labels), np.float32),
        np.array(owner, np.int16),
        np.array(messages, np.int32),
        np.array(strata, np.int8),
    )


def write_small_model(directory: Path, *, name: str = model.SHIPPED, seed: int = 1) -> Path:
    """Write a small model that loads, as the package would carry it."""
    rows, fitted = base_rows(seed=seed), _fitted(seed)
    raw = fitted.decision(rows.rows.astype(np.float64))
    messages = messages_of(rows)
    calibration, tail = calibration_by(messages.tops(raw), messages.strata)
    write_model(
        directory,
        name=name,
        classifier=fitted,
        rows=rows,
        ranker=[0.5] * len(LIGHT),
        meant=[1.0] * (len(KIN) + len(LIGHT)),
        calibration=calibration,
        tail=tail,
        typical=typical_row(rows, raw),
        data={"figures": {}},
    )
    directory.chmod(0o700)
    return directory


def ship(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Path:
    """Let this be the model that the package carries and pins."""
    digest = hashlib.sha256((directory / model.MANIFEST).read_bytes()).hexdigest()
    monkeypatch.setattr(model, "shipped_dir", lambda: directory)
    monkeypatch.setattr(pinned, "MANIFEST_SHA256", digest)
    return directory


@cache
def _fitted(seed: int) -> Classifier:
    # Threads of OpenMP wait for each other by spinning: on a busy machine one is much quicker.
    with threadpool_limits(1, user_api="openmp"):
        return fit_classifier(base_rows(seed=seed))


def scored(
    number: int, *, wrong: bool = False, schema: str | None = None, by: str = "model", recipients: int = 1
) -> Verdict:
    """The verdict on a message with made-up feature rows; its first recipient is the suspect."""
    chance = np.random.default_rng(1000 + number)
    rows = [drawn(chance, 1, wrong=wrong and place == 0)[0] for place in range(recipients)]
    return Verdict(
        message_id=f"<{number:06d}@firm.example>",
        digest=f"digest-{number}",
        date=START + timedelta(hours=number),
        subject="Minutes",
        score=0.5,
        recipients=tuple(
            RecipientVerdict(f"person{place}@client.example", "", Role.TO, 0.5 if place == 0 else 0.01)
            for place in range(recipients)
        ),
        action=Action.SILENT,
        severity=Severity.LOW,
        why="a test",
        model=by,
        feature_schema=schema or schema_digest(),
        feature_rows=tuple(tuple(map(float, row)) for row in rows),
    )
