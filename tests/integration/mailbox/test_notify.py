"""One line that hears of several folders (NOTIFY), on a real Dovecot, and what happens without it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from scanner.errors import ConnectError
from scanner.mailbox.imap import ImapEndpoint
from scanner.mailbox.watcher import Wake, Watcher
from tests.dovecot import Account, Dovecot
from tests.fake_imap import Answer, FakeImap

MAIL = b"From: anna@example.org\r\nTo: bruno@example.com\r\n\r\nx\r\n"
LONG = 60.0  # seconds that no test here ever waits
COMMAND = (
    'NOTIFY SET (selected (MessageNew MessageExpunge)) (mailboxes ("INBOX") (MessageNew MessageExpunge))'
)


@contextlib.contextmanager
def listening(account: Account, others: Sequence[str] = ("INBOX",), **times: float) -> Iterator[Watcher]:
    """A watcher on Sent and others that has connected; it must not fall back."""
    refusals: list[str] = []
    with Watcher(
        account.endpoint(),
        "Sent",
        others,
        clock=time.monotonic,
        renewal=times.get("renewal", LONG),
        poll=times.get("poll", LONG),
        only_one=refusals.append,
    ) as waiting:
        assert waiting.wait() is Wake.RENEWAL
        yield waiting
    assert [] == refusals


def test_one_line_hears_of_all_folders(dovecot: Account) -> None:
    """Of the opened one and of the others, again and again."""
    names = ["INBOX", 'My "Sent"', "Gönderilmiş"]
    with dovecot.server.connection(dovecot.user) as line:
        line.create('"My \\"Sent\\""')
        line.create('"G&APY-nderilmi&AV8-"')
    with listening(dovecot, names) as waiting:
        for folder in ("INBOX", "Sent", 'My \\"Sent\\"', "G&APY-nderilmi&AV8-", "INBOX", "Sent"):
            dovecot.append(folder, MAIL)
            assert waiting.wait() is Wake.IDLE
            time.sleep(0.6)  # Dovecot gathers notices for half a second
            while waiting.wait(0.01) is not Wake.POLL:
                pass


def test_mail_in_another_folder_wakes_also_after_a_renewal(dovecot: Account) -> None:
    """NOTIFY outlives the end of an IDLE, and what came at that moment is heard."""
    with listening(dovecot, renewal=0.2) as waiting:
        for _ in range(3):
            assert waiting.wait() is Wake.RENEWAL
        trips = waiting.session.round_trips
        dovecot.append("INBOX", MAIL)
        reasons = {waiting.wait() for _ in range(6)}

        assert Wake.IDLE in reasons
        assert trips + 7 > waiting.session.round_trips  # no more commands than renewals


def test_a_folder_that_nobody_asked_for_does_not_wake(dovecot: Account) -> None:
    """Drafts change all the time while somebody writes."""
    with listening(dovecot, poll=1.5) as waiting:
        dovecot.append("Drafts", MAIL)

        assert waiting.wait() is Wake.POLL


def test_a_folder_that_does_not_exist_does_no_harm(dovecot: Account) -> None:
    """The others are heard."""
    with listening(dovecot, ["Nowhere", "INBOX"]) as waiting:
        dovecot.append("INBOX", MAIL)

        assert waiting.wait() is Wake.IDLE


def test_after_a_lost_line_notices_of_all_folders_are_asked_for_again() -> None:
    """The new connection knows nothing of the old one."""
    with Dovecot(users=["anna"]) as server:
        account = Account(server, "anna")
        with listening(account) as waiting:
            server.kill()
            with pytest.raises(ConnectError):
                waiting.wait()
            server.start()
            assert waiting.wait() is Wake.RENEWAL
            account.append("INBOX", MAIL)

            assert waiting.wait() is Wake.IDLE


def test_listening_changes_no_flag(dovecot: Account) -> None:
    r"""Neither \Recent nor \Seen, in none of the folders."""
    for folder in ("INBOX", "Sent"):
        dovecot.append(folder, MAIL)
    before, files = dovecot.server.state(dovecot.user), dovecot.server.files(dovecot.user)

    with listening(dovecot, poll=0.05, renewal=0.2) as waiting:
        for _ in range(6):
            waiting.wait()

    assert before == dovecot.server.state(dovecot.user)
    assert files == dovecot.server.files(dovecot.user)


@contextlib.contextmanager
def on_fake(
    answers: Callable[[int], Answer], idle: bytes = b"+ idling\r\n", capabilities: str = "IDLE NOTIFY"
) -> Iterator[tuple[FakeImap, Watcher, list[str]]]:
    """A fake server, a watcher on it, and why it fell back; `answers` is given how often NOTIFY was said."""
    said = [0]

    def respond(name: str, _rest: str) -> Answer:
        if name == "NOTIFY":
            said[0] += 1
            return answers(said[0])
        return idle if name == "IDLE" else "usual"

    refusals: list[str] = []
    with FakeImap(respond, capabilities=f"IMAP4rev1 {capabilities}") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=0.5)
        with Watcher(
            endpoint,
            "Sent",
            ["INBOX"],
            clock=time.monotonic,
            poll=0.1,
            renewal=LONG,
            only_one=refusals.append,
        ) as waiting:
            yield server, waiting, refusals


def test_the_server_is_told_which_events_of_which_folders() -> None:
    """MessageNew must not be asked for without MessageExpunge (RFC 5465 section 5.1)."""
    with on_fake(lambda _: ([], b"OK done")) as (server, waiting, refusals):
        assert [Wake.RENEWAL, Wake.POLL] == [waiting.wait() for _ in range(2)]

    assert [COMMAND, "IDLE"] == server.commands[-2:]
    assert [] == refusals


@pytest.mark.parametrize("refusal", [b"NO [NOPERM] not for you", b"BAD what is that?"])
def test_a_server_that_offers_notify_and_refuses_it_is_idled(refusal: bytes) -> None:
    """IDLE on the first folder is left, and why is said once."""
    with on_fake(lambda _: ([], refusal)) as (server, waiting, refusals):
        assert [Wake.RENEWAL, Wake.POLL, Wake.POLL] == [waiting.wait() for _ in range(3)]

    assert "IDLE" == server.commands[-1]
    assert 1 == len(refusals)
    assert refusal.split(b" ", 1)[1].decode() in refusals[0]


def test_a_server_without_notify_is_not_asked_for_it() -> None:
    """IDLE on the first folder is left."""
    with on_fake(lambda _: None, capabilities="IDLE") as (server, waiting, refusals):
        assert [Wake.RENEWAL, Wake.POLL] == [waiting.wait() for _ in range(2)]

    assert not [one for one in server.commands if one.startswith("NOTIFY")]
    assert ["the server has no NOTIFY"] == refusals


def test_a_server_that_never_answers_notify_is_a_lost_line() -> None:
    """It is not waited for longer than for any other answer."""
    with on_fake(lambda _: None) as (_, waiting, _), pytest.raises(ConnectError, match="several folders"):
        waiting.wait()


@pytest.mark.parametrize("when", ["with consent", "before consent"])
def test_a_server_that_gives_notify_up_is_connected_to_anew_without_it(when: str) -> None:
    """After NOTIFICATIONOVERFLOW it would be silent for ever (RFC 5465 section 5.8)."""
    overflow, consent = b"* OK [NOTIFICATIONOVERFLOW] too much\r\n", b"+ idling\r\n"
    idle = consent + overflow if when == "with consent" else overflow + consent
    with on_fake(lambda _: ([], b"OK done"), idle=idle) as (server, waiting, refusals):
        reasons = [waiting.wait() for _ in range(3)]
        logins = [one for one in server.commands if one.startswith("LOGIN")]

    assert Wake.STOPPED not in reasons
    assert 2 == len(logins)
    assert 1 == len([one for one in server.commands if one.startswith("NOTIFY")])
    assert "EXAMINE" in " ".join(server.commands[-2:])
    assert "IDLE" == server.commands[-1]
    assert 1 == len(refusals)


def test_a_notice_of_another_folder_is_news() -> None:
    """It comes as STATUS, also beside the answer to NOTIFY itself."""
    notice = b'+ idling\r\n* STATUS "INBOX" (MESSAGES 4 UIDNEXT 9)\r\n'
    with on_fake(lambda _: ([], b"OK done"), idle=notice) as (_, waiting, _):
        assert [Wake.RENEWAL, Wake.IDLE] == [waiting.wait() for _ in range(2)]
