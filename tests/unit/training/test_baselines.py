"""Each published method finds what it was made to find, from the history before a message alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.history.terms import TermHasher
from scanner.message.model import Message
from tests.letters import OWNER, OWNERS, facts, letter, mailbox
from training.baselines.published import BASELINES, RERANKER, baseline_scores, features
from training.baselines.state import COLUMN, COLUMNS, Published
from training.baselines.texts import Texts
from training.corpora import Mailbox
from training.dataset import Case, replay

BRUNO, CARLA, DORA = "bruno.conti@firm.example", "carla.villa@firm.example", "dora.serra@firm.example"
NAMESAKE = "bruno.rossi@client.example"
OWN = frozenset({"firm.example"})
BOATS, TAXES = "boat sail harbour anchor mast rope", "invoice tax ledger audit balance receipt"
_HASHER = TermHasher()


def learnt(*messages: Message) -> Published:
    """What the baselines know after these mails."""
    state = Published(OWN)
    for message in messages:
        state.learn(facts(message, hasher=_HASHER))
    return state


def column(state: Published, name: str, message: Message) -> list[float]:
    """One number per recipient."""
    found: list[float] = state.columns(facts(message, hasher=_HASHER))[:, COLUMN[name]].tolist()
    return found


def letters(count: int, to: list[str], *, first: int = 1, text: str = "") -> list[Message]:
    """The same mail so many times."""
    return [letter(first + number, to=to, text=text) for number in range(count)]


def test_who_is_written_to_often_is_less_suspicious_than_who_seldom_is() -> None:
    """Frequency counts sent messages only; who was never written to has the least."""
    state = learnt(*letters(9, [BRUNO]), *letters(1, [CARLA], first=20), letter(30, sender=DORA, to=[OWNER]))
    often, seldom, never = column(state, "frequency", letter(40, to=[BRUNO, CARLA, DORA]))
    assert often > seldom > never
    assert pytest.approx([0.9, 0.1, 0.0]) == column(state, "sent", letter(40, to=[BRUNO, CARLA, DORA]))
    assert [0.0, 0.0, 1.0] == column(state, "received", letter(40, to=[BRUNO, CARLA, DORA]))


@pytest.mark.parametrize("name", ["tfidf", "knn", "fused"])
def test_the_text_points_at_whom_such_texts_went_to(name: str) -> None:
    """Centroid, nearest neighbours and the fusion prefer the person of the topic."""
    state = learnt(*letters(5, [BRUNO], text=BOATS), *letters(5, [CARLA], first=10, text=TAXES))
    right, wrong = column(state, name, letter(30, to=[BRUNO, CARLA], text="the mast and the anchor"))
    assert right > wrong


def test_centroids_are_those_of_the_definition() -> None:
    """Cosine to the mean of a person's unit vectors, worked out the long way, right after a refresh."""
    chance = np.random.default_rng(3)
    docs: list[dict[int, float]] = [
        {int(term): float(count) for term, count in zip(chance.choice(30, 6), chance.random(6), strict=True)}
        for _ in range(41)
    ]
    people = [int(chance.integers(3)) for _ in docs]
    texts = Texts()
    for doc, who in zip(docs, people, strict=True):
        texts.learn(doc, [who, 3], sent=who == 0)
    query = {1: 1.0, 2: 0.5, 7: 2.0}
    held = np.array([sum(term in doc for doc in docs) for term in range(30)])
    weights = np.log((len(docs) + 1.0) / (held + 0.5))

    def unit(terms: dict[int, float]) -> NDArray[np.float64]:
        vector = np.zeros(30)
        for term, count in terms.items():
            vector[term] = count * weights[term]
        return np.asarray(vector / np.linalg.norm(vector))

    found = texts.likeness(query)
    for who in range(4):
        mean = sum(unit(doc) for doc, one in zip(docs, people, strict=True) if who in (one, 3))
        expected = float(unit(query) @ mean / np.linalg.norm(mean))
        assert pytest.approx(expected, rel=1e-4) == found.centroid[who]
    assert 0.0 == found.sent_centroid[1]
    assert pytest.approx(found.centroid[0]) == found.sent_centroid[0]


def test_one_who_was_never_with_the_others_has_no_share_in_their_company() -> None:
    """Joint counts over those of all recipients; equal shares where nobody was ever together."""
    state = learnt(*letters(4, [BRUNO, CARLA]), *letters(4, [DORA], first=10))
    assert [0.5, 0.5, 0.0] == column(state, "joint", letter(30, to=[BRUNO, CARLA, DORA]))
    assert [1.0, 1.0, 0.0] == column(state, "pair", letter(30, to=[BRUNO, CARLA, DORA]))
    assert [0.5, 0.5] == column(state, "joint", letter(30, to=[BRUNO, DORA]))


def test_the_one_written_to_most_of_all_with_the_same_three_letters_stands_out() -> None:
    """The entry that autocompletion would offer first."""
    state = learnt(*letters(3, [BRUNO]), *letters(1, [NAMESAKE], first=10))
    assert [1.0, 0.0, 0.0] == column(state, "max3g", letter(30, to=[BRUNO, NAMESAKE, CARLA]))


def test_the_fusion_adds_up_the_reciprocal_ranks() -> None:
    """Bruno leads by frequency, Carla by recency; neither text says anything."""
    days = [letter(day, to=[BRUNO], day=day) for day in range(3)]
    latest = [letter(500 + n, to=[DORA], day=4 + n) for n in range(2)]
    state = learnt(*days, *latest, letter(900, to=[CARLA], day=99))
    bruno, carla, new = column(state, "fused", letter(901, to=[BRUNO, CARLA, NAMESAKE], day=100))
    assert pytest.approx((1.0 + 1.0, 1.0 / 3 + 1.0 / 3, 0.0)) == (bruno, carla, new)


