"""The model that the package carries, loaded once."""

from __future__ import annotations

import pytest

from scanner.detect.model import Model, load_active


@pytest.fixture(scope="session")
def shipped() -> Model:
    """The shipped model."""
    return load_active(None)


@pytest.fixture(params=["rules", "model"])
def model(request: pytest.FixtureRequest) -> Model | None:
    """Rules alone, and the shipped model."""
    if request.param == "rules":
        return None
    found: Model = request.getfixturevalue("shipped")
    return found
