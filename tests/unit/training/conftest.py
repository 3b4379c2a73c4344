"""A small model as the package carries it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.detect import model
from tests.rows import few_trees, write_small_model


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small shipped model in the place of the real one, and few trees in every other one."""
    few_trees(monkeypatch)
    path = write_small_model(tmp_path / "package")
    monkeypatch.setattr(model, "shipped_dir", lambda: path)
    return path
