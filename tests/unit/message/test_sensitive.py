"""Kinds of sensitive content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.sensitive import Sensitive, carried, in_names, in_text
from tests.letters import letter

_IBAN, _CARD, _NATIONAL = Sensitive.IBAN, Sensitive.CARD, Sensitive.NATIONAL_NUMBER


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please pay to DE89 3704 0044 0532 0130 00 BIC COBADEFF", _IBAN),
        ("Bonifico su IT60X0542811101000000123456, grazie", _IBAN),
        ("4111 1111 1111 1111, 12/27", _CARD),
        ("my Visa: 4111111111111111", _CARD),
        ("CF RSSMRA85T10A562S", _NATIONAL),
        ("n° 2 55 08 14 168 025 38", _NATIONAL),
        ("Mi DNI es 54362315K", _NATIONAL),
        ("TC kimlik no: 10000000146", _NATIONAL),
        ("Meine Steuer-ID ist 36 574 261 809.", _NATIONAL),
        ("his NHS number is 943 476 5870", _NATIONAL),
        ("her National Insurance number is AB 12 34 56 C", _NATIONAL),
        ("SSN 536-90-4399", _NATIONAL),
        ("The password: hunter2", Sensitive.CREDENTIALS),
        ("Das Passwort lautet Sommer2024", Sensitive.CREDENTIALS),
        ("Yeni şifre: abc12345", Sensitive.CREDENTIALS),
        ("Mot de passe : Tigre#88", Sensitive.CREDENTIALS),
        ("-----BEGIN RSA PRIVATE KEY-----", Sensitive.CREDENTIALS),
        ("she was diagnosed with asthma", Sensitive.HEALTH),
        ("In allegato il referto di ieri", Sensitive.HEALTH),
        ("Adjunto el parte de baja", Sensitive.HEALTH),
        ("Sağlık raporunu ekte bulabilirsiniz", Sensitive.HEALTH),
        ("die Krankmeldungen der Woche", Sensitive.HEALTH),
        ("son arrêt maladie", Sensitive.HEALTH),
        ("the salaries of the team", Sensitive.SALARY),
        ("ecco le buste paga", Sensitive.SALARY),
        ("la nómina de enero", Sensitive.SALARY),
        ("Maaşlar ve primler", Sensitive.SALARY),
        ("die Gehaltsliste für Mai", Sensitive.SALARY),
        ("les bulletins de paie", Sensitive.SALARY),
        ("the settlement agreement with them", Sensitive.LEGAL),
        ("la lettera di licenziamento", Sensitive.LEGAL),
        ("eine Abmahnung aussprechen", Sensitive.LEGAL),
        ("strictly confidential, please", Sensitive.CONFIDENTIAL),
        ("Que quede entre nosotros", Sensitive.CONFIDENTIAL),
        ("Bu bilgi gizlidir", Sensitive.CONFIDENTIAL),
        ("à titre confidentiel", Sensitive.CONFIDENTIAL),
    ],
)
def test_a_text_shows_what_it_carries(text: str, expected: Sensitive) -> None:
    """One sign is enough, in each of the six languages."""
    assert {expected} == in_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please find the agenda for Monday, 2025-04-01 12:00",
        "Call me at +39 06 1234567 or 0151 23456789",
        "DE89 3704 0044 0532 0130 01 has a wrong check digit",
        "order 4111111111111111",
        "54362315K",
        "Ticket 10000000146",
        "parcel 36574261809",
        "The password is wrong again",
        "Ich habe mein Passwort vergessen",
        "la nomina del consiglio",
        "We diagnose the outage",
        "1.234.567,89 EUR",
        "This e-mail is confidential and for the intended recipient only.",
        "Il presente messaggio è riservato e destinato al solo destinatario.",
    ],
)
def test_ordinary_mail_carries_nothing_of_the_kind(text: str) -> None:
    """Numbers that could be anything, words that everybody writes, and legal notices are no sign."""
    assert frozenset() == in_text(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("salary.xlsx", {Sensitive.SALARY}),
        ("Lohnabrechnung_Mai.pdf", {Sensitive.SALARY}),
        ("BustaPaga-2025.pdf", {Sensitive.SALARY}),
        ("MaaşBordrosu.pdf", {Sensitive.SALARY}),
        ("referti 2024.zip", {Sensitive.HEALTH}),
        ("Certificat médical.pdf", {Sensitive.HEALTH}),
        ("Contrato_v3.docx", {Sensitive.LEGAL}),
        ("gizli.docx", {Sensitive.CONFIDENTIAL}),
        ("Angebot 4711.pdf", {Sensitive.COMMERCIAL}),
        ("ventas hasta mayo.xlsx", set()),
        ("Agenda.pdf", set()),
        ("image001.png", set()),
        ("", set()),
    ],
)
def test_the_name_of_an_attachment_says_what_it_is(name: str, expected: set[Sensitive]) -> None:
    """By its words, parted by marks, digits or capitals."""
    assert expected == in_names([name])


def test_what_is_quoted_counts_but_its_legal_notices_do_not() -> None:
    """A forwarded pay slip left the house; the footer below it says nothing."""
    notice = "This message is confidential. It may be legally privileged."
    assert {Sensitive.SALARY} == carried(letter(1, quoted_text=f"here is the payslip\n\n{notice}"))


def test_all_of_a_message_is_looked_at() -> None:
    """Subject, text and attachments."""
    message = letter(1, subject="Payroll", text="IBAN DE89 3704 0044 0532 0130 00", attachments=["nda.pdf"])
    assert {Sensitive.SALARY, Sensitive.IBAN, Sensitive.LEGAL} == carried(message)


@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(text: str) -> None:
    """No text raises, and the same text always gives the same."""
    assert in_text(text) == in_text(text)
    assert in_names([text]) == in_names([text])
