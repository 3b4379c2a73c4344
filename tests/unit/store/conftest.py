"""An opened store in a new private directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.store import MailboxStore, Store


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Name a database in a directory that is not there yet."""
    return tmp_path / "state" / "oopsee.db"


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    """Open the store."""
    with Store.open(place) as opened:
        yield opened


@pytest.fixture
def mailbox(store: Store) -> MailboxStore:
    """Take one mailbox of it."""
    return store.mailbox("anna@firm.example")
