"""The daemon on a real server: from a message in Sent to the alert in the inbox, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from scanner.alert.deliver import SmtpDelivery
from scanner.daemon import Daemon
from scanner.detect.verdict import Action
from scanner.errors import FolderError, LoginError
from scanner.store import MailboxStore, Mute, Store
from scanner.store.failures import full
from scanner.worker import Judge
from tests.dovecot import Account, Dovecot, free_port
from tests.integration.daemon.harness import (
    POISON,
    WRONG,
    StubJudge,
    StubJudges,
    a_guard,
    alerts,
    learnt,
    now,
    running,
    until,
)
from tests.people import OWNER, raw_mail


class Mailroom:
    """An SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail."""
        del server, session
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def mailroom() -> Iterator[tuple[Mailroom, int]]:
    """A running SMTP server and its port."""
    room = Mailroom()
    controller = Controller(room, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield room, controller.port
    controller.stop()


def scored(store: MailboxStore) -> list[str]:
    """The ids of the scored messages, in the order of scoring."""
    return [one.verdict.message_id for one in reversed(store.verdicts())]


def failures(store: MailboxStore) -> int:
    """How many passes went wrong."""
    health = store.health().get("pass")
    return health.errors if health is not None else 0


def test_a_misdirected_mail_brings_an_alert_into_the_inbox(dovecot: Account, store: MailboxStore) -> None:
    """The alert answers the sent message and comes from and to the owner."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot))
    alert = message_from_bytes(alerts(dovecot)[0])

    assert "<000001@firm.example>" == alert["In-Reply-To"]
    assert OWNER in alert["From"]
    assert OWNER in alert["To"]


def test_the_server_announces_and_no_poll_is_waited_for(dovecot: Account, store: MailboxStore) -> None:
    """With a poll every ten minutes, the alert is there at once."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, poll_seconds=600)):
        until(lambda: learnt(store))
        for number in (1, 2, 3):
            dovecot.append("Sent", raw_mail(number, to=[WRONG], date=now()))
            until(lambda number=number: number == len(alerts(dovecot)))  # type: ignore[misc]

    assert [f"<{number:06d}@firm.example>" for number in (1, 2, 3)] == scored(store)


def test_an_alert_goes_out_by_smtp(
    dovecot: Account, store: MailboxStore, mailroom: tuple[Mailroom, int]
) -> None:
    """With delivery by SMTP nothing is filed; the mail goes to the owner and to nobody else."""
    room, port = mailroom
    delivery = SmtpDelivery(host="127.0.0.1", port=port, owner=OWNER, security="cleartext")
    with running(a_guard(store, dovecot.server.port, dovecot.user, delivery=delivery)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
        until(lambda: room.taken)

    assert [[OWNER]] == [recipients for recipients, _ in room.taken]
    assert [] == dovecot.server.messages(dovecot.user)


def test_nothing_changes_in_the_mailbox_but_the_alert(dovecot: Account, store: MailboxStore) -> None:
    r"""Every flag of every message in every folder stays as it was, \Recent included."""
    dovecot.append("INBOX", raw_mail(1, sender="carla@client.example", to=[OWNER]))
    dovecot.append("INBOX", raw_mail(2, sender="carla@client.example", to=[OWNER]), flags="\\Flagged")
    dovecot.append("Sent", *(raw_mail(number) for number in range(3, 20)), flags="\\Seen")
    dovecot.append("Sent", raw_mail(20))
    dovecot.append("Drafts", raw_mail(21), flags="\\Draft")
    files, state = dovecot.server.files(dovecot.user), dovecot.server.state(dovecot.user)
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
    assert files == dovecot.server.files(dovecot.user)

    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        dovecot.append("Sent", raw_mail(22, to=[WRONG], date=now()), flags="\\Seen")
        until(lambda: alerts(dovecot))
    after = dovecot.server.state(dovecot.user)

    assert {"Drafts": 0, "INBOX": 1, "Sent": 1} == {
        name: len(after[name]) - len(state[name]) for name in state
    }
    assert state == {name: after[name][: len(state[name])] for name in state}


def test_the_past_is_learnt_by_date_and_not_alerted(dovecot: Account, store: MailboxStore) -> None:
    """Sent and received mail are learnt as they came, and what went wrong then stays unsaid."""
    dates = {number: now() - timedelta(minutes=60 - number) for number in range(1, 31)}
    for number, date in dates.items():
        if number % 3:
            dovecot.append("Sent", raw_mail(number, to=[WRONG], date=date))
        else:
            dovecot.append("INBOX", raw_mail(number, sender="carla@client.example", to=[OWNER], date=date))
    judges = StubJudges()
    with running(a_guard(store, dovecot.server.port, dovecot.user, judges=judges)):
        until(lambda: learnt(store))

    assert [f"<{number:06d}@firm.example>" for number in dates] == judges.made[0].learnt
    assert {Action.SILENT} == {one.verdict.action for one in store.verdicts()}
    assert [] == alerts(dovecot)


def test_an_alert_is_not_scored_itself(dovecot: Account, store: MailboxStore) -> None:
    """Even where a client copies our alert into Sent, nothing is said about it."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot))
        dovecot.append("Sent", *alerts(dovecot), raw_mail(2, date=now()))
        until(lambda: "<000002@firm.example>" in scored(store))

    assert ["<000001@firm.example>", "<000002@firm.example>"] == scored(store)


