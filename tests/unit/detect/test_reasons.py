"""Why a recipient looks wrong: shares that add up, and sentences that can be checked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.detect.features.table import NAMES, columns
from scanner.detect.reasons import ENGLISH, EXPLAINED, contributions, make_reason
from scanner.history.history import History
from scanner.message.model import Kind, Message
from tests.letters import OWNER, learnt, letter, quoting
from tests.unit.detect.looking import sentence

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"

Rows = NDArray[np.float64]


def _of(family: str) -> list[int]:
    return [column for part in EXPLAINED[family] for column in columns(part)]


def _tangled(rows: Rows) -> list[float]:
    """Log-odds in which families act alone, in pairs and by steps."""
    one, two, three = (rows[:, _of(family)].sum(axis=1) for family in ("history", "quoted", "content"))
    found: list[float] = (np.tanh(one) + one * two + np.where(three > 0.0, 2.0 * one, -1.0)).tolist()
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_shares_add_up_to_the_difference_in_log_odds(seed: int) -> None:
    """Exactly, however the families act together."""
    chance = np.random.default_rng(seed)
    row, typical = chance.normal(size=(2, len(NAMES)))
    parts = contributions(row, typical, _tangled)
    whole, base = _tangled(np.stack([row, typical]))
    assert whole - base == pytest.approx(sum(parts.values()), abs=1e-9)


def test_what_plays_no_part_has_no_share() -> None:
    """And nothing has one in a row that is the typical one."""
    chance = np.random.default_rng(7)
    row, typical = chance.normal(size=(2, len(NAMES)))
    parts = contributions(row, typical, _tangled)
    idle = set(EXPLAINED) - {"history", "quoted", "content"}
    assert all(parts[family] == pytest.approx(0.0, abs=1e-12) for family in idle)
    assert all(part == 0.0 for part in contributions(row, row, _tangled).values())


def test_families_that_act_alike_have_equal_shares() -> None:
    """Symmetry: who brings the same to every company brings the same."""

    def both(rows: Rows) -> list[float]:
        first, second = (rows[:, _of(family)].max(axis=1) for family in ("group", "thread"))
        found: list[float] = (first * second + np.maximum(first, second)).tolist()
        return found

    row, typical = np.full(len(NAMES), 2.0), np.zeros(len(NAMES))
    parts = contributions(row, typical, both)
    assert 6.0 == pytest.approx(parts["group"] + parts["thread"])
    assert parts["group"] == pytest.approx(parts["thread"])


def test_where_families_only_add_each_has_what_it_adds() -> None:
    """A linear score is explained by its own terms."""
    weights = np.random.default_rng(3).normal(size=len(NAMES))
    row = np.random.default_rng(4).normal(size=len(NAMES))
    parts = contributions(row, np.zeros(len(NAMES)), lambda rows: list((rows @ weights).tolist()))
    for family, part in parts.items():
        assert float(row[_of(family)] @ weights[_of(family)]) == pytest.approx(part, abs=1e-9)


def test_the_families_that_are_explained_are_all_features() -> None:
    """Nothing that the classifier sees is left without an explanation."""
    explained = [column for family in EXPLAINED for column in _of(family)]
    assert list(range(len(NAMES))) == sorted(explained)


def test_features_that_are_missing_are_no_trouble() -> None:
    """NaN is a value like any other."""
    row, typical = np.full(len(NAMES), math.nan), np.zeros(len(NAMES))
    parts = contributions(row, typical, lambda rows: list(np.isnan(rows).sum(axis=1).astype(float).tolist()))
    assert float(len(NAMES)) == pytest.approx(sum(parts.values()))


def past(*messages: Message) -> History:
    """Bruno, Carla and Deniz were written to twice each, then came these mails."""
    known = [letter(n, day=-n, to=[(BRUNO, CARLA, DENIZ)[n % 3]]) for n in range(6, 0, -1)]
    return learnt(*known, *messages)


def test_an_address_never_seen_is_named() -> None:
    """The address stands in the sentence."""
    found = sentence("history", letter(50, to=["new@x.example"]), past())
    assert "You have never written to new@x.example, and no mail in this mailbox ever named it." == found


def test_an_address_seen_but_never_written_to_is_a_first() -> None:
    """Under the name by which it is known."""
    known = past(letter(20, sender="Zoe Abele <zoe@x.example>", to=[OWNER]))
    assert "You have never written to Zoe Abele before." == sentence(
        "history", letter(50, to=["zoe@x.example"]), known
    )


def test_a_typing_error_names_the_address_that_was_meant() -> None:
    """And how often it was written to."""
    assert (
        "carla.wber@partner.example differs by a letter or two from carla.weber@partner.example, "
        "to whom you have written 2 times."
        == sentence("address", letter(50, to=["carla.wber@partner.example"]), past())
    )


def test_the_look_alike_is_within_two_letters_though_a_busier_one_is_at_three() -> None:
    """The sentence must be true when a person checks it."""
    busy = [letter(n, to=["karlo.weborn@partner.example"]) for n in range(10, 30)]
    found = sentence("address", letter(50, to=["carla.webern@partner.example"]), past(*busy))
    assert "a letter or two from carla.weber@partner.example," in found


def test_characters_that_pass_for_others_are_told() -> None:
    """A Cyrillic letter in a Latin name."""
    found = sentence("address", letter(50, to=["c\u0430rla.weber@partner.example"]), past())
    assert found.endswith("holds characters that pass for others.")


def test_the_same_name_elsewhere_is_told() -> None:
    """With the address that is known."""
    found = sentence("address", letter(50, to=["Carla Weber <cw@somewhere.test>"]), past())
    assert "You know somebody of this name under another address: carla.weber@partner.example." == found


def test_a_misspelt_domain_is_told() -> None:
    """Nearly a known one."""
    found = sentence("address", letter(50, to=["zoe@partnr.example"]), past())
    assert "The domain of zoe@partnr.example is almost, but not quite, one that you know." == found


def test_a_greeting_for_another_person_names_them() -> None:
    """Whom it fits, and whom it does not."""
    found = sentence("salutation", letter(50, to=[DENIZ], greets=["Carla"]), past())
    assert (
        "The message greets “Carla”, which fits Carla Weber <carla.weber@partner.example> "
        "and not Deniz Kaya." == found
    )


def test_a_greeting_that_fits_nobody_is_told() -> None:
    """Without a guess at who it is."""
    found = sentence("salutation", letter(50, to=[DENIZ], greets=["Xaver"]), past())
    assert "The message greets “Xaver”, which does not fit Deniz Kaya." == found


def test_a_greeting_that_fits_is_no_reason() -> None:
    """There is nothing to say."""
    assert "" == sentence("salutation", letter(50, to=[CARLA], greets=["Carla"]), past())


def test_a_stranger_to_the_conversation_is_told() -> None:
    """Somebody who took no part, and somebody who was left out lately."""
    known = past(
        letter(20, to=[BRUNO, CARLA], subject="The harbour"),
        letter(21, sender=CARLA, to=[OWNER], subject="The harbour", answers=20),
    )
    message = letter(22, to=[DENIZ, BRUNO, CARLA], subject="The harbour", answers=21)
    assert "took no part in this conversation." in sentence("thread", message, known)
    assert "was no longer on the latest message" in sentence("thread", message, known, position=1)
    assert "" == sentence("thread", message, known, position=2)


def test_the_quoted_sender_who_is_missing_is_named() -> None:
    """The person who is answered is not a recipient."""
    message = letter(50, to=[DENIZ], kind=Kind.REPLY, quoted=[quoting(CARLA, to=[OWNER])])
    assert (
        "The quoted mail came from Carla Weber <carla.weber@partner.example>, who is not a recipient."
        == sentence("quoted", message, past())
    )


def test_somebody_whom_the_quoted_mail_does_not_name_is_told() -> None:
    """Where its sender is answered."""
    message = letter(50, to=[CARLA, DENIZ], kind=Kind.REPLY, quoted=[quoting(CARLA, to=[OWNER])])
    assert "The quoted mail names other people, but not Deniz Kaya." == sentence(
        "quoted", message, past(), position=1
    )
    assert "" == sentence("quoted", message, past())


def test_company_never_kept_is_told() -> None:
    """With one of the others."""
    found = sentence("group", letter(50, to=[DENIZ, CARLA]), past())
    assert "Deniz Kaya was never on a message together with Carla Weber." == found
    assert "" == sentence("group", letter(50, to=[DENIZ]), past())


def test_a_person_spoken_of_is_told() -> None:
    """As of somebody else."""
    message = letter(50, to=[CARLA], named=["Carla Weber"], greets=["Bruno"])
    assert "speaks of Carla Weber" in sentence("mention", message, past())


def test_a_topic_of_somebody_else_names_them() -> None:
    """Whom one writes to about it."""
    known = past(*(letter(n, to=[CARLA], text="crane harbour concrete") for n in range(10, 20)))
    found = sentence("content", letter(50, to=[DENIZ], text="crane harbour concrete"), known)
    assert "What it is about you usually write about with Carla Weber <carla.weber@partner.example>." == found


def test_every_sentence_can_be_filled() -> None:
    """No sentence asks for what no reason has."""
    names = (
        "name address times ago near near_times named greeting greeted quoted topic others outsiders "
        "organisations meant"
    )
    fields = dict.fromkeys(names.split(), "x")
    for key in ENGLISH:
        assert "{" not in make_reason("history", 1.0, key, fields).text


def test_braces_in_a_name_are_only_braces() -> None:
    """A display name cannot ask for other values."""
    reason = make_reason("history", 1.0, "never_mailed", {"name": "{address} {0}", "address": "secret"})
    assert "You have never written to {address} {0} before." == reason.text
    assert (("name", "{address} {0}"),) == reason.values
