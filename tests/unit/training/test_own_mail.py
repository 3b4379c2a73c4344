"""Simulated mistakes on one's own mail."""

from __future__ import annotations

import numpy as np
import pytest

from scanner.detect.features.candidates import LIGHT
from scanner.message.parse import parse
from tests.benchmarks.mailbox import OWNER, mails
from training.corpora import Mailbox
from training.fitting import POSITIVE_SHARE
from training.own_mail import MAIL_WEIGHT, OWN_MAIL, simulated
from training.retrain import Own, splitting

RANKER = np.full(len(LIGHT), 0.5)


@pytest.fixture(scope="module")
def mail() -> Mailbox:
    """Some hundred made-up messages."""
    found = tuple((parse(one.raw), one.folder == "Sent") for one in mails(200, people=30, seed=5))
    return Mailbox("own", frozenset({OWNER[1]}), found)


@pytest.fixture(scope="module")
def own(mail: Mailbox) -> Own:
    """Its rows."""
    return simulated(mail, RANKER)


def test_every_row_is_of_a_dated_message(own: Own) -> None:
    """In date order, under an owner number of its own."""
    assert {OWN_MAIL} == set(own.rows.owners.tolist())
    assert list(own.dates) == sorted(own.dates)
    assert own.rows.messages.max() < len(own.dates)


def test_ones_own_mail_weighs_more_than_that_of_others(own: Own) -> None:
    """A message to one recipient three times as much; the mistakes their share of the clean ones."""
    clean, wrong = (own.rows.weights[own.rows.labels == label] for label in (0, 1))

    assert clean.max() == MAIL_WEIGHT
    assert abs(wrong.sum() / clean.sum() - POSITIVE_SHARE) < 0.01


def test_labelled_messages_are_left_out(mail: Mailbox, own: Own) -> None:
    """What a person said of them counts alone."""
    sent = [message for message, was_sent in mail.mail if was_sent]
    listed = {message.message_id for message in sent[20:30]}
    dates = {message.date.timestamp() for message in sent[20:30] if message.date}
    rest = simulated(mail, RANKER, labelled=listed)

    assert dates & set(own.dates)
    assert not dates & set(rest.dates)


def test_the_later_part_is_the_last_third_or_so(own: Own) -> None:
    """Later mail is none of the earlier mail, and together they are all of it."""
    moments = splitting(own)
    early, later = own.before(moments), own.since(moments)

    assert len(own.rows.labels) == len(early.labels) + len(later.labels)
    assert early.messages.max() < later.messages.min()


def test_a_mailbox_too_small_to_simulate_gives_nothing() -> None:
    """The first ten messages only learn."""
    few = tuple((parse(one.raw), one.folder == "Sent") for one in mails(12, people=5, seed=5))

    assert () == simulated(Mailbox("own", frozenset({OWNER[1]}), few), RANKER).dates
