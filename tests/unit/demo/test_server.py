"""The embedded IMAP server, spoken to over its real socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from scanner.demo.server import DemoServer
from scanner.errors import ConnectError, LoginError
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.watcher import Wake, Watcher

NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\nHow are you?\r\n"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A running server with one account."""
    with DemoServer(user="anna", password="gr\u00fc\u00df dich") as running:
        yield running


def endpoint(server: DemoServer, password: str = "") -> ImapEndpoint:
    """How the product reaches the server."""
    secret = password or server.password
    return ImapEndpoint(
        host=server.host, port=server.port, username=server.user, secret=lambda: secret, security="cleartext"
    )


def test_it_is_found_on_the_loopback_address_only(server: DemoServer) -> None:
    """The server listens where no other machine can reach it."""
    assert "127.0.0.1" == server.host
    assert server.port > 1023


def test_the_owner_gets_in_and_finds_the_folders(server: DemoServer) -> None:
    """With the right password there are INBOX, Sent and Drafts."""
    with Session(endpoint(server), clock=time.monotonic) as session:
        assert {"INBOX", "Sent", "Drafts"} == {listed.name for listed in session.listing()}


def test_nobody_else_gets_in(server: DemoServer) -> None:
    """A wrong password is refused."""
    session = Session(endpoint(server, "guess"), clock=time.monotonic)
    with pytest.raises(LoginError):
        session.connect()


def test_what_is_put_in_can_be_read(server: DemoServer) -> None:
    """Messages put straight into memory come out over IMAP octet for octet, as read."""
    server.prefill([("Sent", MAIL, NOW), ("Sent", MAIL.replace(b"Hello", b"Bye"), NOW), ("INBOX", MAIL, NOW)])
    assert (1, 2, 0) == tuple(server.count(folder) for folder in ("INBOX", "Sent", "Drafts"))
    with Session(endpoint(server), clock=time.monotonic) as session:
        session.examine("Sent")
        rows = session.fetch(session.search(["ALL"]), ["BODY.PEEK[]", "FLAGS"])
    assert [MAIL, MAIL.replace(b"Hello", b"Bye")] == [row[b"BODY[]"] for row in rows.values()]
    assert all(b"\\Seen" in row[b"FLAGS"] for row in rows.values())


def test_a_new_message_is_announced(server: DemoServer) -> None:
    """Whoever waits on a folder hears of a message that comes in by another way."""
    server.prefill([("Sent", MAIL, NOW)])
    with Watcher(endpoint(server), "Sent", clock=time.monotonic) as watcher:
        assert Wake.RENEWAL == watcher.wait(5.0)
        first = server.append("Sent", MAIL, NOW)
        assert Wake.IDLE == watcher.wait(5.0)
        assert server.append("Sent", MAIL, NOW) == first + 1


def test_it_hangs_up_when_it_stops() -> None:
    """After the stop the port is closed, and stopping again does no harm."""
    server = DemoServer(user="anna", password="secret")
    server.start()
    with Session(endpoint(server), clock=time.monotonic):
        server.stop()
        server.stop()
        with pytest.raises(ConnectError):
            Session(endpoint(server), clock=time.monotonic).connect()
