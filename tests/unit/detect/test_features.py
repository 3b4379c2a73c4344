"""Every family of features, on messages made by hand for it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from scanner.detect.features.table import DIRECTIONS, FAMILIES, NAMES, TABLE, columns, schema_digest
from scanner.history.history import History
from scanner.message.model import Kind, Message
from tests.letters import OWNER, facts, learnt, letter, mailbox, quoting
from tests.random_letters import sequences
from tests.unit.detect.looking import rows, table

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"
EMRE = "Emre Toprak <emre.toprak@partner.example>"


def history(*messages: Message) -> History:
    """A past in which Bruno, Carla, Deniz and Emre were each written to alone, then these mails."""
    past = [letter(n, day=-n, to=[one]) for n, one in enumerate((BRUNO, CARLA, DENIZ, EMRE), 1)]
    return learnt(*past, *messages)


def one(message: Message, known: History | None = None) -> Mapping[str, float]:
    """The features of the only recipient."""
    (found,) = rows(message, known or history())
    return found


# History


def test_a_stranger_was_never_mailed_and_never_seen() -> None:
    """An address that only stood on received mail was seen."""
    stranger = one(letter(50, to=["new@partner.example"]))
    assert (1.0, 1.0) == (stranger["never_mailed"], stranger["never_seen"])
    heard = history(letter(40, sender="new@partner.example", to=[OWNER]))
    met = one(letter(50, to=["new@partner.example"]), heard)
    assert (1.0, 0.0) == (met["never_mailed"], met["never_seen"])


def test_counts_are_those_strictly_before_the_message() -> None:
    """The message at hand is not among them."""
    found = one(letter(50, to=[CARLA]), history(letter(40, to=[CARLA])))
    assert math.log1p(2) == pytest.approx(found["sent"])
    assert math.log1p(4) == pytest.approx(found["owner_contacts"])
    assert math.log1p(5) == pytest.approx(found["owner_sent"])


def test_time_passes_for_a_contact() -> None:
    """Days since the last mail grow, what is recent shrinks."""
    soon, late = one(letter(5, day=1, to=[CARLA])), one(letter(5, day=200, to=[CARLA]))
    assert soon["since_sent"] < late["since_sent"]
    assert soon["short"] > late["short"]
    assert soon["sent"] == late["sent"]


def test_an_unusual_role_is_seen() -> None:
    """Somebody always in To stands in Cc for once."""
    usual, unusual = one(letter(5, to=[CARLA])), one(letter(5, to=[], cc=[CARLA]))
    assert (1.0, 0.0) == (usual["role_share"], unusual["role_share"])


# Address


def test_a_near_typo_is_near() -> None:
    """One letter dropped, or two swapped, is one edit; a different person is far."""
    assert 1.0 == one(letter(5, to=["carla.wber@partner.example"]))["near"]
    assert 1.0 == one(letter(5, to=["carla.wbeer@partner.example"]))["near"]
    assert 1.0 == one(letter(5, to=["calra.weber@partner.example"]))["near"]
    assert one(letter(5, to=["zoe.abele@elsewhere.test"]))["near"] > 3.0


def test_a_near_typo_of_a_frequent_contact_weighs_more() -> None:
    """The mail exchanged with the address that was meant counts."""
    often = history(*(letter(n, to=[CARLA]) for n in range(10, 30)))
    typo = letter(50, to=["carla.webr@partner.example"])
    assert one(typo, often)["near_volume"] > one(typo)["near_volume"] > 0.0


def test_a_known_address_has_no_shape() -> None:
    """Whoever was written to before is not measured: to them it is no slip."""
    known = one(letter(5, to=[CARLA]))
    assert all(math.isnan(known[name]) for name in ("near", "foreign", "domain_near", "name_elsewhere"))


@pytest.mark.parametrize(
    ("address", "foreign"),
    [
        ("c\u0430rla.weber@partner.example", 1.0),  # Cyrillic a
        ("carla.weber@p\u0430rtner.example", 1.0),
        ("carla.weber@xn--prtner-4ve.example", 1.0),
        ("karla.weber@partner.example", 0.0),
    ],
)
def test_a_homoglyph_is_foreign(address: str, foreign: float) -> None:
    """Letters of another script that look like Latin ones, and punycode."""
    assert foreign == one(letter(5, to=[address]))["foreign"]


def test_a_domain_is_known_or_near_or_far() -> None:
    """A misspelt domain is one edit from the right one, the owner's own included."""
    assert 0.0 == one(letter(5, to=["new@partner.example"]))["domain_near"]
    assert 1.0 == one(letter(5, to=["new@partnr.example"]))["domain_near"]
    assert 1.0 == one(letter(5, to=["new@frm.example"]))["domain_near"]
    assert 6.0 == one(letter(5, to=["new@somewhere-else.test"]))["domain_near"]