def test_the_wrong_bob_is_who_bears_the_name_of_the_one_the_others_suggest() -> None:
    """And the others, who belong together, are beyond suspicion; alone nobody can be judged."""
    state = learnt(*letters(6, [BRUNO, CARLA, DORA]), *letters(3, [NAMESAKE], first=10))
    slip = letter(30, to=[NAMESAKE, CARLA, DORA])
    wrong, carla, dora = column(state, "bob", slip)
    assert wrong > 0.3
    assert max(carla, dora) < 0.0
    assert [0.0] == column(state, "bob", letter(30, to=[NAMESAKE]))


def test_a_stranger_without_a_namesake_is_no_wrong_bob() -> None:
    """Only a name in common makes a swap likely."""
    state = learnt(*letters(6, [BRUNO, CARLA, DORA]))
    stranger = column(state, "bob", letter(30, to=["emil.kern@other.example", CARLA, DORA]))[0]
    assert 0.0 == stranger


def test_the_plain_rules_see_other_organisations_many_domains_and_new_people() -> None:
    """Each rule is 0 or 1; many domains concern only those outside."""
    state = learnt(*letters(2, [BRUNO, NAMESAKE]))
    two = letter(30, to=[BRUNO, NAMESAKE, "emil@other.example"])
    assert [0.0, 1.0, 1.0] == column(state, "external", two)
    assert [0.0, 0.0, 0.0] == column(state, "domains", two)
    assert [0.0, 0.0, 1.0] == column(state, "new", two)
    four = letter(31, to=[BRUNO, NAMESAKE, "emil@other.example", "fay@third.example"])
    assert [0.0, 1.0, 1.0, 1.0] == column(state, "domains", four)


def test_scoring_changes_nothing_and_the_first_message_can_be_scored() -> None:
    """A message is only known once it is learnt."""
    state = learnt()
    message = letter(1, to=[BRUNO, CARLA], text=BOATS)
    first = state.columns(facts(message, hasher=_HASHER))
    np.testing.assert_array_equal(first, state.columns(facts(message, hasher=_HASHER)))
    assert [1.0, 1.0] == first[:, COLUMN["new"]].tolist()
    assert np.isfinite(first).all()
    assert [] == state.known()


def test_mail_that_no_person_wrote_makes_nobody_known() -> None:
    """Newsletters fill no address book."""
    state = learnt(letter(1, sender=CARLA, to=[OWNER], automatic=True), letter(2, sender=DORA, to=[OWNER]))
    assert [DORA] == state.known()


def a_mailbox(name: str, seed: int, count: int = 140) -> Mailbox:
    """A made-up owner's mailbox."""
    return Mailbox(name, OWNERS, mailbox(count, seed=seed))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The cases of three owners with the numbers of the published methods."""
    return [
        case
        for seed in range(3)
        for case in replay(a_mailbox(f"o{seed}", seed), strata=(3, 6, 7), baselines=True)
    ]


def test_a_replay_scores_strictly_before_it_learns(cases: list[Case]) -> None:
    """The numbers of a clean message are those of a state that learnt all mail before it, and no other."""
    box, hasher = a_mailbox("o0", 0), TermHasher()
    state = Published(OWN)
    own = [case for case in cases if case.owner == "o0" and not case.stratum]
    rows = iter(own)
    ordinal = 0
    for message, sent in box.mail:
        known = facts(message, hasher=hasher)
        if sent:
            if ordinal >= 10 and known.recipients:
                np.testing.assert_array_equal(next(rows).published, state.columns(known))
            ordinal += 1
        state.learn(known)
    assert next(rows, None) is None


def test_who_does_not_ask_for_baselines_gets_none() -> None:
    """The same cases, without their numbers."""
    assert {(0, len(COLUMNS))} == {case.published.shape for case in replay(a_mailbox("o0", 0), strata=(6,))}


def test_every_baseline_scores_every_recipient_the_same_each_time(cases: list[Case]) -> None:
    """Eight methods in a fixed order, one finite number per recipient."""
    one, other = baseline_scores(cases), baseline_scores(cases)
    assert BASELINES == tuple(one)
    for name, scores in one.items():
        assert [len(case.wrong) for case in cases] == [len(score) for score in scores]
        for score, again in zip(scores, other[name], strict=True):
            np.testing.assert_array_equal(score, again)
            assert np.isfinite(score).all()


def test_the_reranker_learns_from_other_owners_only(cases: list[Case]) -> None:
    """What is right and wrong in an owner's own mail has no part in that owner's scores."""
    upset = [
        replace(case, stratum=6 if not case.stratum else 0, wrong=~case.wrong) if case.owner == "o0" else case
        for case in cases
    ]
    one, other = baseline_scores(cases)[RERANKER], baseline_scores(upset)[RERANKER]
    own = [place for place, case in enumerate(cases) if case.owner == "o0"]
    for place in own:
        np.testing.assert_allclose(one[place], other[place], atol=1e-6)
    assert any(
        not np.allclose(first, second, atol=1e-3)
        for place, (first, second) in enumerate(zip(one, other, strict=True))
        if place not in own
    )


def test_the_reranker_finds_more_than_chance(cases: list[Case]) -> None:
    """A wrong recipient ranks above the right ones of clean messages more often than not."""
    for name in (RERANKER, "frequency only"):
        scores = baseline_scores(cases)[name]
        wrong = np.concatenate([s[case.wrong] for case, s in zip(cases, scores, strict=True) if case.stratum])
        right = np.concatenate([s for case, s in zip(cases, scores, strict=True) if not case.stratum])
        assert (wrong[:, None] > right[None, :]).mean() > 0.6
    assert all(np.isfinite(features(case)).all() for case in cases)
