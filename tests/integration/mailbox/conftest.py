"""A session on a fresh user of the real server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from scanner.mailbox.imap import Session
from tests.dovecot import Account


@pytest.fixture
def session(dovecot: Account) -> Iterator[Session]:
    """A logged-in connection to the fresh user."""
    with Session(dovecot.endpoint(), clock=time.monotonic) as line:
        yield line
