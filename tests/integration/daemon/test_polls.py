"""What a look at the mailbox costs, and that a folder which is passed over loses nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.daemon import Guard, guard
from scanner.store import MailboxStore
from scanner.worker import Plan
from tests.dovecot import Account
from tests.faults.proxy import Fault, Line, Proxy
from tests.integration.daemon.harness import WRONG, StubJudges, alerts, learnt, now, running, until
from tests.meter import Meter
from tests.people import OWNER, raw_mail


@pytest.fixture
def proxy(dovecot: Account) -> Iterator[Proxy]:
    """A line to the server that can be watched."""
    with Proxy(dovecot.server.port) as line:
        yield line


@pytest.fixture
def guarded(dovecot: Account, store: MailboxStore, proxy: Proxy) -> Iterator[Guard]:
    """A mailbox whose past is learnt. The test says when it is looked at: nothing else wakes the worker."""
    dovecot.append("Sent", raw_mail(1))
    dovecot.append("INBOX", raw_mail(2, sender="bruno@firm.example", to=[OWNER]))
    guarded = a_guard(dovecot, store, proxy)
    look(guarded)
    look(guarded)
    yield guarded
    guarded.worker.close(5)


def a_guard(dovecot: Account, store: MailboxStore, proxy: Proxy) -> Guard:
    """Polls every ten minutes."""
    plan = Plan(
        name=store.name,
        address=OWNER,
        owner=frozenset({OWNER}),
        age_cap=timedelta(days=2),
        daily_cap=1000,
        poll_seconds=600.0,
        idle_seconds=300.0,
        chunk=7,
    )
    endpoint = replace(dovecot.endpoint(), host="127.0.0.1", port=proxy.port)
    return guard(plan, endpoint=endpoint, store=store, judges=StubJudges())


def look(guarded: Guard) -> None:
    """One pass, which must go well."""
    assert guarded.worker.wake(wait=True)
    assert guarded.worker.error is None


def test_a_poll_that_finds_nothing_is_one_round_trip(guarded: Guard, proxy: Proxy) -> None:
    """STATUS of both folders, asked at once; also right after a pass that has opened folders."""
    meter = Meter()
    with proxy.under(meter):
        for _ in range(3):
            look(guarded)
            words = [command.split()[1] for command in meter.commands]

            assert [b"STATUS", b"STATUS"] == [word for word in words if word != b"UNSELECT"]
            assert 1 == meter.take().trips


def test_mail_in_one_folder_does_not_open_the_other(guarded: Guard, proxy: Proxy, dovecot: Account) -> None:
    """Only where something is new is searched."""
    dovecot.append("Sent", raw_mail(3))
    meter = Meter()
    with proxy.under(meter):
        look(guarded)

    assert [b"Sent"] == [word.split()[2].strip(b'"') for word in meter.commands if b"EXAMINE" in word]


def test_mail_that_comes_between_and_during_passes_is_read(
    guarded: Guard, proxy: Proxy, dovecot: Account, store: MailboxStore
) -> None:
    """At every point of a pass: before STATUS, before EXAMINE, SEARCH and FETCH."""
    number = 100
    for when in (b"STATUS", b"EXAMINE", b"SEARCH", b"FETCH"):
        for _ in range(2):
            number += 2
            dovecot.append("Sent", raw_mail(number - 1))
            late = raw_mail(number)
            with proxy.under(Slip(when, lambda late=late: dovecot.append("Sent", late))) as slip:  # type: ignore[misc]
                look(guarded)
            assert slip.hits
        look(guarded)
        look(guarded)

        assert number - 99 == len({one.verdict.message_id for one in store.verdicts()})


class Slip(Fault):
    """Does something just before one command, once."""

    def __init__(self, command: bytes, act: Callable[[], None]) -> None:
        super().__init__()
        self._command = command
        self._act = act

    def up(self, line: Line, command: bytes) -> bytes:
        """Act, then hand it on."""
        del line
        if self._command in command and not self.hits:
            self.hits += 1
            self._act()
        return command


def test_a_folder_made_anew_is_read_though_its_numbers_are_as_before(
    guarded: Guard, dovecot: Account, store: MailboxStore
) -> None:
    """As many messages and the same UIDNEXT, but another UIDVALIDITY."""
    time.sleep(1.1)  # Dovecot makes the number from the time
    dovecot.server.delete(dovecot.user, "Sent")
    dovecot.server.create(dovecot.user, "Sent")
    dovecot.append("Sent", raw_mail(50))
    look(guarded)

    assert "<000050@firm.example>" in {one.verdict.message_id for one in store.verdicts()}


def test_mail_is_read_although_status_is_refused(
    guarded: Guard, proxy: Proxy, dovecot: Account, store: MailboxStore
) -> None:
    """A server that does not answer STATUS costs round trips and no mail."""
    with proxy.under(Forbid()) as forbid:
        dovecot.append("Sent", raw_mail(60))
        look(guarded)
        assert forbid.hits

    assert "<000060@firm.example>" in {one.verdict.message_id for one in store.verdicts()}


class Forbid(Fault):
    """Makes a command of STATUS that no server knows."""

    def up(self, line: Line, command: bytes) -> bytes:
        """Spoil it."""
        del line
        if b"STATUS" in command:
            self.hits += 1
        return command.replace(b"STATUS", b"STATVS")


def test_received_mail_is_read_at_once_where_the_server_has_notify(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """One line hears of both folders; the poll is ten minutes away."""
    with running(a_guard(dovecot, store, proxy)):
        until(lambda: learnt(store) and any(line.idle for line in proxy.lines()))
        dovecot.append("INBOX", raw_mail(70, sender="bruno@firm.example", to=[OWNER]))
        until(lambda: store.known("<000070@firm.example>", ""), within=10)
        dovecot.append("Sent", raw_mail(71, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot), within=10)

        assert 2 == proxy.accepted
