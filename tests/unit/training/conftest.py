"""A small model as the package carries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rows import few_trees, ship, write_small_model


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small shipped model in the place of the real one, and few trees in every other one."""
    few_trees(monkeypatch)
    return ship(monkeypatch, write_small_model(tmp_path / "package"))
