"""Names of folders on the wire: modified UTF-7 everywhere, UTF-8 where the server has it (RFC 6855)."""

from __future__ import annotations

import time

import pytest
from imapclient.imap_utf7 import encode

from scanner.mailbox.append import append
from scanner.mailbox.folders import discover
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.reader import fetch_new
from tests.dovecot import Account, Dovecot
from tests.fake_imap import Answer, FakeImap

SENT = "Gönderilmiş Öğeler"
OTHERS = "Başkaları/"
UTF8 = "IMAP4rev1 ENABLE NAMESPACE UTF8=ACCEPT"


class Modern:
    """A server with three folders, whose names it writes and reads in UTF-8 once that is enabled."""

    def __init__(self, enabled: Answer) -> None:
        self._enabled = enabled
        self._utf8 = False
        self.opened: list[str] = []

    def written(self, name: str) -> bytes:
        """A name as it stands on the wire."""
        return b'"' + (name.encode() if self._utf8 else encode(name)) + b'"'

    def respond(self, name: str, arguments: str) -> Answer:
        """Answer a command."""
        if name == "ENABLE":
            self._utf8 = isinstance(self._enabled, tuple) and bool(self._enabled[0])
            return self._enabled
        if name in {"EXAMINE", "STATUS"}:
            return self._about(name, arguments)
        if name == "LIST":
            lines = [b'LIST () "/" ' + self.written(one) for one in ("INBOX", SENT, OTHERS + "Sent")]
            return lines, b"OK done"
        if name == "NAMESPACE":
            return [b'NAMESPACE (("" "/")) ((' + self.written(OTHERS) + b' "/")) NIL'], b"OK done"
        return "usual"

    def _about(self, name: str, arguments: str) -> Answer:
        if not arguments.startswith(self.written(SENT).decode()):
            return [], b"NO [NONEXISTENT] there is no such folder"
        self.opened.append(name)
        if name == "EXAMINE":
            return [b"0 EXISTS", b"OK [UIDVALIDITY 7] fine", b"OK [UIDNEXT 3] fine"], b"OK [READ-ONLY] done"
        status = b" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 7)"
        return [b"STATUS " + self.written(SENT) + status], b"OK done"


@pytest.mark.parametrize(
    ("capabilities", "enabled", "asked"),
    [
        (UTF8, ([b"ENABLED UTF8=ACCEPT"], b"OK done"), True),
        ("IMAP4rev1 ENABLE NAMESPACE UTF8=ONLY", ([b"ENABLED UTF8=ACCEPT"], b"OK done"), True),
        (UTF8, ([], b"OK nothing enabled"), True),
        (UTF8, ([], b"NO not today"), True),
        (UTF8, ([], b"BAD what is that"), True),
        ("IMAP4rev1 NAMESPACE UTF8=ACCEPT", ([], b"BAD what is that"), False),
        ("IMAP4rev1 ENABLE NAMESPACE", ([], b"BAD what is that"), False),
    ],
)
def test_names_are_written_as_the_server_agreed(capabilities: str, enabled: Answer, asked: bool) -> None:
    """In UTF-8 where it enabled that, else in modified UTF-7; other people's folders are told apart."""
    modern = Modern(enabled)
    with FakeImap(modern.respond, capabilities=capabilities) as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext")
        with Session(endpoint, clock=time.monotonic) as session:
            found = discover(session)
            opened = session.examine(found.sent[0])
            status = session.status(SENT)
            several = session.statuses([SENT])

    assert (SENT,) == found.sent
    assert ("INBOX", SENT, OTHERS + "Sent") == found.listing
    assert (7, 3) == (opened.uidvalidity, opened.uidnext) == (status.uidvalidity, status.uidnext)
    assert asked == ("ENABLE UTF8=ACCEPT" in server.commands)
    assert all(one.uidnext == 3 for one in several.values())
    assert {"EXAMINE", "STATUS"} == set(modern.opened)


@pytest.mark.parametrize(
    "name", [SENT, "送信済みアイテム", "A & B", 'with "quotes" and \\', "Отправленные 100%"]
)
def test_a_folder_of_any_name_is_listed_filled_and_read(name: str) -> None:
    """On a real server, in modified UTF-7."""
    with Dovecot(folders=(), special_use=False) as server:
        account = Account(server, server.fresh_user())
        server.create(account.user, encode(name.replace("\\", "\\\\").replace('"', '\\"')).decode())
        with Session(account.endpoint(), clock=time.monotonic) as session:
            listed = [one.name for one in session.listing()]
            append(session, name, b"From: <anna@firm.example>\r\nSubject: Minutes\r\n\r\nSee you.\r\n")
            (batch,) = fetch_new(session, name)

    assert name in listed
    assert 1 == len(batch.items)
    assert name == batch.folder
