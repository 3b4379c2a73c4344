"""What a missing library is said to be is what the package declares."""

from __future__ import annotations

import shlex
import sys
import tomllib
from pathlib import Path

from scanner.extras import EXTRAS, install

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOR_DEVELOPERS = {"dev", "fuzz"}


def test_each_extra_is_as_the_package_declares_it() -> None:
    """Names and bounds are written twice; this holds them together."""
    declared = {name: tuple(wants) for name, wants in PROJECT["optional-dependencies"].items()}

    assert EXTRAS == {name: wants for name, wants in declared.items() if name not in FOR_DEVELOPERS}


def test_the_command_installs_beside_this_oopsee_and_not_something_of_its_name() -> None:
    """With this Python, quoted for a shell."""
    words = shlex.split(install("google"))

    assert [sys.executable, "-m", "pip", "install", *EXTRAS["google"]] == words
    assert not any(word.startswith("oopsee") for word in words[4:])
