"""The injector leaves no trace: whoever sees only how recipients stand in the header guesses by chance.

Several made-up mailboxes are replayed as for training. A model sees of each recipient where it stands and
how it is named, nothing of who it is; it learns on some mailboxes and has to tell the wrong ones of the
others. Simulated mistakes with a deliberate trace show that it would be found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from scanner.message.model import Message, Recipient, Role
from scanner.message.names import name_tokens
from tests.letters import OWNER, OWNERS, letter
from training import dataset
from training.corpora import Mailbox
from training.leaks import Injector, Leak

_MAILBOXES = 5
_SENT = 90
_FIRST = "Ada Bruno Carla Deniz Elif Franz Greta Hugo Ines Jonas Karla Luca Mara Nils Olga Paolo".split()
_LAST = "Abele Bauer Conti Demir Ekici Ferri Gallo Hahn Ivanov Jansen Kaya Lang Moretti Nowak".split()
_UNSEEN = 7
_SURE = 0.001
"""Of chance: an innocent injector fails the test once in a thousand seeds, and the seed is fixed."""

Trace = Callable[[tuple[Recipient, ...], str, str], tuple[Recipient, ...]]
"""From recipients, the wrong one's address and the address book's name for it, to other recipients."""


@dataclass(frozen=True)
class Seen:
    """A message's recipients with the wrong one's address, and the address book's names at that time."""

    mailbox: int
    stratum: int
    recipients: tuple[Recipient, ...]
    wrong: str
    book: dict[str, str]


@dataclass(frozen=True)
class World:
    """What the injector made, and the never-seen recipients of clean messages, each with its mailbox."""

    made: list[Seen]
    strangers: list[tuple[int, Recipient]]


def a_person(number: int, chance: random.Random) -> str:
    """Name in one of the forms that headers have, or none, and address."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    name = chance.choice(
        [f"{first} {last}", f"{last}, {first}", f"{first} {last}".upper(), first.lower(), ""]
    )
    return f"{name} <{first.lower()}.{last.lower()}{number}@org{number % 8}.example>"


def varied_mailbox(number: int) -> Mailbox:
    """People named each in a way of their own and not every time; now and then somebody new."""
    chance = random.Random(number)
    people = [a_person(n, chance) for n in range(40)]
    sure: dict[str, float] = {}

    def written(one: str) -> str:
        often = sure.setdefault(one, chance.choice([1.0, 0.9, 0.9, 0.3]))
        return one if chance.random() < often else one[one.index("<") + 1 : -1]

    mail: list[tuple[Message, bool]] = []
    while sum(sent for _, sent in mail) < _SENT:
        some = list(
            dict.fromkeys(people[int(40 * chance.random() ** 2)] for _ in range(chance.randint(1, 7)))
        )
        if chance.random() < 0.4:
            some.append(a_person(1000 + len(mail), chance))
        chance.shuffle(some)
        cut = chance.randint(1, len(some))
        sent = chance.random() < 0.6
        to, cc = [written(one) for one in some[:cut]], [written(one) for one in some[cut:]]
        text = chance.choice(["Please look.", "As discussed.", "See below."])
        count = len(mail) + 1
        message = (
            letter(count, to=to, cc=cc, subject=f"About {count}", text=text)
            if sent
            else letter(count, sender=to[0], to=[OWNER, *to[1:]], cc=cc, text=text)
        )
        mail.append((message, sent))
    return Mailbox(f"owner{number}", OWNERS, tuple(mail))


@pytest.fixture(scope="module")
def world() -> World:
    """All that the injector made in the replay of five mailboxes."""
    made: list[Seen] = []
    strangers: list[tuple[int, Recipient]] = []
    replayed = 0

    class Watched(Injector):
        """The injector, and what it did."""

        def leak(
            self, message: Message, stratum: int, mode: str, upcoming: Sequence[Message] = ()
        ) -> Leak | None:
            leak = super().leak(message, stratum, mode, upcoming)
            contacts = self.history.contacts
            if stratum == _UNSEEN:
                strangers.extend(
                    (replayed, one) for one in message.recipients if contacts.get(one.address) is None
                )
            if leak is not None:
                people = leak.message.recipients
                book = {one.address: contact.name for one in people if (contact := contacts.get(one.address))}
                made.append(Seen(replayed, stratum, people, next(iter(leak.wrong)), book))
            return leak

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "Injector", Watched)
        for replayed in range(_MAILBOXES):
            dataset.replay(varied_mailbox(replayed), strata=(1, 2, 3, 4, 5, 6, _UNSEEN, 8))
    return World(made, strangers)


def how_it_stands(peers: Sequence[Recipient], place: int, book: str) -> list[float]:
    """Place, order, role, and the form of the name, by itself and against the address book."""
    one = peers[place]
    sides = [other for other in (place - 1, place + 1) if 0 <= other < len(peers)]
    ordered = [(peers[other].address < one.address) == (other < place) for other in sides]
    return [
        place,
        place - len(peers),
        place / max(1, len(peers) - 1),
        float(one.role is Role.TO),
        float(np.mean(ordered)) if ordered else 0.5,
        float(bool(one.name)),
        float(one.name == book),
        float(one.name.isupper()) - float(one.name.islower()),
        float("," in one.name),
        len(name_tokens(one.name)),
        len(one.name),
    ]


def untouched(recipients: tuple[Recipient, ...], _wrong: str, _book: str) -> tuple[Recipient, ...]:
    """As the injector left them."""
    return recipients


def put_last(recipients: tuple[Recipient, ...], wrong: str, _book: str) -> tuple[Recipient, ...]:
    """A trace: the wrong one stands behind all others of its field."""
    return tuple(sorted(recipients, key=lambda one: one.address == wrong))


def without_name(recipients: tuple[Recipient, ...], wrong: str, _book: str) -> tuple[Recipient, ...]:
    """A trace: the wrong one has no display name."""
    return tuple(replace(one, name="") if one.address == wrong else one for one in recipients)


def always_named(recipients: tuple[Recipient, ...], wrong: str, book: str) -> tuple[Recipient, ...]:
    """A trace: the wrong one has the address book's name each time."""
    return tuple(replace(one, name=book) if one.address == wrong else one for one in recipients)


