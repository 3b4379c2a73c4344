"""Models of one's own: listed, checked, used and left again."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from scanner.detect.model import MANIFEST, POINTER, load_active
from scanner.errors import ModelError
from scanner.worker.judges import ActiveModel
from tests.rows import write_small_model
from training.registry import Registry

DAY = date(2026, 11, 21)


@pytest.fixture
def registry(tmp_path: Path, shipped: Path) -> Registry:
    """No model of one's own yet."""
    del shipped
    return Registry(tmp_path / "state" / "models")


def add(registry: Registry, seed: int = 2) -> str:
    """Write one more model."""
    with registry.new(DAY) as (name, directory):
        write_small_model(directory, name=name, seed=seed)
    return name


def test_at_first_there_is_the_shipped_model(registry: Registry) -> None:
    """It is in use, and looking made no directory."""
    (entry,) = registry.entries()

    assert ("shipped", True, None) == (entry.name, entry.active, entry.problem)
    assert not registry.directory.exists()


def test_models_are_named_by_day_and_number(registry: Registry) -> None:
    """The tenth comes after the ninth."""
    names = [add(registry) for _ in range(10)]

    assert [f"2026-11-21-{number}" for number in range(1, 11)] == names
    assert ["shipped", *names] == registry.names()


def test_models_are_private(registry: Registry) -> None:
    """They are code, and they know of one's mail."""
    path = registry.directory / add(registry)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()}

    assert 0o700 == stat.S_IMODE(registry.directory.stat().st_mode)
    assert 0o700 == stat.S_IMODE(registry.directory.parent.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.stat().st_mode)
    assert {0o600} == modes


def test_a_model_that_was_not_finished_leaves_nothing(registry: Registry) -> None:
    """A full disk is one sentence, and the same name is free for the next model."""
    with pytest.raises(ModelError, match="Nothing can be written"), registry.new(DAY) as (_, directory):
        (directory / "missing" / "rows.npz").write_bytes(b"half")

    assert [] == list(registry.directory.iterdir())
    assert "2026-11-21-1" == add(registry)


def test_what_is_activated_is_loaded(registry: Registry) -> None:
    """And marked in the list."""
    name = add(registry)
    before = registry.activate(name)

    assert ("shipped", name) == (before, load_active(registry.directory).name)
    assert [name] == [entry.name for entry in registry.entries() if entry.active]


def test_a_running_process_takes_up_what_is_activated(registry: Registry) -> None:
    """The stamp moves with the pointer, and the model behind it; back as well as forth."""
    warned: list[ModelError] = []
    active = ActiveModel(registry.directory, warned.append)
    names, stamps = [], []
    for step in (lambda: None, lambda: registry.activate(add(registry)), registry.rollback):
        step()
        model = active.model()
        assert model is not None
        names.append(model.name)
        stamps.append(active.stamp())

    assert ["shipped", "2026-11-21-1", "shipped"] == names
    assert stamps[0] != stamps[1]
    assert [] == warned


def test_rolling_back_goes_the_whole_way(registry: Registry) -> None:
    """Each step to the one used before it, at last to the shipped one, and then no further."""
    first, second = add(registry), add(registry)
    registry.activate(first)
    registry.activate(second)
    registry.activate(second)

    assert (second, first) == registry.rollback()
    assert (first, "shipped") == registry.rollback()
    with pytest.raises(ModelError, match="no earlier model"):
        registry.rollback()


def test_rolling_back_leaves_a_broken_model_and_passes_over_another(registry: Registry) -> None:
    """Neither the one in use nor the one before it can be read any more."""
    first, second, third = add(registry), add(registry), add(registry)
    for name in (first, second, third):
        registry.activate(name)
    for name in (second, third):
        (registry.directory / name / MANIFEST).unlink()

    assert (third, first) == registry.rollback()


def test_a_broken_model_is_not_activated(registry: Registry) -> None:
    """The one in use stays."""
    name = add(registry)
    (registry.directory / name / "classifier.joblib").write_bytes(b"altered")

    with pytest.raises(ModelError, match="is not the file that its manifest describes"):
        registry.activate(name)
    assert "shipped" == registry.active


@pytest.mark.parametrize("name", ["2026-11-21-9", "../package", "", ".new-x"])
def test_what_is_no_model_is_not_activated(registry: Registry, name: str) -> None:
    """The sentence names those that are there."""
    add(registry)
    with pytest.raises(ModelError, match="no model called") as caught:
        registry.activate(name)

    assert "2026-11-21-1" in caught.value.remedy


def test_every_file_is_checked(registry: Registry) -> None:
    """Also the rows, which are not needed for scoring."""
    name = add(registry)
    (registry.directory / name / "rows.npz").write_bytes(b"altered")
    entry = registry.entry(name)

    assert "rows.npz" in str(entry.problem)


def test_a_lost_model_in_use_is_listed(registry: Registry) -> None:
    """Its directory was removed by hand; the way back is open."""
    registry.activate(add(registry))
    write_pointer(registry, "2026-11-21-7")
    (entry,) = [entry for entry in registry.entries() if entry.active]

    assert "2026-11-21-7" == entry.name
    assert "cannot be read" in str(entry.problem)
    assert ("2026-11-21-7", "shipped") == registry.rollback()


def write_pointer(registry: Registry, name: str) -> None:
    """Name another model by hand."""
    (registry.directory / POINTER).write_text(name, "utf-8")


def test_an_open_directory_is_refused(registry: Registry) -> None:
    """Somebody else could put a model there; the sentence says how to close it."""
    name = add(registry)
    registry.directory.chmod(0o777)
    with pytest.raises(ModelError, match="open to other users") as caught:
        registry.activate(name)

    assert caught.value.remedy.startswith("chmod 700")
    assert "shipped" == registry.active
