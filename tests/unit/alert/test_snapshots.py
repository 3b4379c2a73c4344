"""Every mail to the owner reads as it is stored, in all languages.

To store them anew after a sentence or a template was changed: `python -m tests.snapshots`, then look at
`git diff`.
"""

from __future__ import annotations

import pytest

from scanner.alert.safe import width
from scanner.words import LANGUAGES
from tests.unit.alert.letters import SNAPSHOTS, make

MADE = make()
STORED = SNAPSHOTS.stored()


def test_no_stored_letter_is_left_over_and_none_is_missing() -> None:
    """The directory holds what is made, no more and no less."""
    assert sorted(STORED) == sorted(MADE)


@pytest.mark.parametrize("name", sorted(STORED))
def test_each_letter_reads_as_stored(name: str) -> None:
    """To the last character."""
    assert STORED[name] == MADE[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_is_at_most_72_columns_wide_but_for_commands_to_copy(language: str) -> None:
    """A command would do nothing if it were broken; an address that is longer is cut at the margin."""
    letters = {name: text for name, text in STORED.items() if name.startswith(f"{language}/")}
    plain = {name: text for name, text in letters.items() if name.endswith(".txt") and "reasons" not in name}
    assert len(plain) >= 16
    for text in plain.values():
        body = text.partition("\n\n")[2].splitlines()
        assert [] == [one for one in body if width(one) > 72 and not one.lstrip().startswith("oopsee label ")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_its_language(language: str) -> None:
    """For hyphenation and for voices that read aloud."""
    pages = [
        text for name, text in STORED.items() if name.startswith(f"{language}/") and name.endswith("html")
    ]
    assert len(pages) >= 16
    assert [] == [page for page in pages if f'<html lang="{language}">' not in page]