def test_the_same_name_at_another_address_is_seen() -> None:
    """By display name, and by the name that the address spells."""
    assert one(letter(5, to=["Carla Weber <cw77@home.example>"]))["name_elsewhere"] > 0.0
    assert one(letter(5, to=["carla.weber@home.example"]))["name_elsewhere"] > 0.0
    assert one(letter(5, to=["carla.weber@home.example"]))["same_local"] > 0.0
    assert -1.0 == one(letter(5, to=["Zoe Abele <zoe@home.example>"]))["name_elsewhere"]
    assert -1.0 == one(letter(5, to=["Carla <carla@home.example>"]))["name_elsewhere"]


def test_an_address_that_stands_in_the_text_is_meant() -> None:
    """Exactly, or nearly: then it was mistyped."""
    message = letter(5, to=["new@other.example"], text_addresses=["new@other.example"])
    assert 1.0 == one(message)["text_exact"]
    mistyped = letter(5, to=["nwe@other.example"], text_addresses=["new@other.example"])
    assert (0.0, 1.0) == (one(mistyped)["text_exact"], one(mistyped)["text_near"])


# Group, leave one out


def test_who_was_always_with_the_others_belongs() -> None:
    """And who never was does not."""
    known = history(*(letter(n, to=[BRUNO, CARLA, EMRE]) for n in range(10, 16)))
    usual = rows(letter(50, to=[BRUNO, CARLA, EMRE]), known)
    assert all(row["group_share"] >= 0.99 for row in usual)
    assert [0.0, 0.0, 0.0] == [row["pair_never"] for row in usual]
    _, _, deniz = rows(letter(50, to=[BRUNO, CARLA, DENIZ]), known)
    assert (0.0, 1.0, 0.0) == (deniz["group_share"], deniz["pair_never"], deniz["pair_mean"])


def test_one_left_out_of_a_group_is_told_from_its_members() -> None:
    """The stranger in a group does not take their fit from the others."""
    known = history(*(letter(n, to=[BRUNO, CARLA]) for n in range(10, 16)))
    bruno, _, deniz = rows(letter(50, to=[BRUNO, CARLA, DENIZ]), known)
    assert bruno["group_share"] > 0.9
    assert bruno["set_with"] > deniz["set_with"]
    assert math.log1p(6) == pytest.approx(deniz["exact_without"])
    assert 0.0 == bruno["exact_without"]


def test_alone_there_is_no_group() -> None:
    """A single recipient has nobody to belong with."""
    assert math.isnan(one(letter(5, to=[CARLA]))["group_share"])


# Thread


def test_a_conversation_knows_who_takes_part() -> None:
    """By reference; somebody from outside did not."""
    known = history(letter(20, to=[BRUNO, CARLA], subject="The harbour"))
    carla, deniz = rows(letter(21, to=[CARLA, DENIZ], subject="The harbour", answers=20), known)
    assert (1.0, 1.0, 1.0) == (carla["thread"], carla["thread_in"], carla["thread_last"])
    assert (0.0, 0.0) == (deniz["thread_in"], deniz["thread_last"])


def test_somebody_who_was_left_out_of_a_conversation_is_stale() -> None:
    """Still part of it, but not on its latest message."""
    known = history(
        letter(20, to=[BRUNO, CARLA], subject="The harbour"),
        letter(21, sender=CARLA, to=[OWNER], subject="The harbour", answers=20),
    )
    bruno, carla = rows(letter(22, to=[BRUNO, CARLA], subject="The harbour", answers=21), known)
    assert (1.0, 0.0) == (bruno["thread_in"], bruno["thread_last"])
    assert (1.0, 1.0) == (carla["thread_last"], carla["thread_sender"])


def test_a_new_message_is_in_no_conversation() -> None:
    """Nothing is said about who took part."""
    assert 0.0 == one(letter(5, to=[CARLA], subject="Brand new"))["thread"]
    assert math.isnan(one(letter(5, to=[CARLA], subject="Brand new"))["thread_in"])


# Quoted headers


