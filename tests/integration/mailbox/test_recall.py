"""Taking back an unread copy, logged in as the administrator's master user of a real Dovecot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.errors import LoginError
from scanner.mailbox.imap import Session
from scanner.mailbox.recall import Outcome, recall
from tests.dovecot import MASTER, Account
from tests.people import raw_mail

FIRST = "<000001@firm.example>"
RECALLED = "Oopsee/Recalled"


@pytest.fixture
def master(dovecot: Account) -> Iterator[Session]:
    """A connection to the recipient's mailbox as the master user."""
    endpoint = dovecot.endpoint(username=f"{dovecot.user}*{MASTER}")
    with Session(endpoint, clock=time.monotonic) as line:
        yield line


def lie(account: Account) -> tuple[int, int]:
    """How many messages lie in the inbox and in the folder of recalled ones."""
    there = RECALLED in account.server.folders(account.user)
    return len(account.server.messages(account.user)), (
        len(account.server.messages(account.user, RECALLED)) if there else 0
    )


def test_an_unread_copy_is_moved_and_others_stay(dovecot: Account, master: Session) -> None:
    """Its octets are the same, it is still unread, and other mail lies where it lay."""
    dovecot.append("INBOX", raw_mail(1), raw_mail(2))

    assert Outcome.MOVED is recall(master, FIRST)
    assert (1, 1) == lie(dovecot)
    assert [raw_mail(1)] == dovecot.server.messages(dovecot.user, RECALLED)


def test_a_copy_that_was_read_stays(dovecot: Account, master: Session) -> None:
    """Nobody's read mail disappears."""
    dovecot.append("INBOX", raw_mail(1), flags="\\Seen")

    assert Outcome.READ is recall(master, FIRST)
    assert (1, 0) == lie(dovecot)


def test_without_a_copy_nothing_is_made(dovecot: Account, master: Session) -> None:
    """A filter has filed it, or it was never delivered."""
    dovecot.append("INBOX", raw_mail(2))

    assert Outcome.GONE is recall(master, FIRST)
    assert (1, 0) == lie(dovecot)


def test_a_copy_opened_at_the_very_moment_goes_back(
    dovecot: Account, master: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read between the look and the move is put back where it was."""
    dovecot.append("INBOX", raw_mail(1))
    move = master.move

    def read_first(folder: str, uids: Any, to: str) -> None:  # noqa: ANN401  as the method has it
        monkeypatch.setattr(master, "move", move)
        with dovecot.server.connection(dovecot.user) as reader:
            reader.select("INBOX")
            reader.store("1", "+FLAGS", "\\Seen")
        move(folder, uids, to)

    monkeypatch.setattr(master, "move", read_first)

    assert Outcome.READ is recall(master, FIRST)
    assert (1, 0) == lie(dovecot)


def test_called_twice_it_says_the_same(dovecot: Account, master: Session) -> None:
    """After a lost line nobody knows how far it came."""
    dovecot.append("INBOX", raw_mail(1))

    assert [Outcome.MOVED, Outcome.MOVED] == [recall(master, FIRST), recall(master, FIRST)]
    assert (0, 1) == lie(dovecot)


def test_a_user_who_is_no_master_gets_nowhere(dovecot: Account) -> None:
    """Another user's name behind the separator is refused."""
    endpoint = dovecot.endpoint(username=f"{dovecot.user}*{dovecot.server.fresh_user()}")
    with pytest.raises(LoginError), Session(endpoint, clock=time.monotonic):
        pass
