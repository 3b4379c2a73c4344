"""The data file of folder names, which people of a language correct."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from importlib import resources

import pytest

from scanner.mailbox.names import Purpose, purpose, purpose_of_file

TABLE = tomllib.loads(
    (resources.files("scanner.mailbox") / "data" / "folders.toml").read_text(encoding="utf-8")
)


def test_many_languages_have_a_name_for_sent() -> None:
    """Ours are among them."""
    languages = {language for language, kinds in TABLE.items() if kinds.get("sent")}

    assert {"en", "it", "es", "tr", "de", "fr"} <= languages
    assert len(languages) >= 12


def test_a_name_belongs_to_one_purpose() -> None:
    """No name of one language means something else in another."""
    kinds_of = defaultdict(set)
    for kinds in TABLE.values():
        for kind, names in kinds.items():
            for name in names:
                kinds_of[purpose(name)].add(kind)

    assert {Purpose(kind): {kind} for kind in Purpose} == kinds_of


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Sent", Purpose.SENT),
        ("Sent 2", Purpose.SENT),
        ("Sent (1)", Purpose.SENT),
        ("sent_2019", Purpose.SENT),
        ("SENT-MAIL", Purpose.SENT),
        ("Posteingang 2020", Purpose.INBOX),
        ("2020", None),
        ("", None),
        ("resent", None),
    ],
)
def test_the_name_of_an_exported_file_may_carry_a_number(stem: str, expected: Purpose | None) -> None:
    """Years and copies do not hide the name."""
    assert expected == purpose_of_file(stem)