@pytest.mark.pitfall("davmail-269")
def test_two_copies_of_a_message_bring_one_alert(dovecot: Account, store: MailboxStore) -> None:
    """The client and the provider both filed it."""
    raw = raw_mail(1, to=[WRONG], date=now())
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw)
        dovecot.append("Sent", raw, raw_mail(2, date=now()))
        until(lambda: "<000002@firm.example>" in scored(store))

    assert 1 == len(alerts(dovecot))
    assert [] == store.quarantined()


@pytest.mark.pitfall("paperless-ngx-8944")
def test_a_new_uidvalidity_brings_no_second_alert(dovecot: Account, store: MailboxStore) -> None:
    """The folder was made anew: it is read again, what is known stays quiet, what is new is scored."""
    first = [raw_mail(number, to=[WRONG], date=now()) for number in (1, 2)]
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", *first)
        until(lambda: 2 == len(alerts(dovecot)))
    dovecot.server.delete(dovecot.user, "Sent")
    dovecot.server.create(dovecot.user, "Sent")
    dovecot.append("Sent", *first, raw_mail(3, to=[WRONG], date=now()))
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: 3 == len(alerts(dovecot)))

    assert [f"<{number:06d}@firm.example>" for number in (1, 2, 3)] == scored(store)
    assert [] == store.quarantined()


