"""What is installed from the wheel is whole: code, data, the command, the model."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("scanner", "training")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working tree."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, as an installer lays them down."""
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def test_every_file_of_the_packages_is_in_the_wheel(unpacked: Path) -> None:
    """Templates, phrases, migrations and sample mail are carried as well as code."""
    missing = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not (unpacked / path.relative_to(ROOT)).exists()
    ]

    assert [] == missing


def test_the_model_is_in_the_wheel(unpacked: Path) -> None:
    """Every file below models/ lies in the package."""
    models = ROOT / "models"
    expected = sorted(str(path.relative_to(models)) for path in models.rglob("*") if path.is_file())
    carried = unpacked / "scanner" / "_models"

    assert expected
    assert expected == sorted(str(path.relative_to(carried)) for path in carried.rglob("*") if path.is_file())


def test_nothing_else_is_in_the_wheel(unpacked: Path) -> None:
    """No tests, no documents, no mail of anybody."""
    tops = sorted(path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info"))

    assert ["scanner", "training"] == tops


def test_the_installed_code_finds_its_model(unpacked: Path) -> None:
    """Run from the unpacked wheel, the shipped model loads from inside the package."""
    code = "from scanner.detect import model; print(model.shipped_dir()); model.load_shipped()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r}); {code}"],
        cwd=unpacked,
        check=True,
        capture_output=True,
        text=True,
    )

    assert str(unpacked / "scanner" / "_models") == done.stdout.strip()


def test_the_command_is_called_oopsee(unpacked: Path) -> None:
    """The entry point leads to the commands."""
    (entry_points,) = unpacked.glob("*.dist-info/entry_points.txt")

    assert "oopsee = scanner.cli:main" in entry_points.read_text()


def test_the_version_is_said_once(unpacked: Path) -> None:
    """The package and its metadata agree."""
    from scanner import __version__

    (metadata,) = unpacked.glob("*.dist-info/METADATA")

    assert __version__ == message_from_string(metadata.read_text())["Version"]
