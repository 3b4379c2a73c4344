"""Simulated mistakes: each stratum makes what it says, from what was known before, and leaves no trace."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from rapidfuzz.distance import DamerauLevenshtein
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from scanner.detect.organisations import organisation
from scanner.history.history import History
from scanner.message.model import Message, Role
from scanner.message.names import name_tokens
from tests.letters import OWNER, OWNERS, learnt, letter, mailbox
from training.leaks import MODES, STRATA, WHOLE, Injector, Leak, mistype

_PEOPLE = sorted(set(STRATA) - set(WHOLE))


def past_and_clean() -> tuple[History, list[Message]]:
    """A history of 400 mails, and the sent ones among the next 200."""
    mail = mailbox(600)
    return learnt(*(message for message, _ in mail[:400])), [message for message, sent in mail[400:] if sent]


@pytest.fixture(scope="module")
def world() -> tuple[History, list[Message]]:
    """The same for all tests of this file, none of which learns anything."""
    return past_and_clean()


def leaks(world: tuple[History, list[Message]], stratum: int, mode: str) -> list[tuple[Message, Leak]]:
    """Every mistake of a kind that can be made of the clean messages, with the message it was made of."""
    history, clean = world
    injector = Injector(history, OWNERS, random.Random(5))
    found = []
    for number, message in enumerate(clean):
        leak = injector.leak(message, stratum, mode, clean[number + 1 : number + 21])
        if leak is not None:
            found.append((message, leak))
    return found


def addresses(message: Message) -> list[str]:
    """The recipients' addresses in their order."""
    return [one.address for one in message.recipients]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stratum", _PEOPLE)
def test_one_wrong_recipient_is_added_or_put_in_place_of_a_right_one(
    world: tuple[History, list[Message]], stratum: int, mode: str
) -> None:
    """Everybody else stays, and so does all that is written; nobody stands there twice."""
    made = leaks(world, stratum, mode)
    assert made or stratum == 10  # the made-up mailbox speaks of nobody
    for clean, leak in made:
        before, after = addresses(clean), addresses(leak.message)
        (wrong,) = leak.wrong
        assert (stratum, mode) == (leak.stratum, leak.mode)
        assert wrong not in before
        assert wrong not in OWNERS
        assert len(set(after)) == len(after)
        if mode == "add":
            assert before == [address for address in after if address != wrong]
        else:
            place = after.index(wrong)
            assert before[:place] + before[place + 1 :] == after[:place] + after[place + 1 :]
            assert leak.meant is not None
            assert clean.recipients[place].role is leak.message.recipients[place].role
        assert clean == replace(leak.message, recipients=clean.recipients)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stratum", [*_PEOPLE, 11])
def test_wrong_recipients_are_drawn_from_what_was_known_before(
    world: tuple[History, list[Message]], stratum: int, mode: str
) -> None:
    """A contact of the past under a name that the past has; only a typing error makes somebody new."""
    contacts = world[0].contacts
    for _, leak in leaks(world, stratum, mode):
        for one in leak.message.recipients:
            if one.address not in leak.wrong:
                continue
            known = contacts.get(one.address)
            if stratum == 7:
                assert known is None
            else:
                assert known is not None
                assert one.name in {*known.names, ""}


def test_the_same_chance_makes_the_same_mistakes() -> None:
    """Two runs from the same seed agree in everything."""
    one, other = past_and_clean(), past_and_clean()
    for stratum in STRATA:
        assert leaks(one, stratum, "add") == leaks(other, stratum, "add")


def test_a_name_neighbour_shares_a_name(world: tuple[History, list[Message]]) -> None:
    """First or last, with somebody on the message."""
    contacts = world[0].contacts
    for clean, leak in leaks(world, 1, "add"):
        (wrong,) = leak.wrong
        theirs = {
            token
            for one in clean.recipients
            if one.address in contacts.by_address
            for token in contacts.by_address[one.address].tokens
        }
        assert theirs & set(contacts.by_address[wrong].tokens)


def test_a_slip_of_autocomplete_begins_like_the_right_one(world: tuple[History, list[Message]]) -> None:
    """One to three letters of a name or address, and somebody who was written to."""
    contacts = world[0].contacts
    for clean, leak in leaks(world, 2, "replace"):
        wrong = contacts.by_address[next(iter(leak.wrong))]
        right = contacts.get(leak.meant or "")
        starts = {token[0] for token in right.tokens} if right is not None else set()
        starts.add((leak.meant or "")[0])
        assert starts & {wrong.local[0], *(token[0] for token in wrong.tokens)}
        assert wrong.sent
        assert leak.meant in addresses(clean)


def test_a_colleague_who_was_never_with_them_is_at_the_same_domain(
    world: tuple[History, list[Message]],
) -> None:
    """As the one they stand in for."""
    history = world[0]
    for _, leak in leaks(world, 3, "replace"):
        wrong = history.contacts.by_address[next(iter(leak.wrong))]
        meant = leak.meant or ""
        right = history.contacts.get(meant)
        assert meant.rpartition("@")[2] == wrong.domain
        assert right is None or not history.groups.together(right.index, wrong.index)


