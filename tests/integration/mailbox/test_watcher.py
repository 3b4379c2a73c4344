"""Waiting for mail on a real Dovecot, and on servers that have no IDLE or fall silent in it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from scanner.errors import ConnectError, FolderError
from scanner.mailbox.imap import ImapEndpoint, Security
from scanner.mailbox.watcher import Wake, Watcher
from tests.dovecot import Account, Dovecot
from tests.fake_imap import Answer, FakeImap

MAIL = b"From: anna@example.org\r\nTo: bruno@example.com\r\n\r\nx\r\n"
LONG = 60.0  # seconds that no test here ever waits


def watcher(account: Account, **changes: float) -> Watcher:
    """A watcher on Sent that has connected."""
    waiting = Watcher(
        account.endpoint(),
        "Sent",
        clock=time.monotonic,
        renewal=changes.get("renewal", LONG),
        poll=changes.get("poll", LONG),
    )
    assert waiting.wait() is Wake.RENEWAL
    return waiting


def test_new_mail_wakes_long_before_the_poll(dovecot: Account) -> None:
    """IDLE tells of a message that another program files."""
    with watcher(dovecot) as waiting:
        dovecot.append("Sent", MAIL)

        assert waiting.wait() is Wake.IDLE


def test_mail_that_comes_between_two_waits_is_not_missed(dovecot: Account) -> None:
    """IDLE stays on while the caller works."""
    with watcher(dovecot) as waiting:
        for _ in range(3):
            dovecot.append("Sent", MAIL)
            time.sleep(0.6)  # Dovecot gathers notices for half a second
            assert waiting.wait() is Wake.IDLE


def test_a_quiet_folder_ends_in_a_poll(dovecot: Account) -> None:
    """After the poll interval it is time to look, whatever IDLE says."""
    with watcher(dovecot, poll=0.1) as waiting:
        assert waiting.wait() is Wake.POLL
        assert waiting.wait() is Wake.POLL


def test_the_caller_may_wait_less_than_a_poll(dovecot: Account) -> None:
    """The timeout of a call ends it."""
    with watcher(dovecot) as waiting:
        assert waiting.wait(0.05) is Wake.POLL


@pytest.mark.pitfall("imapclient-349")
def test_idle_is_renewed_and_still_hears(dovecot: Account) -> None:
    """After a renewal the notices go on."""
    with watcher(dovecot, renewal=0.1) as waiting:
        assert waiting.wait() is Wake.RENEWAL
        assert waiting.wait() is Wake.RENEWAL
        trips = waiting.session.round_trips
        dovecot.append("Sent", MAIL)
        reasons = {waiting.wait() for _ in range(12)}

    assert Wake.IDLE in reasons
    assert waiting.session.round_trips > trips


def test_a_watcher_stops_at_once_from_another_thread(dovecot: Account) -> None:
    """`stop` ends a wait that would have lasted a minute, and all later ones."""
    with watcher(dovecot) as waiting:
        reasons: list[Wake] = []
        thread = threading.Thread(target=lambda: reasons.append(waiting.wait()))
        thread.start()
        time.sleep(0.1)
        waiting.stop()
        thread.join(1.0)

        assert not thread.is_alive()
        assert [Wake.STOPPED] == reasons
        assert waiting.wait() is Wake.STOPPED


@pytest.mark.parametrize("silent_at", ["EXAMINE", "DONE", "NOOP"])
def test_a_watcher_stops_at_once_even_where_the_server_is_silent(silent_at: str) -> None:
    """`stop` does not wait for an answer that never comes."""

    def respond(name: str, _rest: str) -> Answer:
        return None if name == silent_at else b"+ idling\r\n" if name == "IDLE" else "usual"

    reasons: list[Wake] = []

    def waits() -> None:
        while not reasons or reasons[-1] is not Wake.STOPPED:
            reasons.append(waiting.wait())

    idle = silent_at != "NOOP"
    with on_fake(respond, idle=idle, renewal=0.05, poll=0.1, timeout=LONG) as (server, waiting):
        thread = threading.Thread(target=waits)
        thread.start()
        while silent_at not in {command.partition(" ")[0] for command in server.commands}:
            time.sleep(0.01)
        waiting.stop()
        thread.join(1.0)

        assert not thread.is_alive()
        assert Wake.STOPPED is reasons[-1]


@pytest.mark.parametrize("greeting", [True, False])
@pytest.mark.parametrize("security", ["cleartext", "tls"])
def test_a_watcher_stops_at_once_while_it_connects(security: Security, greeting: bool) -> None:
    """`stop` waits neither for a connection nor for a greeting or a TLS handshake that never come."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as crowd:
        port = server.getsockname()[1]
        for _ in range(0 if greeting else 4):  # a full queue: connections are not even taken
            other = crowd.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(("127.0.0.1", port))
        endpoint = ImapEndpoint("127.0.0.1", port, "anna", lambda: "x", security, timeout=LONG)
        with Watcher(endpoint, "Sent", clock=time.monotonic) as waiting:
            reasons: list[Wake] = []
            thread = threading.Thread(target=lambda: reasons.append(waiting.wait()))
            thread.start()
            time.sleep(0.3)
            waiting.stop()
            thread.join(2.0)

            assert not thread.is_alive()
            assert [Wake.STOPPED] == reasons


