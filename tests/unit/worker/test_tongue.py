"""In which language the owner is written to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanner.message.languages import own_language
from scanner.message.model import Message
from scanner.store import MailboxStore, Store
from scanner.worker import Tongue
from tests.people import a_message

NOW = datetime(2025, 3, 5, tzinfo=UTC)
GERMAN = "Liebe Anna, anbei das Angebot für das dritte Quartal, über das wir gestern gesprochen haben."
FRENCH = "Bonjour Claire, veuillez trouver ci-joint notre offre, merci de nous répondre avant vendredi."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MailboxStore]:
    """The state of one mailbox, new."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened.mailbox("work")


def _tongue(store: MailboxStore, chosen: str = "auto") -> Tongue:
    return Tongue(store, chosen=chosen, locale="it", clock=lambda: NOW)


def _letter(number: int, text: str) -> Message:
    return a_message(number, text=text)


def _hear(tongue: Tongue, text: str, count: int) -> None:
    for number in range(count):
        tongue.heard(_letter(number, text))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Dear Anna, please find attached the offer that we talked about."),
        ("it", "Gentile dottoressa, in allegato trova la nostra offerta, come d'accordo."),
        ("es", "Estimada señora, le adjunto la oferta de la que hablamos ayer."),
        ("tr", "Merhaba Ayşe, yarın için teklif ektedir, lütfen bana haber ver."),
        ("de", GERMAN),
        ("fr", FRENCH),
        ("", "ok"),
        ("", "Geachte heer, hierbij de offerte voor het derde kwartaal."),
        ("", "Drodzy, w załączniku oferta na trzeci kwartał."),
        ("", ""),
    ],
)
def test_a_text_speaks_for_one_of_the_six_or_for_none(code: str, text: str) -> None:
    """By its ordinary words; too few of them say nothing."""
    assert code == own_language(text)


def test_a_chosen_language_holds_whatever_is_written(store: MailboxStore) -> None:
    """Nothing is counted then."""
    tongue = _tongue(store, "tr")
    _hear(tongue, GERMAN, 30)
    assert ["tr", "tr"] == [tongue.usual(), tongue.about(_letter(1, FRENCH))]
    assert {} == store.health()


def test_before_a_habit_is_known_the_message_at_hand_decides(store: MailboxStore) -> None:
    """And where it says nothing, or there is none, the locale."""
    tongue = _tongue(store)
    _hear(tongue, GERMAN, 4)
    assert "fr" == tongue.about(_letter(1, FRENCH))
    assert "it" == tongue.about(_letter(1, "ok"))
    assert "it" == tongue.usual()


def test_the_language_mostly_written_is_that_of_all_mail_to_the_owner(store: MailboxStore) -> None:
    """An alert about a French letter speaks German to somebody who mostly writes German."""
    tongue = _tongue(store)
    _hear(tongue, GERMAN, 5)
    _hear(tongue, FRENCH, 2)
    _hear(tongue, "ok", 50)
    assert ["de", "de"] == [tongue.usual(), tongue.about(_letter(1, FRENCH))]


def test_the_habit_outlives_a_restart_and_is_settled_some_day(store: MailboxStore) -> None:
    """It is counted in the store, a few at a time, and after 300 messages no more."""
    _hear(_tongue(store), GERMAN, 40)
    assert "de" == _tongue(store).usual()
    _hear(_tongue(store), GERMAN, 1_000)
    assert 300 == store.health()["writes:de"].count
