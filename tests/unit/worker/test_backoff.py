"""Waits grow, have an end, and do not fall in step."""

from __future__ import annotations

import random

import pytest

from scanner.errors import ConnectError, FolderError, LoginError, ScannerError, StoreError, ThrottledError
from scanner.worker.backoff import Backoff


def waits(error: ScannerError, count: int, seed: int = 1) -> list[float]:
    """The waits after so many failures in a row."""
    backoff = Backoff(random.Random(seed))
    return [backoff.failure(error) for _ in range(count)]


def test_the_first_waits_are_short_and_the_last_are_not_endless() -> None:
    """About a second at first, never more than five minutes."""
    every = waits(ConnectError(), 60)

    assert 0.5 <= every[0] <= 1.0
    assert 150 <= every[-1] <= 300


@pytest.mark.pitfall("imapsync-61-patience")
def test_a_throttling_server_is_left_alone_for_long() -> None:
    """At least half a minute, at most half an hour."""
    every = waits(ThrottledError(), 60)

    assert 30 <= every[0] <= 60
    assert 900 <= every[-1] <= 1800


@pytest.mark.parametrize("count", [1, 5])
def test_a_wrong_password_is_tried_rarely_from_the_start(count: int) -> None:
    """Servers lock accounts after a few tries in a row."""
    assert all(300 <= wait <= 600 for wait in waits(LoginError(), count))


@pytest.mark.parametrize("error", [StoreError(), FolderError()])
def test_a_full_disk_or_a_missing_folder_is_looked_at_again_soon(error: ScannerError) -> None:
    """Looking harms nobody: what somebody mends works again within seconds, later within minutes."""
    every = waits(error, 60)

    assert every[0] <= 1.0
    assert every[-1] <= 300


def test_success_begins_anew() -> None:
    """After a good pass the next failure waits a second again."""
    backoff = Backoff(random.Random(1))
    for _ in range(10):
        backoff.failure(ConnectError())
    backoff.success()

    assert 1.0 >= backoff.failure(ConnectError())


@pytest.mark.pitfall("parsedmarc-163-backoff")
def test_two_mailboxes_do_not_fall_in_step() -> None:
    """The jitter spreads them."""
    assert waits(ConnectError(), 5, seed=1) != waits(ConnectError(), 5, seed=2)
