"""Servers that do not give all mail, or not now: what cannot be read is set aside, nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.store import MailboxStore
from tests.dovecot import Account
from tests.faults.line_faults import Marked
from tests.faults.proxy import CutError, Fault, Line, Proxy
from tests.faults.server_faults import Answers
from tests.integration.daemon.harness import WRONG, a_guard, alerts, learnt, now, running, until
from tests.people import raw_mail


@pytest.fixture
def proxy(dovecot: Account) -> Iterator[Proxy]:
    """A line to the server that can be disturbed."""
    with Proxy(dovecot.server.port) as line:
        yield line


def scored(store: MailboxStore) -> list[str]:
    """The numbers of the scored messages, in the order of scoring."""
    return [one.verdict.message_id[5:7] for one in reversed(store.verdicts())]


class Tired(Fault):
    """Hangs up at every sixth answer with mail in it."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Count and cut."""
        del line
        self.hits += b" FETCH (" in octets
        if self.hits >= 6:
            self.hits = 0
            raise CutError
        return octets


@pytest.mark.pitfall("imapclient-449-farewell", "parsedmarc-587")
def test_a_message_over_which_the_server_hangs_up_is_set_aside(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """It is found among those that were asked for together; the mail before and behind it is scored."""
    mails = [
        raw_mail(number, subject="Unlucky" if number == 4 else "Minutes", date=now())
        for number in range(1, 7)
    ]
    with running(a_guard(store, proxy.port, dovecot.user)):
        until(lambda: learnt(store))
        with proxy.under(Marked(b"Unlucky")):
            dovecot.append("Sent", *mails)
            until(lambda: len(scored(store)) == 5)

    assert ["01", "02", "03", "05", "06"] == scored(store)
    assert [("Sent", 4)] == [(one.folder, one.uid) for one in store.quarantined()]


def test_a_message_of_which_only_the_text_cannot_be_read_is_scored_by_its_header(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """Its recipients are known, so its alert comes; nothing is set aside."""
    with running(a_guard(store, proxy.port, dovecot.user)):
        until(lambda: learnt(store))
        with proxy.under(Marked(b"unlucky words")):
            dovecot.append("Sent", raw_mail(1, date=now()))
            dovecot.append("Sent", raw_mail(2, to=[WRONG], text="Some unlucky words.", date=now()))
            until(lambda: alerts(dovecot))

    assert ["01", "02"] == scored(store)
    assert [] == store.quarantined()


@pytest.mark.parametrize("refusal", [b"NO [SERVERBUG] Internal error", b"BAD Command line too long"])
@pytest.mark.parametrize("before", [0, 3])
def test_a_server_that_gives_no_mail_for_a_while_costs_no_message(
    dovecot: Account, store: MailboxStore, proxy: Proxy, refusal: bytes, before: int
) -> None:
    """Where no other message can be read either, none is passed over, whether the folder had mail or not."""
    if before:
        dovecot.append("Sent", *(raw_mail(number) for number in range(1, before + 1)))
    with running(a_guard(store, proxy.port, dovecot.user)):
        until(lambda: learnt(store))
        with proxy.under(Answers((b"UID FETCH",), refusal)) as fault:
            dovecot.append("Sent", raw_mail(8, date=now()), raw_mail(9, to=[WRONG], date=now()))
            until(lambda: fault.hits > 12)
        until(lambda: alerts(dovecot))

    assert [f"{number:02d}" for number in range(1, before + 1)] + ["08", "09"] == scored(store)
    assert [] == store.quarantined()


@pytest.mark.pitfall("parsedmarc-155")
def test_a_line_that_never_lasts_does_not_keep_the_past_from_being_learnt(
    dovecot: Account, store: MailboxStore, proxy: Proxy
) -> None:
    """Each line carries a few messages; what came over it is kept when it is lost."""
    dovecot.append("Sent", *(raw_mail(number) for number in range(1, 51)))
    with proxy.under(Tired()), running(a_guard(store, proxy.port, dovecot.user)):
        until(lambda: learnt(store), within=60)

    assert [f"{number:02d}" for number in range(1, 51)] == scored(store)