def test_a_contact_of_like_frequency_is_written_to_about_as_often(
    world: tuple[History, list[Message]],
) -> None:
    """At most twelve contacts are nearer in number."""
    contacts = world[0].contacts
    for _, leak in leaks(world, 4, "replace"):
        wrong = contacts.by_address[next(iter(leak.wrong))]
        right = contacts.get(leak.meant or "")
        count = right.sent if right is not None else 0
        nearer = [c for c in contacts.all if c.sent and abs(c.sent - count) < abs(wrong.sent - count)]
        assert wrong.sent
        assert len(nearer) <= 12 + len(addresses(leak.message))


def test_another_organisation_is_none_of_those_on_the_message(world: tuple[History, list[Message]]) -> None:
    """By registrable domain."""
    for clean, leak in leaks(world, 5, "add"):
        present = {organisation(address.rpartition("@")[2]) for address in addresses(clean)}
        assert organisation(next(iter(leak.wrong)).rpartition("@")[2]) not in present


@pytest.mark.parametrize("mode", MODES)
def test_a_typing_error_is_a_slip_away_from_who_was_meant(
    world: tuple[History, list[Message]], mode: str
) -> None:
    """One edit or two, or another top-level domain; the right one is known or on the message."""
    for clean, leak in leaks(world, 7, mode):
        (wrong,) = leak.wrong
        assert leak.meant is not None
        same_name = leak.meant.rpartition(".")[0] == wrong.rpartition(".")[0]
        assert 1 <= DamerauLevenshtein.distance(wrong, leak.meant) <= 2 or same_name
        assert (leak.meant in addresses(clean)) is (mode == "replace")


def test_a_stale_member_was_on_a_message_with_somebody_of_this_one(
    world: tuple[History, list[Message]],
) -> None:
    """Of the same company once."""
    history = world[0]
    for clean, leak in leaks(world, 8, "add"):
        wrong = history.contacts.by_address[next(iter(leak.wrong))]
        known = [history.contacts.get(address) for address in addresses(clean)]
        assert any(history.groups.together(one.index, wrong.index) for one in known if one is not None)


def test_the_person_talked_about_is_put_into_to() -> None:
    """Whom the text names, not whom it greets."""
    history = learnt(
        letter(1, to=["Bruno Conti <bruno@x.example>"]), letter(2, to=["Carla Weber <carla@y.example>"])
    )
    injector = Injector(history, OWNERS, random.Random(1))
    message = letter(3, to=["deniz@z.example"], named=["Bruno Conti", "Carla"], greets=["Carla"])
    for mode in MODES:
        leak = injector.leak(message, 10, mode)
        assert leak is not None
        assert frozenset({"bruno@x.example"}) == leak.wrong


def test_the_text_of_a_message_to_others_is_swapped_in(world: tuple[History, list[Message]]) -> None:
    """The recipients stay, all of them wrong; the text is that of one of the next messages, to others."""
    clean = world[1]
    texts = {message.own_text: message for message in clean}
    made = leaks(world, 9, "whole")
    assert made
    for message, leak in made:
        other = texts[leak.message.own_text]
        assert message.recipients == leak.message.recipients
        assert leak.wrong == frozenset(addresses(message)) - OWNERS
        assert not set(addresses(other)) & set(addresses(message))
        assert leak.meant in addresses(other)
        assert other.salutation == leak.message.salutation
        assert (message.message_id, message.date) == (leak.message.message_id, leak.message.date)


def test_a_list_shows_many_outsiders_to_each_other(world: tuple[History, list[Message]]) -> None:
    """Eight to thirty, in To or in Cc, of several organisations; all of them are wrong there."""
    ungreeted = (world[0], [replace(message, salutation=None) for message in world[1]])
    made = leaks(ungreeted, 11, "whole")
    assert made
    for _, leak in made:
        exposed = [one for one in leak.message.recipients if one.address in leak.wrong]
        assert 8 <= len(exposed) <= 30
        assert 1 == len({one.role for one in exposed})
        assert exposed[0].role is not Role.BCC


@pytest.mark.parametrize("stratum", sorted(STRATA))
def test_where_nothing_can_go_wrong_nothing_is_made(stratum: int) -> None:
    """No recipients, only the owner, or a mailbox that knows nobody."""
    injector = Injector(History(), OWNERS, random.Random(1))
    assert injector.leak(letter(1, to=[]), stratum, "add") is None
    assert injector.leak(letter(1, to=[OWNER]), stratum, "replace") is None
    assert injector.leak(letter(1, to=["bruno@x.example"]), stratum, "add") is None


