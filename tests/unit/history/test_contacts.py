"""What is known of a contact, how it fades, and how contacts are found."""

from __future__ import annotations

import math

import pytest

from scanner.history.contacts import Contact, Contacts, decayed
from scanner.history.history import History
from tests.letters import OWNER, facts, learnt, letter

DAY = 86_400.0


def the(history: History, address: str) -> Contact:
    """The contact that is known to be there."""
    contact = history.contacts.get(address)
    assert contact is not None
    return contact


def test_a_count_halves_once_in_its_half_life() -> None:
    """And is whole at its own time, also for a moment before it."""
    assert 4.0 == decayed(4.0, 0.0, 0.0, 10.0)
    assert 2.0 == decayed(4.0, 0.0, 10.0, 10.0)
    assert 1.0 == decayed(4.0, 0.0, 20.0, 10.0)
    assert 4.0 == decayed(4.0, 50.0, 10.0, 10.0)


def test_a_count_fades_to_nothing_in_ages_without_error() -> None:
    """Ten thousand half-lives are no overflow."""
    assert 0.0 == decayed(1e9, -1e15, 1e15, DAY)


def test_the_short_count_halves_in_a_month_and_the_long_one_in_a_year() -> None:
    """Each as of the moment that is asked for."""
    contact = the(learnt(letter(1, day=0, to=["b@x.example"])), "b@x.example")
    short, long = contact.recent(contact.sent_at + 30 * DAY)
    assert 0.5 == pytest.approx(short)
    assert 2 ** (-30 / 365) == pytest.approx(long)
    assert 0.5 == pytest.approx(contact.recent(contact.sent_at + 365 * DAY)[1])


def test_counts_of_several_mails_add_up_where_they_meet() -> None:
    """A mail of a month ago counts half beside one of today."""
    contact = the(learnt(*(letter(n, day=30 * n, to=["b@x.example"]) for n in (0, 1))), "b@x.example")
    assert 1.5 == pytest.approx(contact.recent(contact.sent_at)[0])
    assert 2 == contact.sent


def test_who_was_never_written_to_has_no_recent_mail() -> None:
    """Whoever only wrote to the owner counts nothing as a recipient."""
    contact = the(learnt(letter(1, sender="b@x.example", to=[OWNER])), "b@x.example")
    assert (0.0, 0.0) == contact.recent(1e10)
    assert (0, 1) == (contact.sent, contact.received)
    assert -math.inf == contact.sent_at


def test_the_counts_say_in_which_way_a_contact_was_met() -> None:
    """Alone, with others, in Cc, as a sender, beside the owner on received mail."""
    history = learnt(
        letter(1, to=["b@x.example"]),
        letter(2, to=["c@x.example"], cc=["b@x.example"]),
        letter(3, sender="b@x.example", to=[OWNER, "c@x.example"]),
    )
    bruno, carla = the(history, "b@x.example"), the(history, "c@x.example")
    assert (2, 1, 1, 0) == (bruno.sent, bruno.sole, bruno.received, bruno.together)
    assert [1, 1, 0] == bruno.roles
    assert (1, 0, 0, 1) == (carla.sent, carla.sole, carla.received, carla.together)


def test_the_usual_display_name_is_the_contacts_name() -> None:
    """The one seen most often, the earlier on a tie; an address is no name."""
    history = learnt(
        letter(1, to=["b@x.example"]),
        letter(2, to=["B. Conti <b@x.example>"]),
        letter(3, to=["Bruno Conti <b@x.example>"]),
    )
    assert "B. Conti" == the(history, "b@x.example").name
    assert (
        "Bruno Conti"
        == the(learnt(letter(4, to=["Bruno Conti <b@x.example>"]), history=history), "b@x.example").name
    )
    assert "" == the(learnt(letter(1, to=["b@x.example <b@x.example>"])), "b@x.example").name


def test_a_contact_has_at_most_four_names() -> None:
    """A hostile sender under a hundred names fills nothing."""
    mail = [letter(n, sender=f"Name{n} Other{n} <b@x.example>", to=[OWNER]) for n in range(100)]
    contact = the(learnt(*mail), "b@x.example")
    assert 4 == len(contact.names)
    assert len(contact.tokens) <= 9


def test_contacts_are_found_by_all_their_names_together() -> None:
    """In any order, folded, from display name and address alike; half a match is none."""
    history = learnt(
        letter(
            1, to=["İpek Şahin <ipek.sahin@x.example>", "Bruno Conti <bc@y.example>", "bruno.rossi@z.example"]
        )
    )
    found = history.contacts.named
    assert ["ipek.sahin@x.example"] == [c.address for c in found(("sahin", "ipek"))]
    assert ["bc@y.example"] == [c.address for c in found(("bruno", "conti"))]
    assert {"bc@y.example", "bruno.rossi@z.example"} == {c.address for c in found(("bruno",))}
    assert [] == found(("bruno", "sahin"))
    assert [] == found(())


def test_the_terms_of_a_contact_are_bounded_and_the_frequent_ones_stay() -> None:
    """However many words are exchanged, some hundreds are kept, among them those of every mail."""
    contact = Contact(0, "b@x.example")
    for number in range(200):
        contact.add_terms(
            {1: 1.0, 2: 1.0, **dict.fromkeys(range(1000 * number, 1000 * number + 100), 1.0)}, 1.0
        )
    assert len(contact.terms) <= 384
    assert 1 in contact.terms
    assert math.fsum(contact.terms.values()) == contact.term_total


def test_the_greetings_of_a_contact_are_bounded_and_the_usual_one_stays() -> None:
    """A greeting of every week survives a hundred odd ones."""
    contact = Contact(0, "b@x.example")
    for number in range(100):
        contact.add_greeting(7)
        contact.add_greeting(1000 + number)
    assert len(contact.greetings) <= 12
    assert 100 == contact.greetings[7]


def test_thousands_of_one_name_do_not_slow_a_search() -> None:
    """A name that everybody bears leads to some hundreds of them."""
    contacts = Contacts()
    for number in range(1000):
        contacts.meet(f"maria{number}@x.example", "Maria", 0.0)
    assert 400 == len(contacts.named(("maria",)))
    assert 1000 == len(contacts)


@pytest.mark.parametrize(
    "address", ["", "no-at-sign", "@x.example", "b@", "b@c@x.example", "\udcff@x.example"]
)
def test_an_odd_address_is_a_contact_like_any_other(address: str) -> None:
    """It is learnt, found again, and survives a reload."""
    history = learnt(letter(1, to=[address, "b@x.example"]), letter(2, sender=address, to=[OWNER]))
    reloaded = History.from_state(history.state())
    contact = reloaded.contacts.get(address)
    assert contact is not None
    assert 1 == contact.sent
    assert reloaded.contacts.by_domain == history.contacts.by_domain


def test_a_bcc_counts_as_such() -> None:
    """The third of the roles."""
    assert [0, 0, 1] == the(learnt(letter(1, bcc=["b@x.example"], to=["c@x.example"])), "b@x.example").roles
    assert 2 == facts(letter(1, to=[], bcc=["b@x.example"])).recipients[0][2]
