"""The state of one mailbox for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.store import MailboxStore, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")
