"""What tests of several rooms share: a real Dovecot, and a user of it that nobody has used."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from tests.dovecot import PASSWORD, Dovecot, program


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """One fresh user of a running server."""

    server: Dovecot
    user: str
    password: str = PASSWORD

    def append(self, folder: str, *messages: bytes, flags: str = "") -> None:
        """File messages as a mail client would."""
        self.server.append(self.user, folder, *messages, flags=flags)


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
