"""A Dovecot that takes tokens, and a provider that gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.oauth.microsoft import IMAP_SCOPE, MicrosoftUser
from tests.dovecot import Account, Dovecot
from tests.fake_provider import CLIENT, TENANT, FakeProvider
from tests.tokens import KEY, token


@pytest.fixture(scope="session")
def token_server() -> Iterator[Dovecot]:
    """A server that checks the signatures of tokens by itself."""
    with Dovecot(token_key=KEY) as server:
        yield server


@pytest.fixture
def account(token_server: Dovecot) -> Account:
    """A fresh user of it."""
    return Account(token_server, token_server.fresh_user())


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: Account) -> Iterator[FakeProvider]:
    """A running provider whose tokens open the mailbox of the fresh user."""
    with FakeProvider(tmp_path) as made:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.certificate))
        made.mint = lambda: token(account.user, n=len(made.asked))
        yield made


@pytest.fixture
def user(there: FakeProvider, account: Account) -> MicrosoftUser:
    """A person at the provider."""
    return MicrosoftUser(
        mailbox="work",
        client_id=CLIENT,
        tenant=TENANT,
        account=account.user,
        scopes=(IMAP_SCOPE,),
        authority=there.url,
        timeout=5.0,
    )
