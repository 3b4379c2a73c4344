"""What tests of several rooms share: a real Dovecot, and a user of it that nobody has used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dovecot import Account, Dovecot, program


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """A server for the whole session; a test that kills or fills one starts its own."""
    try:
        program()
    except RuntimeError as missing:
        pytest.fail(str(missing), pytrace=False)
    with Dovecot(tls=True) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Account:
    """A fresh user with INBOX, Sent and Drafts."""
    return Account(dovecot_server, dovecot_server.fresh_user())
