"""`oopsee models`: what is there, what is in order, and the way back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanner.cli.main import run
from scanner.detect.model import shipped_dir
from scanner.detect.origin import KEY, SIGNATURE, sign

CONFIG = """
[[mailbox]]
name = "work"
address = "anna@firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna"
password_env = "NONE"
[state]
dir = "{state}"
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of one's own beside the shipped one, not in use yet."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    config.chmod(0o600)
    monkeypatch.setenv("OOPSEE_CONFIG", str(config))
    directory = tmp_path / "state" / "models"
    directory.mkdir(parents=True, mode=0o700)
    shutil.copytree(shipped_dir(), directory / "2026-01-02-1")
    sign(directory / "2026-01-02-1", tmp_path / "state" / KEY)
    return directory / "2026-01-02-1"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says that goes well."""
    assert 0 == run(["models", *arguments])
    return capsys.readouterr().out


def in_use(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The names of the models that are marked as active."""
    models = [json.loads(line) for line in said(capsys, "list", "--json").splitlines()]
    return [model["name"] for model in models if model["active"]]


def test_the_shipped_model_is_in_use_at_first(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are listed, one is marked."""
    assert mine.name in said(capsys, "list")
    assert ["shipped"] == in_use(capsys)


def test_a_model_is_put_to_use_and_back(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Activate, then roll back: the sentences name both models."""
    assert f"{mine.name} is in use, in the place of shipped.\n" == said(capsys, "activate", mine.name)
    assert f"shipped is in use again, in the place of {mine.name}.\n" == said(capsys, "rollback")


def test_a_damaged_model_is_found_and_never_used(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`verify` ends with 2 and names it; `activate` refuses; the one in use stays."""
    (mine / "classifier.joblib").write_bytes(b"something else")
    (mine / "rows.npz").write_bytes(b"something else")

    assert 2 == run(["models", "verify"])
    assert f"FAIL {mine.name}" in capsys.readouterr().out
    assert 2 == run(["models", "activate", mine.name])
    capsys.readouterr()
    assert ["shipped"] == in_use(capsys)


def test_a_model_from_before_there_were_signatures_is_signed_by_its_owner(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused with the command that mends it; after that it can be used."""
    (mine / SIGNATURE).unlink()
    assert 2 == run(["models", "activate", mine.name])
    refused = capsys.readouterr().err

    assert "bears no signature of this installation" in refused
    assert f"oopsee models sign {mine.name}" in refused
    assert f"{mine.name} is signed.\n" == said(capsys, "sign", mine.name)
    assert f"{mine.name} is in use, in the place of shipped.\n" == said(capsys, "activate", mine.name)


def test_a_damaged_model_is_not_signed(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature says that all of it is as it was made; the shipped model needs none."""
    (mine / SIGNATURE).unlink()
    (mine / "rows.npz").write_bytes(b"something else")

    assert 2 == run(["models", "sign", mine.name])
    assert 2 == run(["models", "sign", "shipped"])
    assert "needs no signature" in capsys.readouterr().err
    assert not (mine / SIGNATURE).exists()


def test_an_unknown_model_is_told(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence lists those that there are."""
    assert 2 == run(["models", "activate", "nonsense"])
    assert mine.name in capsys.readouterr().err


def test_there_is_nothing_before_the_shipped_model(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rollback without a past changes nothing and says so."""
    assert mine.exists()
    assert 2 == run(["models", "rollback"])
    assert "no earlier model" in capsys.readouterr().err
