"""A model is code: it is the one of the package, or one that was trained here, or it is not loaded."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.detect import pinned
from scanner.detect.model import MANIFEST, POINTER, genuine, load_active, load_shipped, shipped_dir
from scanner.detect.origin import SIGNATURE, key_beside, sign, signed_by
from scanner.errors import ModelError
from tests.rows import few_trees, ship, write_small_model
from training.pinning import pin

KEY = bytes(range(32))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A signed model of one's own, which is in use."""
    few_trees(monkeypatch)
    models = tmp_path / "models"
    models.mkdir(mode=0o700)
    model = write_small_model(models / "2026-11-21-1", name="2026-11-21-1")
    sign(model, key_beside(models), entropy=lambda _: KEY)
    (models / POINTER).write_text(model.name)
    return model


def test_the_pinned_digest_is_that_of_the_model_in_the_package() -> None:
    """After a change of models/ by hand: `python -m training.pinning`."""
    genuine(None, "shipped")(shipped_dir(), (shipped_dir() / MANIFEST).read_bytes())


def test_an_exchanged_shipped_model_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where each of its files fits its manifest."""
    few_trees(monkeypatch)
    ship(monkeypatch, write_small_model(tmp_path / "package"))
    load_shipped()
    write_small_model(tmp_path / "package", seed=2)

    with pytest.raises(ModelError, match="is not the one that this version of Oopsee was made with"):
        load_shipped()


def test_publishing_writes_the_pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the Python file stays as it is."""
    few_trees(monkeypatch)
    file = tmp_path / "pinned.py"
    file.write_text(Path(pinned.__file__).read_text("utf-8"), "utf-8")
    digest = pin(write_small_model(tmp_path / "package"), file)

    expected = Path(pinned.__file__).read_text("utf-8").replace(pinned.MANIFEST_SHA256, digest)
    assert digest != pinned.MANIFEST_SHA256
    assert expected == file.read_text("utf-8")


def test_a_signed_model_is_loaded(mine: Path) -> None:
    """The key was made at the first use, for its owner alone."""
    key = key_beside(mine.parent)

    assert mine.name == load_active(mine.parent).name
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert 0o600 == stat.S_IMODE((mine / SIGNATURE).stat().st_mode)
    assert [] == [path.name for path in mine.iterdir() if path.name.startswith(".")]


def test_the_key_is_made_once(mine: Path) -> None:
    """A second model is signed with the same one, whatever the umask."""
    old = os.umask(0)
    try:
        sign(mine, key_beside(mine.parent), entropy=lambda _: bytes(32))
    finally:
        os.umask(old)

    assert key_beside(mine.parent).read_bytes() == KEY


def test_a_key_that_another_process_has_just_made_counts(tmp_path: Path) -> None:
    """Two that sign for the first time at once end with one key."""
    model = tmp_path / "model"
    model.mkdir()
    (model / MANIFEST).write_text("{}")

    def slow(_: int) -> bytes:
        (tmp_path / "models.key").write_bytes(KEY)
        (tmp_path / "models.key").chmod(0o600)
        return bytes(32)

    sign(model, tmp_path / "models.key", entropy=slow)

    signed_by(tmp_path / "models.key")(model, b"{}")
    assert KEY == (tmp_path / "models.key").read_bytes()
    assert ["model", "models.key"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_key_is_made_where_files_cannot_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems know no links."""
    model = tmp_path / "model"
    model.mkdir()
    (model / MANIFEST).write_text("{}")

    def no_link(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_link)
    sign(model, tmp_path / "models.key", entropy=lambda _: KEY)

    assert KEY == (tmp_path / "models.key").read_bytes()


def rewritten(model: Path) -> None:
    """What an intruder does: another manifest that describes the files beside it rightly."""
    table = json.loads((model / MANIFEST).read_text("utf-8"))
    (model / MANIFEST).write_text(json.dumps(table | {"figures": {"recall": 1.0}}), "utf-8")


def signed_elsewhere(model: Path) -> None:
    """A signature of another installation."""
    sign(model, model / "other.key")


REFUSED: list[tuple[Callable[[Path], object], str]] = [
    (lambda model: (model / SIGNATURE).unlink(), "bears no signature of this installation"),
    (rewritten, "does not bear the signature of this installation"),
    (signed_elsewhere, "does not bear the signature of this installation"),
    (lambda model: (model / SIGNATURE).write_bytes(b"\xff\n"), "does not bear the signature"),
    (lambda model: (model / SIGNATURE).write_bytes(b""), "does not bear the signature"),
    (lambda model: key_beside(model.parent).unlink(), "was signed with a key that is no longer at"),
    (lambda model: key_beside(model.parent).write_bytes(b"short"), "is damaged"),
    (lambda model: key_beside(model.parent).chmod(0o640), "is open to other users of this machine"),
]


@pytest.mark.parametrize(("damage", "sentence"), REFUSED)
def test_what_is_not_signed_here_is_not_loaded(
    mine: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    """One sentence, with what it means and what to do."""
    damage(mine)
    with pytest.raises(ModelError, match=sentence) as caught:
        load_active(mine.parent)

    assert caught.value.meaning
    assert caught.value.remedy


def test_an_unsigned_model_is_never_run(mine: Path, tmp_path: Path) -> None:
    """The signature is checked before anything that the manifest describes is read as code."""
    trace = tmp_path / "trace"
    harm = b"cos\nmkdir\n(S'" + str(trace).encode() + b"'\ntR."
    (mine / "classifier.joblib").write_bytes(harm)
    table = json.loads((mine / MANIFEST).read_text("utf-8"))
    table["files"]["classifier.joblib"] = hashlib.sha256(harm).hexdigest()
    (mine / MANIFEST).write_text(json.dumps(table), "utf-8")

    with pytest.raises(ModelError, match="does not bear the signature"):
        load_active(mine.parent)
    assert not trace.exists()


def test_another_place_can_be_named_for_the_key(mine: Path, tmp_path: Path) -> None:
    """Where the models lie elsewhere, the key stays in the state directory."""
    sign(mine, tmp_path / "state" / "models.key")

    signed_by(tmp_path / "state" / "models.key")(mine, (mine / MANIFEST).read_bytes())
    assert 0o700 == stat.S_IMODE((tmp_path / "state").stat().st_mode)
