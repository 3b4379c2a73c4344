"""A daemon that lives on tokens: each login has one that is good, through restarts and revocations."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.daemon import guard
from scanner.errors import LoginError
from scanner.mailbox.imap import ImapEndpoint
from scanner.oauth import KeptInFile, Tokens
from scanner.oauth.microsoft import MicrosoftUser
from scanner.store import Store
from scanner.worker import Plan
from tests.dovecot import Account, Dovecot
from tests.fake_provider import CLIENT, TENANT, FakeProvider
from tests.integration.daemon.harness import WRONG, StubJudges, alerts, learnt, now, running, until
from tests.people import OWNER, raw_mail
from tests.tokens import KEY, token


@dataclass
class Shifted:
    """The clock of this machine, some seconds ahead."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """The moment."""
        return time.time() + self.ahead


def test_a_new_token_is_got_at_each_reconnection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server restarts when the token has ended: the daemon goes on with the next, and alerts.

    After a revocation it says who has to do what.
    """
    clock = Shifted()
    with (
        Dovecot(users=["anna"], token_key=KEY) as server,
        FakeProvider(tmp_path) as there,
        Store.open(tmp_path / "state" / "oopsee.db") as opened,
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(there.certificate))
        account, store = Account(server, "anna"), opened.mailbox("work")
        there.mint = lambda: token("anna", n=len(there.asked))
        user = MicrosoftUser(
            mailbox="work",
            client_id=CLIENT,
            tenant=TENANT,
            account="anna",
            scopes=("imap",),
            authority=there.url,
        )
        tokens = Tokens(user, KeptInFile(tmp_path / "state" / "tokens", "work"), mailbox="work", clock=clock)
        tokens.login(user, lambda _: None)
        endpoint = ImapEndpoint(
            "127.0.0.1",
            server.port,
            "anna",
            tokens,
            "cleartext",
            timeout=10.0,
            bearer=True,
            renew=tokens.renew,
        )
        plan = Plan(
            name="work",
            address=OWNER,
            owner=frozenset({OWNER}),
            age_cap=timedelta(days=2),
            daily_cap=1000,
            poll_seconds=1.0,
            idle_seconds=20.0,
        )
        mine = guard(plan, endpoint=endpoint, store=store, judges=StubJudges())
        with running(mine):
            until(lambda: learnt(store))
            asked = len(there.asked)
            clock.ahead = 3600.0
            server.restart()
            account.append("Sent", raw_mail(1, to=[WRONG], date=now()))
            until(lambda: alerts(account))
            renewed = len(there.asked) - asked

            there.revoke()
            clock.ahead = 7200.0
            server.restart()
            until(lambda: isinstance(mine.worker.error, LoginError))
            said = mine.worker.error

    assert 1 == renewed
    assert 0 == there.reused
    assert "has expired or was revoked" in str(said)
    assert isinstance(said, LoginError)
    assert "Run 'oopsee login work'." == said.remedy


def test_two_processes_with_one_login_never_spend_a_refresh_token_twice(
    there: FakeProvider, user: MicrosoftUser, tmp_path: Path
) -> None:
    """A daemon and a command at once, each with objects of its own, over many renewals."""
    clock = Shifted()

    def another() -> Tokens:
        kept = KeptInFile(tmp_path / "tokens", "work")
        return Tokens(replace(user), kept, mailbox="work", clock=clock)

    one, two = another(), another()
    one.login(user, lambda _: None)
    for _ in range(3):
        clock.ahead += 3600.0
        assert one() == two()

    assert (4, 0) == (len(there.asked), there.reused)
