"""What the README says is there, is there, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from scanner.cli.app import app

README = Path(__file__).parents[2] / "README.md"


def leaves(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401  typer's own
    """The full names of all commands that do something."""
    children = getattr(command, "commands", {})
    if not children:
        yield name
    for child, inner in children.items():
        yield from leaves(inner, f"{name} {child}")


@pytest.mark.parametrize("name", list(leaves(typer.main.get_command(app), "oopsee")))
def test_the_readme_mentions_every_command(name: str) -> None:
    """A command that nobody can find is not there."""
    assert name in README.read_text(encoding="utf-8")


def test_the_alert_in_the_readme_is_one_that_is_written_today() -> None:
    """The beginning of a page of the gallery, which a test of its own holds against the product."""
    shown = README.read_text(encoding="utf-8").split("```")[1].strip("\n")
    alert = (README.parent / "docs" / "gallery" / "en" / "high.alert.txt").read_text(encoding="utf-8")
    assert shown in alert
