"""A model is loaded only as its manifest describes it; otherwise one sentence, and the rules go on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scanner.detect import model as loading
from scanner.detect import rules
from scanner.detect.judge import Judge
from scanner.detect.model import MANIFEST, fitted_on, load, verified
from scanner.errors import ModelError
from scanner.worker.judges import ActiveModel
from tests.people import OWNER, a_message
from tests.rows import base_rows, few_trees, write_small_model


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a small model that is in order."""
    few_trees(monkeypatch)
    return write_small_model(tmp_path / "model")


def anywhere(_directory: Path, _manifest: bytes) -> None:
    """Take a model from wherever it comes: here it is about what is in it."""


def change(directory: Path, **values: object) -> None:
    """Alter entries of the manifest."""
    path = directory / MANIFEST
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(manifest | values), "utf-8")


@pytest.mark.pitfall("scikit-learn-5777")
def test_another_scikit_learn_refits_from_the_rows(model: Path) -> None:
    """The file of the other version is not touched, and the scores are those that it would have given."""
    rows = base_rows(seed=9).rows.astype(np.float64)
    before = load(model, anywhere).raw(rows)
    change(model, **{"scikit-learn": "0.0.1"})
    (model / "classifier.joblib").unlink()

    assert np.allclose(before, load(model, anywhere).raw(rows), atol=1e-6)


def test_the_rows_say_which_message_they_are_of(model: Path) -> None:
    """What a model was fitted on comes back as it was."""
    _, rows = fitted_on(model, anywhere)
    expected = base_rows()

    assert expected.rows.tolist() == rows.rows.tolist()
    assert expected.messages.tolist() == rows.messages.tolist()
    assert expected.strata.tolist() == rows.strata.tolist()


def alter(name: str) -> Callable[[Path], None]:
    """Something that writes other octets."""

    def altering(directory: Path) -> None:
        path = directory / name
        path.write_bytes(path.read_bytes() + b"\0")

    return altering


def remove(name: str) -> Callable[[Path], None]:
    """Something that loses a file."""
    return lambda directory: (directory / name).unlink()


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (alter("classifier.joblib"), "is not the file that its manifest describes"),
    (remove("classifier.joblib"), "cannot be read"),
    (remove(MANIFEST), "cannot be read"),
    (lambda directory: (directory / MANIFEST).write_text("{"), "cannot be understood"),
    (lambda directory: (directory / MANIFEST).write_text("[]"), "cannot be understood"),
    (lambda directory: (directory / MANIFEST).write_text("{}"), "cannot be understood"),
    (lambda directory: change(directory, schema="older"), "was made for other features"),
    (lambda directory: change(directory, ranker=[1.0]), "was made for other features"),
    (lambda directory: directory.chmod(0o777), "Others than you can write to"),
    (lambda directory: (directory / MANIFEST).chmod(0o666), "Others than you can write to"),
]


@pytest.mark.parametrize(("damage", "sentence"), BROKEN)
def test_what_is_not_in_order_is_one_sentence(
    model: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    """With a meaning and a remedy, from loading as well as from checking."""
    damage(model)
    for attempt in (load, verified):
        with pytest.raises(ModelError, match=sentence) as caught:
            attempt(model, anywhere)
        assert 2 == caught.value.exit_code
        assert caught.value.meaning
        assert caught.value.remedy


def test_a_model_of_somebody_else_is_not_loaded(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model file is code: only root's and one's own is run."""
    if os.geteuid() == 0:
        os.chown(model, 54321, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 54321)

    with pytest.raises(ModelError, match="Others than you can write to"):
        load(model, anywhere)


def test_a_missing_directory_is_one_sentence(tmp_path: Path) -> None:
    """It was removed by hand."""
    with pytest.raises(ModelError, match="cannot be read"):
        load(tmp_path / "gone", anywhere)


def test_altered_rows_are_found_by_checking(model: Path) -> None:
    """They are needed only to fit again, and checked all the same."""
    alter("rows.npz")(model)

    with pytest.raises(ModelError, match=r"rows\.npz is not the file"):
        verified(model, anywhere)


def test_an_altered_file_is_never_run(model: Path, tmp_path: Path) -> None:
    """The digest is compared before the file is read as code."""
    trace = tmp_path / "trace"
    harm = b"cos\nmkdir\n(S'" + str(trace).encode() + b"'\ntR."
    (model / "classifier.joblib").write_bytes(harm)

    with pytest.raises(ModelError):
        load(model, anywhere)
    assert not trace.exists()


def test_without_a_model_the_rules_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warning is said once, and a message gets a score all the same."""
    monkeypatch.setattr(loading, "shipped_dir", lambda: tmp_path / "gone")
    (tmp_path / "active").write_text("2026-11-21-1", "utf-8")
    warned: list[ModelError] = []
    active = ActiveModel(tmp_path, warned.append)
    judge = Judge(owner=frozenset({OWNER}), model=active.model())
    verdict = judge.sent(a_message(1))

    assert 1 == len(warned)
    assert rules.NAME == verdict.model
    assert 0.0 < verdict.score < 1.0