def test_who_is_quoted_is_answered() -> None:
    """By address, or by whole name where the header gives no address."""
    for quoted in (quoting(CARLA), quoting("Weber, Carla <>"), quoting("Carla Weber <>")):
        found = one(letter(5, to=[CARLA], kind=Kind.REPLY, quoted=[quoted]))
        assert (1.0, 1.0, 0.0) == (found["quoted_from"], found["quoted_outer"], found["quoted_missing"])


def test_a_quoted_sender_who_is_not_a_recipient_is_missed() -> None:
    """And the recipient stands in no quoted header."""
    found = one(letter(5, to=[DENIZ], kind=Kind.REPLY, quoted=[quoting(CARLA, to=[OWNER])]))
    assert (1.0, 0.0, 0.0) == (found["quoted_missing"], found["quoted_any"], found["quoted_answered"])


def test_who_was_copied_on_the_quoted_mail_is_named() -> None:
    """To and Cc of the quoted header alike."""
    message = letter(5, to=[CARLA, EMRE], kind=Kind.REPLY, quoted=[quoting(CARLA, to=[OWNER], cc=[EMRE])])
    carla, emre = rows(message, history())
    assert (1.0, 0.0) == (emre["quoted_to"], emre["quoted_from"])
    assert 1.0 == emre["quoted_any"] == carla["quoted_any"]


# Salutation


@pytest.mark.parametrize(
    ("name", "least"),
    [("Carla", 0.9), ("carla", 0.9), ("Weber", 0.9), ("Car", 0.6)],
)
def test_a_greeting_fits_by_name_or_its_beginning(name: str, least: float) -> None:
    """First name, last name, a short form."""
    assert one(letter(5, to=[CARLA], greets=[name]))["greeted"] >= least


def test_a_greeting_fits_by_nickname() -> None:
    """Bob is Robert."""
    known = history(letter(10, to=["Robert Hahn <r.hahn@partner.example>"]))
    found = one(letter(20, to=["Robert Hahn <r.hahn@partner.example>"], greets=["Bob"]), known)
    assert 0.7 <= found["greeted"] < 1.0
    assert 0.0 == found["greeted_nobody"]


def test_a_greeting_fits_as_the_owner_greeted_before() -> None:
    """A pet name that no dictionary knows is learnt from a message to one person."""
    known = history(letter(10, to=[CARLA], greets=["Mausi"]))
    assert one(letter(20, to=[CARLA], greets=["Mausi"]), known)["greeted"] > 0.9
    stranger = one(letter(20, to=[DENIZ], greets=["Mausi"]), known)
    assert 0.0 == stranger["greeted"]
    assert stranger["greeted_outsider"] > 0.9


def test_a_greeting_of_somebody_else_is_seen() -> None:
    """It fits a contact who is not on the message and nobody who is."""
    found = one(letter(5, to=[DENIZ], greets=["Carla"]))
    assert (0.0, 1.0, 1.0) == (found["greeted"], found["greeted_outsider"], found["greeted_nobody"])


def test_a_greeting_of_all_greets_nobody_wrongly() -> None:
    """Dear all."""
    found = one(letter(5, to=[DENIZ], greets_group=True))
    assert (1.0, 0.0) == (found["greeting_group"], found["greeted_nobody"])
    assert math.isnan(found["greeted"])


def test_without_a_greeting_nothing_is_said_about_it() -> None:
    """Neither fitting nor unfitting."""
    found = one(letter(5, to=[DENIZ]))
    assert 0.0 == found["greeting"]
    assert math.isnan(found["greeted"])


# Mention


def test_a_recipient_who_is_spoken_of_is_a_third_person() -> None:
    """Unless greeted as well."""
    third = one(letter(5, to=[CARLA], named=["Carla Weber"], text="Carla Weber must not know."))
    assert (1.0, 1.0) == (third["mentioned"], third["mentioned_third"])
    greeted = one(letter(5, to=[CARLA], named=["Carla Weber"], greets=["Carla"]))
    assert 0.0 == greeted["mentioned_third"]


def test_a_contact_who_is_not_on_the_message_is_mentioned() -> None:
    """By whole name surely, by first name less so."""
    whole = one(letter(5, to=[DENIZ], named=["Carla Weber"]))
    first = one(letter(5, to=[DENIZ], named=["Carla"]))
    assert whole["mentioned_outsider"] > first["mentioned_outsider"] > 0.0
    assert 0.0 == one(letter(5, to=[DENIZ], named=["Nobody Known"]))["mentioned_outsider"]


# Content