def guessed(world: World, trace: Trace) -> tuple[float, float]:
    """Share of pairs in one header field that are told apart, and how often chance does as well.

    Within a field of a message, since how many stand there says how likely each is the added one, and
    among those of whom the address book has a name, since nobody is named by mistake otherwise. By
    chance: somebody of the same field is taken for the wrong one, 2,000 times.
    """
    rows: list[list[float]] = []
    wrong: list[bool] = []
    mailbox: list[int] = []
    fields: list[slice] = []
    for one in world.made:
        if one.stratum == _UNSEEN:
            continue
        recipients = trace(one.recipients, one.wrong, one.book.get(one.wrong, ""))
        role = next(r.role for r in recipients if r.address == one.wrong)
        peers = [r for r in recipients if r.role is role]
        known = [place for place, r in enumerate(peers) if one.book.get(r.address)]
        if len(known) > 1 and one.book.get(one.wrong):
            fields.append(slice(len(rows), len(rows) + len(known)))
            rows += [how_it_stands(peers, place, one.book[peers[place].address]) for place in known]
            wrong += [peers[place].address == one.wrong for place in known]
            mailbox += [one.mailbox] * len(known)
    assert len(fields) > 800
    numbers, y, where = np.array(rows), np.array(wrong), np.array(mailbox)
    guess = held_out_guess(numbers, y, where)
    above = []
    for field in fields:
        values = guess[field]
        pairs = (values[:, None] > values[None, :]).sum(axis=1) + 0.5 * (
            (values[:, None] == values[None, :]).sum(axis=1) - 1
        )
        above.append(pairs / (len(values) - 1))
    found = float(np.mean([shares[y[field]][0] for shares, field in zip(above, fields, strict=True)]))
    rng = np.random.default_rng(0)
    drawn = np.mean([rng.choice(shares, size=2_000) for shares in above], axis=0)
    return found, float((drawn >= found).mean())


def held_out_guess(
    numbers: NDArray[np.float64], y: NDArray[np.bool_], where: NDArray[np.int_]
) -> NDArray[np.float64]:
    """How likely each row is a wrong recipient, by a tree grown on the other mailboxes."""
    guess = np.zeros(len(y))
    for held in np.unique(where):
        tree = DecisionTreeClassifier(max_leaf_nodes=12, min_samples_leaf=40, random_state=0)
        test = where == held
        guess[test] = tree.fit(numbers[~test], y[~test]).predict_proba(numbers[test])[:, 1]
    return guess


def test_place_order_role_and_name_do_not_give_the_wrong_one_away(world: World) -> None:
    """Nothing in which the injector has a hand tells more than chance."""
    found, chance = guessed(world, untouched)
    assert chance > _SURE, found


@pytest.mark.parametrize("trace", [put_last, without_name, always_named])
def test_a_trace_would_be_found(world: World, trace: Trace) -> None:
    """Each of these is one that simulated mistakes have had somewhere."""
    found, chance = guessed(world, trace)
    assert found > 0.5
    assert chance < _SURE


def strangers(world: World, *, traced: bool) -> tuple[float, float]:
    """The same for addresses never seen: typing errors against right first contacts, by the name alone."""
    right = world.strangers
    wrong = [
        (one.mailbox, next(r for r in one.recipients if r.address == one.wrong))
        for one in world.made
        if one.stratum == _UNSEEN
    ]
    if traced:
        wrong = [(number, replace(one, name="")) for number, one in wrong]
    assert min(len(right), len(wrong)) > 100
    named = np.array([bool(one.name) for _, one in [*wrong, *right]], dtype=float)
    y = np.array([True] * len(wrong) + [False] * len(right))
    where = np.array([number for number, _ in [*wrong, *right]])

    def area(labels: NDArray[np.bool_]) -> float:
        one, other = named[labels], named[~labels]
        return float((one[:, None] > other[None, :]).mean() + 0.5 * (one[:, None] == other[None, :]).mean())

    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(2_000):
        labels = y.copy()
        for number in np.unique(where):  # among those of one mailbox, whose habits are its own
            labels[where == number] = rng.permutation(labels[where == number])
        drawn.append(area(labels))
    by_chance = np.array(drawn)
    off = np.abs(by_chance - by_chance.mean())
    return area(y), float((off >= abs(area(y) - by_chance.mean())).mean())


def test_a_typing_error_is_named_as_often_as_a_right_first_contact(world: World) -> None:
    """No more and no less than chance allows."""
    found, chance = strangers(world, traced=False)
    assert chance > _SURE, found
    assert strangers(world, traced=True)[1] < _SURE
