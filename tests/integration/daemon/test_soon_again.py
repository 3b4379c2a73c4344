"""After a pulled plug: the mailbox is looked at again as soon as its server is back, not at the next poll."""

from __future__ import annotations

from scanner.store import MailboxStore
from tests.dovecot import Account, Dovecot
from tests.integration.daemon.harness import WRONG, a_guard, alerts, learnt, now, running, until
from tests.people import raw_mail


def test_a_server_that_comes_back_is_noticed_long_before_the_poll(store: MailboxStore) -> None:
    """With a poll every ten minutes, mail sent during and after the outage is told of within seconds."""
    with Dovecot() as server:
        account = Account(server, server.fresh_user())
        with running(a_guard(store, server.port, account.user, poll_seconds=600)):
            until(lambda: learnt(store))
            server.stop()
            until(lambda: store.health()["pass"].errors)
            server.start()
            account.append("Sent", raw_mail(1, to=[WRONG], date=now()))
            until(lambda: len(alerts(account)) == 1)
            account.append("Sent", raw_mail(2, to=[WRONG], date=now()))
            until(lambda: len(alerts(account)) == 2)