def test_a_topic_belongs_to_those_it_is_written_about_with() -> None:
    """The share of the similar earlier mail, and the terms shared with each."""
    harbour, paint = "crane harbour concrete tower", "colour brush canvas varnish"
    known = history(
        *(letter(n, to=[CARLA], text=harbour) for n in range(10, 20)),
        *(letter(n, to=[DENIZ], text=paint) for n in range(20, 30)),
    )
    right, wrong = (one(letter(50, to=[who], text=harbour), known) for who in (CARLA, DENIZ))
    assert right["topic_share"] > 0.9
    assert 0.0 == wrong["topic_share"]
    assert wrong["topic_outsider"] > 0.9
    assert right["lift"] > wrong["lift"]
    assert right["coverage"] > wrong["coverage"]


def test_an_empty_message_has_no_topic() -> None:
    """Nothing to compare."""
    assert math.isnan(one(letter(50, to=[CARLA]))["topic_share"])


# Domain and exposure


def test_the_only_outsider_is_seen() -> None:
    """Among colleagues; not where there are two."""
    bruno, carla = rows(letter(5, to=[BRUNO, CARLA]), history())
    assert (0.0, 1.0) == (bruno["only_outsider"], carla["only_outsider"])
    assert (1.0, 0.0) == (bruno["own_organisation"], carla["own_organisation"])
    assert [0.0] * 3 == [row["only_outsider"] for row in rows(letter(5, to=[BRUNO, CARLA, DENIZ]), history())]


def test_outsiders_who_never_met_are_exposed_to_each_other() -> None:
    """In To and Cc; not in Bcc, and not within one organisation."""
    seen = rows(letter(5, to=[CARLA], cc=[DENIZ]), history())[0]
    assert math.log1p(1) == pytest.approx(seen["exposed_pairs"])
    hidden = rows(letter(5, to=[CARLA], bcc=[DENIZ]), history())[0]
    assert 0.0 == hidden["exposed_pairs"]
    same = rows(letter(5, to=[CARLA, EMRE]), history())[0]
    assert 0.0 == same["exposed_pairs"]


# Alternatives


def test_somebody_else_fits_better_than_a_wrong_recipient() -> None:
    """The margin is positive for the wrong one and negative for the right one."""
    known = history(*(letter(n, to=[CARLA], text="crane harbour concrete") for n in range(10, 20)))
    right, wrong = (
        one(letter(50, to=[who], text="crane harbour concrete", greets=["Carla"]), known)
        for who in (CARLA, DENIZ)
    )
    assert wrong["fit_margin"] > 0.0 > right["fit_margin"]
    assert wrong["fit_share"] < right["fit_share"]


# All together


def test_every_feature_has_a_meaning_and_a_direction() -> None:
    """One table, each name once."""
    assert len(set(NAMES)) == len(NAMES) == len(DIRECTIONS)
    assert all(feature.meaning and feature.direction in {-1, 0, 1} for feature in TABLE)
    assert list(range(len(NAMES))) == sorted(column for family in FAMILIES for column in columns(family))
    assert 16 == len(schema_digest())


def test_the_order_of_the_recipients_does_not_matter() -> None:
    """Each has the same row wherever they stand among those of their role."""
    known = learnt(*(message for message, _ in mailbox(300)))
    several = [message for message, sent in mailbox(300) if sent and 2 < len(message.recipients) < 8]
    chance = random.Random(1)
    for message in several[:15]:
        order = list(range(len(message.recipients)))
        chance.shuffle(order)
        shuffled = replace(message, recipients=tuple(message.recipients[place] for place in order))
        np.testing.assert_allclose(
            table(message, known)[order], table(shuffled, known), rtol=1e-9, atol=1e-9, equal_nan=True
        )


def test_the_hour_the_subject_line_and_the_message_id_are_no_features() -> None:
    """What the injector of simulated mistakes might leave traces in is not looked at."""
    message = letter(500, to=[CARLA, DENIZ], text="crane harbour")
    other = replace(message, message_id="<other@id.example>", digest="0", subject="URGENT")
    np.testing.assert_array_equal(table(message, history()), table(other, history()))


@settings(max_examples=60, deadline=None)
@given(mail=sequences())
def test_any_message_has_finite_features_or_none(mail: list[Message]) -> None:
    """Whatever the past and the message: as many rows as recipients, no infinity, no error."""
    known = learnt(*mail[:-1])
    last = replace(mail[-1], sender=replace(mail[-1].sender, address=OWNER))
    found = table(last, known)
    assert (len(facts(last).recipients), len(NAMES)) == found.shape
    assert not np.isinf(found).any()