@pytest.mark.pitfall("parsedmarc-38")
def test_a_message_that_cannot_be_judged_is_set_aside(dovecot: Account, store: MailboxStore) -> None:
    """It stands on the quarantine list, and the mail behind it is scored."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, subject=POISON, date=now()), raw_mail(2, to=[WRONG], date=now()))
        until(lambda: alerts(dovecot))

    assert ["<000002@firm.example>"] == scored(store)
    assert [("Sent", 3)] == [(one.folder, one.tries) for one in store.quarantined()]


def test_after_the_clock_was_put_back_mail_is_looked_for_at_once(
    dovecot: Account, store: MailboxStore
) -> None:
    """With a poll every ten minutes, the next one would else be an hour and ten minutes away."""
    back = timedelta(0)
    guarded = a_guard(store, dovecot.server.port, dovecot.user, poll_seconds=600)
    stop = threading.Event()
    thread = threading.Thread(target=Daemon([guarded], clock=lambda: now() - back).run, args=(stop,))
    thread.start()
    try:
        until(lambda: learnt(store))
        time.sleep(1.0)  # the first notice has been acted on; the next is 20 s away
        passes = guarded.worker.passes
        back = timedelta(hours=1)
        until(lambda: guarded.worker.passes > passes, within=10)
    finally:
        stop.set()
        thread.join(20)


def test_a_new_model_is_taken_up_without_a_restart(dovecot: Account, store: MailboxStore) -> None:
    """The judge is made anew with all that it has learnt."""
    judges = StubJudges()
    with running(a_guard(store, dovecot.server.port, dovecot.user, judges=judges)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, date=now()))
        until(lambda: scored(store))
        judges.model = 2
        until(lambda: 2 == len(judges.made))

    assert ["<000001@firm.example>"] == judges.made[-1].learnt


@pytest.mark.pitfall("parsedmarc-211")
def test_a_restarted_server_is_watched_again(store: MailboxStore) -> None:
    """The daemon stays, comes back and finds what was sent meanwhile."""
    with Dovecot() as server:
        account = Account(server, server.fresh_user())
        with running(a_guard(store, server.port, account.user)):
            until(lambda: learnt(store))
            server.kill()
            until(lambda: failures(store))
            server.start()
            account.append("Sent", raw_mail(1, to=[WRONG], date=now()))
            until(lambda: alerts(account))

    assert ["<000001@firm.example>"] == scored(store)


class Late(StubJudges):
    """Finds no room on the disk the first time."""

    def make(self, state: bytes | None, mutes: Sequence[Mute]) -> Judge:
        """A judge, the second time."""
        if not self.made:
            self.made.append(StubJudge(None))
            raise full(Path("state.db"))
        return super().make(state, mutes)


def test_a_disk_without_room_at_the_start_is_waited_for(dovecot: Account, store: MailboxStore) -> None:
    """It may have room again by itself; the daemon does not end for it."""
    with running(a_guard(store, dovecot.server.port, dovecot.user, judges=Late())):
        until(lambda: learnt(store))


def test_a_wrong_password_ends_the_daemon_with_its_reason(dovecot: Account, store: MailboxStore) -> None:
    """Where nothing at all can be watched, the process says why and ends."""
    with pytest.raises(LoginError):
        Daemon([a_guard(store, dovecot.server.port, dovecot.user, password="no")]).run(threading.Event())

    assert store.health()["pass"].error.startswith("LoginError")


def test_one_mailbox_in_trouble_does_not_stop_the_others(
    dovecot: Account, store: MailboxStore, tmp_path: Path
) -> None:
    """The good one is watched, the other one's trouble stands in its health."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        bad = opened.mailbox("bad")
        guards = (
            a_guard(bad, dovecot.server.port, dovecot.user, password="no"),
            a_guard(store, dovecot.server.port, dovecot.user),
        )
        with running(*guards):
            until(lambda: learnt(store))
            until(lambda: failures(bad))
            dovecot.append("Sent", raw_mail(1, to=[WRONG], date=now()))
            until(lambda: alerts(dovecot))

        assert bad.health()["pass"].error.startswith("LoginError")


def test_a_missing_sent_folder_ends_the_daemon_with_its_reason(store: MailboxStore) -> None:
    """The error lists the folders that there are."""
    with Dovecot(folders=("Work",), special_use=False) as server, pytest.raises(FolderError, match="Work"):
        Daemon([a_guard(store, server.port, server.fresh_user())]).run(threading.Event())


@pytest.mark.pitfall("parsedmarc-163")
def test_a_server_out_of_reach_is_tried_again_and_again(store: MailboxStore) -> None:
    """The network may come later than the daemon: it waits, and says so in the health."""
    with running(a_guard(store, free_port(), "anna")):
        until(lambda: failures(store) > 1)

    assert store.health()["pass"].error.startswith("ConnectError")


def test_the_history_is_kept_at_the_stop(dovecot: Account, store: MailboxStore) -> None:
    """A clean stop leaves one snapshot and no journal."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", raw_mail(1, date=now()))
        until(lambda: scored(store))
    state, entries = store.history()

    assert (["<000001@firm.example>"], []) == (StubJudge(state).learnt, entries)
