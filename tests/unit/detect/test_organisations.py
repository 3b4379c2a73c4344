"""Which domains are one organisation."""

from __future__ import annotations

import pytest

from scanner.detect.organisations import freemail_domains, is_freemail, organisation


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.firm.co.uk", "firm.co.uk"),
        ("firm.co.uk", "firm.co.uk"),
        ("sub.partner.example", "partner.example"),
        ("partner.example", "partner.example"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("", ""),
        ("..", ".."),
        (".example", ".example"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_an_organisation_is_its_registrable_domain(domain: str, expected: str) -> None:
    """By the public suffix list; what has none is an organisation of its own."""
    assert expected == organisation(domain)


def test_providers_of_personal_mail_are_no_organisations() -> None:
    """Exactly those that are listed, in lower case."""
    assert is_freemail("gmail.com")
    assert not is_freemail("firm.example")
    assert all(domain == domain.strip().lower() and "." in domain for domain in freemail_domains())