def _letters_of_a_mixed_world() -> tuple[History, list[Message]]:
    """Sixty contacts, every second without a display name, as in the address book so in every header."""
    chance = random.Random(3)
    names = ("Ada", "Bruno", "Carla", "Deniz", "Elif", "Franz")
    people = [
        f"{names[n % 6]} Person{n % 7} <{names[n % 6].lower()}{n}@org{n % 9}.example>"
        if n % 2
        else f"{names[n % 6].lower()}{n}@org{n % 9}.example"
        for n in range(60)
    ]

    def written(number: int) -> Message:
        some = chance.sample(people, chance.randint(1, 6))
        cut = chance.randint(1, len(some))
        return letter(number, to=some[:cut], cc=some[cut:])

    return learnt(*(written(n) for n in range(300))), [written(n) for n in range(1_000, 1_500)]


@pytest.mark.parametrize("strata", [(1, 2), (3, 4), (5, 6), (8,)])
@pytest.mark.parametrize("mode", MODES)
def test_place_and_name_do_not_give_the_wrong_one_away(mode: str, strata: Sequence[int]) -> None:
    """A model that sees nothing else tells right from wrong in a header field no better than by chance."""
    world = _letters_of_a_mixed_world()
    rows: list[list[float]] = []
    labels: list[bool] = []
    fields: list[slice] = []
    for stratum in strata:
        for _, leak in leaks(world, stratum, mode):
            for role in (Role.TO, Role.CC):
                peers = [one for one in leak.message.recipients if one.role is role]
                marks = [one.address in leak.wrong for one in peers]
                if any(marks) and not all(marks):
                    fields.append(slice(len(rows), len(rows) + len(peers)))
                    rows += [
                        [
                            float(place),
                            float(place - len(peers)),
                            float(role is Role.TO),
                            float(bool(one.name)),
                        ]
                        for place, one in enumerate(peers)
                    ]
                    labels += marks
    assert len(fields) > 200
    model = DecisionTreeClassifier(max_leaf_nodes=24, min_samples_leaf=30, random_state=0)
    wrong = np.array(labels)
    guess = cross_val_predict(model, np.array(rows), wrong, cv=4, method="predict_proba")[:, 1]
    # Within one field, since how many stand there says how likely each of them is the added one.
    above = [(guess[f][wrong[f]] > guess[f][~wrong[f]]).mean() for f in fields]
    equal = [(guess[f][wrong[f]] == guess[f][~wrong[f]]).mean() for f in fields]
    # Half is chance; 0.06 is two to three standard errors of some hundred fields.
    assert 0.44 < np.mean(above) + 0.5 * np.mean(equal) < 0.56


@pytest.mark.parametrize("mode", MODES)
def test_wrong_recipients_stand_in_to_and_cc_as_right_ones_do(mode: str) -> None:
    """In the same shares."""
    world = _letters_of_a_mixed_world()
    clean = [one.role is Role.TO for message in world[1] for one in message.recipients]
    wrong = [
        one.role is Role.TO
        for stratum in (1, 5, 6)
        for _, leak in leaks(world, stratum, mode)
        for one in leak.message.recipients
        if one.address in leak.wrong
    ]
    # By mode: each right recipient is replaced alike; of an added one the role is drawn per message.
    per_message = [
        sum(one.role is Role.TO for one in message.recipients) / len(message.recipients)
        for message in world[1]
    ]
    assert np.mean(per_message) == pytest.approx(np.mean(wrong), abs=0.04)
    assert np.mean(clean) == pytest.approx(np.mean(wrong), abs=0.15)


def test_a_slip_of_the_finger_changes_little_and_never_nothing() -> None:
    """Or says that it could not: then there is no address."""
    chance = random.Random(2)
    slips = [mistype("carla.weber@partner.example", chance) for _ in range(500)]
    assert all(slip != "carla.weber@partner.example" for slip in slips)
    made = [slip for slip in slips if slip]
    assert len(made) > 450
    assert all(slip.count("@") == 1 and not slip.startswith("@") for slip in made)
    assert len(set(made)) > 100
    assert {True, False} == {slip.endswith("@partner.example") for slip in made}


@pytest.mark.parametrize("address", ["", "no-at-sign", "@x.example", "a@b", "a@"])
def test_an_odd_address_is_mistyped_without_error(address: str) -> None:
    """Into another one, or not at all."""
    chance = random.Random(1)
    assert address not in {mistype(address, chance) for _ in range(50) if address}


def test_names_of_wrong_recipients_are_those_that_were_seen(world: tuple[History, list[Message]]) -> None:
    """A name of the address book, whole, not made of the address."""
    seen = {one.name for message, _ in mailbox(400) for one in message.recipients}
    seen |= {message.sender.name for message, _ in mailbox(400)}
    for _, leak in leaks(world, 6, "add"):
        (name,) = (one.name for one in leak.message.recipients if one.address in leak.wrong)
        assert name in seen
        assert len(name_tokens(name)) >= 2