def test_watching_changes_no_flag(dovecot: Account) -> None:
    r"""Neither \Recent nor \Seen changes by being watched."""
    dovecot.append("Sent", MAIL, MAIL, flags="\\Flagged")
    before, files = dovecot.server.state(dovecot.user), dovecot.server.files(dovecot.user)

    with watcher(dovecot, poll=0.05, renewal=0.2) as waiting:
        for _ in range(6):
            waiting.wait()

    assert before == dovecot.server.state(dovecot.user)
    assert files == dovecot.server.files(dovecot.user)


def test_a_killed_server_is_an_error_and_the_next_wait_connects_anew() -> None:
    """The line that is gone shows at once; after the restart the watcher hears again."""
    with Dovecot(users=["anna"]) as server:
        account = Account(server, "anna")
        with watcher(account) as waiting:
            server.kill()
            with pytest.raises(ConnectError):
                waiting.wait()
            with pytest.raises(ConnectError, match="Nothing listens"):
                waiting.wait()
            server.start()

            assert waiting.wait() is Wake.RENEWAL
            account.append("Sent", MAIL)
            assert waiting.wait() is Wake.IDLE


def test_a_missing_folder_is_an_error_at_every_wait(dovecot: Account) -> None:
    """A folder that was renamed is not watched in silence."""
    with Watcher(dovecot.endpoint(), "Nowhere", clock=time.monotonic) as waiting:
        for _ in range(2):
            with pytest.raises(FolderError, match="Nowhere"):
                waiting.wait()


def test_a_folder_that_is_deleted_while_watched_is_an_error(dovecot: Account) -> None:
    """The server says good-bye to who looks at a deleted folder, or the next look finds nothing."""
    dovecot.server.create(dovecot.user, "Gone")
    waiting = Watcher(dovecot.endpoint(), "Gone", clock=time.monotonic, renewal=0.2, poll=LONG)
    with waiting:
        waiting.wait()
        dovecot.server.delete(dovecot.user, "Gone")
        with pytest.raises((ConnectError, FolderError)):
            all(waiting.wait() for _ in range(5))


@contextlib.contextmanager
def on_fake(
    respond: Callable[[str, str], Answer],
    *,
    idle: bool = True,
    poll: float = LONG,
    renewal: float = LONG,
    timeout: float = 0.3,
) -> Iterator[tuple[FakeImap, Watcher]]:
    """A fake server and a watcher on it."""
    with FakeImap(respond, capabilities="IMAP4rev1 IDLE" if idle else "IMAP4rev1") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=timeout)
        with Watcher(endpoint, "Sent", clock=time.monotonic, poll=poll, renewal=renewal) as waiting:
            yield server, waiting


def idling(consent: bytes) -> Callable[[str, str], Answer]:
    """Answers IDLE with `consent`, and DONE never."""
    return lambda name, _rest: consent if name == "IDLE" else None if name == "DONE" else "usual"


def test_a_server_without_idle_is_polled() -> None:
    """NOOP keeps the line open and each poll says that it is time to look."""
    with on_fake(lambda _name, _rest: "usual", idle=False, poll=0.05) as (server, waiting):
        reasons = [waiting.wait() for _ in range(3)]

    assert [Wake.RENEWAL, Wake.POLL, Wake.POLL] == reasons
    assert 2 == server.commands.count("NOOP")
    assert "IDLE" not in server.commands


def test_a_server_that_offers_idle_and_refuses_it_is_polled() -> None:
    """The poll does the work of IDLE."""

    def respond(name: str, _rest: str) -> Answer:
        return ([], b"NO not now") if name == "IDLE" else "usual"

    with on_fake(respond, poll=0.05) as (_, waiting):
        assert [Wake.RENEWAL, Wake.POLL] == [waiting.wait() for _ in range(2)]


def test_a_notice_that_comes_with_the_consent_is_heard() -> None:
    """An EXISTS in the same packet as the consent to IDLE wakes."""
    with on_fake(idling(b"+ idling\r\n* 7 EXISTS\r\n")) as (_, waiting):
        assert [Wake.RENEWAL, Wake.IDLE] == [waiting.wait() for _ in range(2)]


def test_a_notice_before_the_consent_does_no_harm() -> None:
    """The server may speak of other things first; the first wait says in any case that it is time to look."""
    with on_fake(idling(b"* 7 EXISTS\r\n+ idling\r\n"), poll=0.05) as (_, waiting):
        assert [Wake.RENEWAL, Wake.POLL] == [waiting.wait() for _ in range(2)]


def test_words_that_only_keep_the_line_open_do_not_wake() -> None:
    """'* OK Still here' is no news."""
    with on_fake(idling(b"+ idling\r\n* OK Still here\r\n")) as (_, waiting):
        assert [Wake.RENEWAL, Wake.POLL] == [waiting.wait(0.1) for _ in range(2)]


@pytest.mark.pitfall("imapclient-449")
def test_a_line_that_dies_in_idle_is_found_at_the_renewal() -> None:
    """A server that never answers DONE is given up after the socket's timeout."""
    with on_fake(idling(b"+ idling\r\n"), renewal=0.05) as (_, waiting):
        waiting.wait()
        with pytest.raises(ConnectError, match="stopped answering while renewing"):
            waiting.wait()


def test_a_server_that_says_good_bye_in_idle_is_an_error() -> None:
    """BYE is a lost line, with the server's words."""
    with on_fake(idling(b"+ idling\r\n* BYE shutting down\r\n")) as (_, waiting):
        waiting.wait()
        with pytest.raises(ConnectError, match="shutting down"):
            waiting.wait()
