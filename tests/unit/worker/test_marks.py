"""Which folders a pass may leave out because STATUS says that nothing has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from scanner.mailbox.imap import Opened, Session
from scanner.worker.streams import Marks

FOLDERS = ("INBOX", "Sent")


class Told:
    """A session that answers STATUS with what it was given."""

    def __init__(self) -> None:
        self.folders = {name: Opened(name, uidvalidity=7, uidnext=10, exists=9) for name in FOLDERS}

    def statuses(self, folders: Sequence[str]) -> dict[str, Opened]:
        """As the real one."""
        return {name: self.folders[name] for name in folders if name in self.folders}


class Clock:
    """Seconds that go on when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        """The present."""
        return self.now


@pytest.fixture
def told() -> Told:
    """A server."""
    return Told()


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def marks(told: Told, clock: Clock) -> Marks:
    """Marks after one pass that has read both folders to their ends."""
    marks = Marks(clock, trust=900.0)
    assert set(FOLDERS) == asked(marks, told)
    marks.done()
    return marks


def asked(marks: Marks, told: Told) -> frozenset[str]:
    """The folders that must be read."""
    return marks.unread(cast("Session", told), FOLDERS)


def test_folders_as_before_are_left_out(marks: Marks, told: Told) -> None:
    """Again and again."""
    for _ in range(3):
        assert frozenset() == asked(marks, told)
        marks.done()


def test_fewer_messages_are_no_news(marks: Marks, told: Told) -> None:
    """Somebody tidies up; what comes after that is news all the same."""
    told.folders["Sent"] = Opened("Sent", 7, 10, 4)
    assert frozenset() == asked(marks, told)
    marks.done()
    told.folders["Sent"] = Opened("Sent", 7, 10, 5)

    assert {"Sent"} == asked(marks, told)


@pytest.mark.parametrize(
    "change",
    [
        Opened("Sent", 7, 11, 10),
        Opened("Sent", 7, 11, 9),
        Opened("Sent", 7, 10, 10),
        Opened("Sent", 8, 10, 9),
        Opened("Sent", 8, 3, 2),
        Opened("Sent", 7, 3, 2),
    ],
)
def test_any_other_change_is_read(marks: Marks, told: Told, change: Opened) -> None:
    """A new UIDNEXT, more messages, another UIDVALIDITY."""
    told.folders["Sent"] = change

    assert {"Sent"} == asked(marks, told)


def test_a_folder_is_read_until_a_pass_has_come_to_its_end(marks: Marks, told: Told) -> None:
    """A pass that was broken off has perhaps not seen what STATUS spoke of."""
    told.folders["Sent"] = Opened("Sent", 7, 11, 10)
    assert {"Sent"} == asked(marks, told)
    assert {"Sent"} == asked(marks, told)
    marks.done()

    assert frozenset() == asked(marks, told)


def test_after_a_failure_everything_is_read(marks: Marks, told: Told) -> None:
    """Nobody knows how far it came."""
    marks.forget()

    assert set(FOLDERS) == asked(marks, told)


def test_a_folder_without_an_answer_is_read(marks: Marks, told: Told) -> None:
    """So that opening it says why, and again when the answers come back."""
    del told.folders["Sent"]
    assert {"Sent"} == asked(marks, told)
    marks.done()
    assert {"Sent"} == asked(marks, told)
    told.folders["Sent"] = Opened("Sent", 7, 10, 9)

    assert {"Sent"} == asked(marks, told)


@pytest.mark.parametrize("empty", [Opened("Sent", 7, 0, 9), Opened("Sent", 0, 10, 9)])
def test_a_server_that_leaves_numbers_out_is_not_trusted(marks: Marks, told: Told, empty: Opened) -> None:
    """Without UIDNEXT or UIDVALIDITY nothing can be known."""
    told.folders["Sent"] = empty
    for _ in range(2):
        assert {"Sent"} == asked(marks, told)
        marks.done()


def test_a_server_that_says_the_same_for_ever_is_searched_at_times(
    marks: Marks, told: Told, clock: Clock
) -> None:
    """STATUS may be wrong; a quarter of an hour later the folder itself is asked."""
    clock.now = 899.0
    assert frozenset() == asked(marks, told)
    marks.done()
    clock.now = 900.0
    assert set(FOLDERS) == asked(marks, told)
    marks.done()
    clock.now = 1000.0

    assert frozenset() == asked(marks, told)
