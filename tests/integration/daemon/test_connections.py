"""How the daemon treats the server: few connections, plain searches, and a look after every renewal."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.daemon import Guard, guard
from scanner.mailbox.imap import Session
from scanner.store import MailboxStore
from scanner.worker import Plan
from tests.dovecot import Account
from tests.faults.line_faults import Whisper
from tests.faults.proxy import Fault, Line, Proxy
from tests.integration.daemon.harness import WRONG, StubJudges, a_guard, alerts, learnt, now, running, until
from tests.people import OWNER, raw_mail


@pytest.fixture
def proxy(dovecot: Account) -> Iterator[Proxy]:
    """A line to the server that can be watched."""
    with Proxy(dovecot.server.port) as line:
        yield line


class Listener(Fault):
    """Writes down what the daemon says."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[bytes] = []

    def up(self, line: Line, command: bytes) -> bytes:
        """Hand it on."""
        del line
        self.commands.append(command.upper().strip())
        return command


def planned(store: MailboxStore, account: Account, port: int, **changes: float) -> Guard:
    """A guard with other times than usual."""
    plan = Plan(
        name=store.name,
        address=OWNER,
        owner=frozenset({OWNER}),
        age_cap=timedelta(days=2),
        daily_cap=1000,
        poll_seconds=changes.pop("poll_seconds", 600.0),
        idle_seconds=changes.pop("idle_seconds", 20.0),
        chunk=7,
    )
    endpoint = replace(account.endpoint(), port=port)
    return guard(replace(plan, **changes), endpoint=endpoint, store=store, judges=StubJudges())  # type: ignore[arg-type]


@pytest.mark.pitfall("imapsync-61")
def test_polls_log_in_once(dovecot: Account, store: MailboxStore, proxy: Proxy) -> None:
    """However often mail is looked for, there are two connections: one that reads and one that listens."""
    guarded = a_guard(store, proxy.port, dovecot.user)
    with running(guarded):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot))
        passes = guarded.worker.passes
        until(lambda: guarded.worker.passes >= passes + 3)

        assert 2 == proxy.accepted


@pytest.mark.pitfall("home-assistant-20642")
def test_searches_are_by_uid_and_name_no_charset(dovecot: Account, store: MailboxStore, proxy: Proxy) -> None:
    """Some servers refuse CHARSET; numbers other than UIDs move under one's hands."""
    dovecot.append("Sent", *(raw_mail(number) for number in range(1, 10)))
    with proxy.under(Listener()) as heard, running(a_guard(store, proxy.port, dovecot.user)):
        until(lambda: learnt(store))
    assert isinstance(heard, Listener)
    words = [command.split()[1:] for command in heard.commands]
    searches = [one for one in words if b"SEARCH" in one[:2]]

    assert searches
    assert all(one[:2] == [b"UID", b"SEARCH"] and b"CHARSET" not in one for one in searches)
    assert not [one for one in words if one[:1] in ([b"FETCH"], [b"SELECT"], [b"STORE"])]


@pytest.mark.pitfall("parsedmarc-33")
def test_mail_is_looked_for_after_every_renewal_of_idle(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """A server whose announcements never arrive, and no poll for ten minutes: the renewal finds the mail."""
    with running(planned(store, dovecot, proxy.port, idle_seconds=1.0)):
        until(lambda: learnt(store))
        with proxy.under(Whisper()):
            for number in (1, 2):
                dovecot.append("Sent", raw_mail(number, to=[WRONG], date=now()))
                until(lambda number=number: number == len(alerts(dovecot)))  # type: ignore[misc]


def test_a_pass_ends_at_its_deadline_and_the_next_goes_on(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """A long past is learnt in several passes, so that no job runs for ever."""
    dovecot.append("Sent", *(raw_mail(number) for number in range(1, 101)))
    guarded = planned(store, dovecot, proxy.port, deadline=0.02, poll_seconds=1.0)
    with running(guarded):
        until(lambda: learnt(store))

    assert guarded.worker.passes > 1
    assert 100 == len(store.verdicts())


@pytest.mark.pitfall("stalwart-3299")
def test_a_silent_line_is_asked_after(dovecot: Account) -> None:
    """TCP keepalive is on, so that a router that has forgotten the line is found out."""
    with Session(dovecot.endpoint(), clock=time.monotonic) as session:
        line = session.line.sock

        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 60
