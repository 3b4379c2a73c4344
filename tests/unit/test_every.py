"""When a poll is due next."""

from __future__ import annotations

from datetime import timedelta

from apscheduler.job import Job

from scanner.every import Every
from tests.people import START

MINUTE = timedelta(minutes=1)


def test_it_fires_at_even_distances() -> None:
    """Short delays of a run do not move the next one."""
    every = Every(60)

    assert START + MINUTE == every.get_next_fire_time(START, START + MINUTE / 2)


def test_what_was_missed_counts_once() -> None:
    """After fifty years there is one run, and the next a minute later."""
    every, later = Every(60), START + timedelta(days=365 * 50)

    assert later + MINUTE == every.get_next_fire_time(START, later)


def test_the_scheduler_lists_one_run_for_a_clock_put_forward_by_years() -> None:
    """Twenty-six million would fill the memory."""
    job = Job.__new__(Job)  # without a scheduler
    job.trigger, job.next_run_time = Every(60), START

    assert [START] == job._get_run_times(START + timedelta(days=365 * 50))
