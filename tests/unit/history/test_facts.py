"""Which facts of a message are learnt, and what its words become."""

from __future__ import annotations

import math

import pytest

from scanner.history.facts import Facts, facts_of
from scanner.history.terms import TermHasher, term_weights, words
from tests.letters import OWNER, OWNERS, facts, letter

_HASH = TermHasher()


def test_recipients_are_all_but_the_owner_in_their_order() -> None:
    """With display name and role."""
    found = facts(letter(to=["Bruno <b@x.example>", OWNER], cc=["c@x.example"])).recipients
    assert (("b@x.example", "Bruno", 0), ("c@x.example", "", 1)) == found


def test_every_alias_is_the_owner() -> None:
    """An alias is neither recipient nor sender."""
    aliases = frozenset({OWNER, "anna@home.example"})
    message = letter(sender="anna@home.example", to=[OWNER, "b@x.example"])
    found = facts_of(message, sent=False, owner=aliases, hasher=_HASH)
    assert "" == found.sender
    assert ["b@x.example"] == [address for address, _, _ in found.recipients]


def test_sent_mail_has_no_sender_and_received_mail_no_greeting() -> None:
    """What the owner is called by others is not what the owner calls them."""
    sent = facts(letter(greets=["Bruno"]))
    received = facts(letter(sender="Bruno <b@x.example>", to=[OWNER], greets=["Anna"]))
    assert ("", 1) == (sent.sender, len(sent.greeted))
    assert ("b@x.example", "Bruno", ()) == (received.sender, received.sender_name, received.greeted)


def test_a_greeting_is_learnt_folded() -> None:
    """Capitals and accents do not matter."""
    assert facts(letter(greets=["Çiğdem"])).greeted == facts(letter(greets=["cigdem"])).greeted


def test_a_short_subject_makes_no_conversation() -> None:
    """'ok' is the subject of everything."""
    assert 0 == facts(letter(subject="ok")).thread
    assert 0 != facts(letter(subject="Offer")).thread
    assert facts(letter(subject="Offer ")).thread == facts(letter(subject="OFFER")).thread


def test_parents_come_nearest_first_each_once() -> None:
    """In-Reply-To, then the references from the latest."""
    message = letter(2, answers=1)
    assert (_HASH("<1@firm.example>"),) == facts(message).parents
    assert _HASH("<2@firm.example>") == facts(message).message


def test_an_undated_message_has_no_time() -> None:
    """None, not the beginning of 1970."""
    assert facts(letter(undated=True)).at is None


@pytest.mark.parametrize("packed", [b"", b"\x01", b"\x93\x01\x02\x03", b"\xff\xff", b"\xc1"])
def test_what_is_no_packed_fact_is_refused(packed: bytes) -> None:
    """Never with half of the facts learnt."""
    with pytest.raises((ValueError, TypeError)):
        Facts.unpack(packed)


def test_facts_survive_packing() -> None:
    """Equal in every field, and packed to the same bytes again."""
    one = facts(
        letter(
            3, to=["Bruno <b@x.example>"], cc=["\udcff@x.example"], subject="Offer", text="steel and glass",
            greets=["Bruno"], answers=1,
        )
    )  # fmt: skip
    again = Facts.unpack(one.pack())
    assert one == again
    assert one.pack() == again.pack()


def test_words_are_folded_cut_and_without_numbers() -> None:
    """Inflected forms of long words fall together; years and amounts do not count."""
    assert ["invoice", "invoice"] == words("Invoices INVOICED")
    assert ["uberwei"] == words("Überweisungen")
    assert ["no", "page", "12b"] == words("no 2025, page 12b, x")
    assert [] == words("")


def test_the_subject_weighs_most_and_quotes_least() -> None:
    """Own words count once, those of the subject more, quoted ones less; repeats are damped."""
    weights = term_weights(letter(subject="alpha", text="beta beta delta", quoted_text="gamma"), _HASH)
    alpha, beta, gamma, delta = (weights[_HASH(word)] for word in ("alpha", "beta", "gamma", "delta"))
    assert 1.0 + math.log(2.0) == pytest.approx(beta)
    assert beta > alpha > delta > gamma > 0.0


def test_the_names_of_attachments_are_words_too() -> None:
    """Often the only ones."""
    assert _HASH("drawing") in term_weights(letter(attachments=["drawing-3.pdf"]), _HASH)


def test_a_message_has_at_most_160_terms() -> None:
    """The heaviest; a novel is no more than a letter."""
    text = "often often often " + " ".join(f"w{number}x" for number in range(3_000))
    weights = term_weights(letter(text=text), _HASH)
    assert 160 == len(weights)
    assert max(weights.values()) == weights[_HASH("often")]


def test_hashes_are_keyed() -> None:
    """The same word under another key is another number; 0 stands for nothing and is never used."""
    assert TermHasher(b"one")("invoice") != TermHasher(b"other")("invoice")
    assert TermHasher(b"one")("invoice") == TermHasher(b"one")("invoice")
    assert 1 <= TermHasher()("") <= 2**48


def test_names_and_words_do_not_share_hashes() -> None:
    """A greeting by the name of a thing is not that thing."""
    message = letter(text="Rosa", greets=["Rosa"], subject="Rosa")
    found = facts(message, owner=OWNERS)
    assert not set(found.greeted) & set(found.terms)
    assert found.thread not in found.terms
