"""Drafts: whole, calm, to the right people, and as they are stored.

To store them anew after a sentence or a template was changed: `python -m tests.snapshots`, then look at
`git diff`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from scanner.message.model import Person
from scanner.recovery import Addressee, Later, Times, drafts
from scanner.words import LANGUAGES
from tests.unit.recovery.cases import ALERTED, CONFIRMED, NOW, SENT, case, high, low, many, message, middle
from tests.unit.recovery.letters import SNAPSHOTS, make

MADE = make()
STORED = SNAPSHOTS.stored()
ROSSI = "marco.rossi@acme.example"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("scanner.recovery").joinpath("data", name).read_text(encoding="utf-8"))


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401  a data file
    if isinstance(value, str):
        yield place, value
    else:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from _leaves(one, f"{place}.{key}")


def test_no_stored_text_is_left_over_and_none_is_missing() -> None:
    """The directory holds what is made, no more and no less."""
    assert sorted(STORED) == sorted(MADE)


@pytest.mark.parametrize("name", sorted(STORED))
def test_each_text_reads_as_stored(name: str) -> None:
    """To the last character."""
    assert STORED[name] == MADE[name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_all_sentences_with_all_their_fillings(language: str) -> None:
    """What English says, every language says, and puts the same things in."""
    for name in ("{}.toml", "letters.{}.toml"):
        english = dict(_leaves(_table(name.format("en"))))
        theirs = dict(_leaves(_table(name.format(language))))
        assert english.keys() == theirs.keys()
        if name.startswith("{"):
            for place, sentence in english.items():
                assert _fillings(sentence) == _fillings(theirs[place]), place


@pytest.mark.parametrize("name", sorted(MADE))
def test_nothing_is_loud_and_nothing_is_left_open(name: str) -> None:
    """No exclamation marks, no blank that nobody filled, no doubled spaces or stray marks."""
    text = re.sub(r"require \[.*?\n\}\n", "", MADE[name], flags=re.DOTALL)  # without the script for Sieve
    assert not re.search(r"[!¡]|\{|\}|\[\]|  +| [,.](?:\s|$)|\(\)|«\s*»|“”|„“", text.replace(" |  | ", ""))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("formal", [True, False])
def test_the_facts_are_in_the_letters(language: str, *, formal: bool) -> None:
    """Who got it reads what to delete; manager and data protection read what, when, to whom, how bad."""
    about = case(times=Times(SENT, ALERTED, CONFIRMED))
    letters = {one.addressee: one for one in drafts(about, language=language, formal=formal, now=NOW)}

    assert set(Addressee) == letters.keys()
    for one in (Addressee.RECIPIENT, Addressee.MANAGER, Addressee.PRIVACY):
        assert "salaries.xlsx" in letters[one].text
    for one in (Addressee.MANAGER, Addressee.PRIVACY):
        assert ROSSI in letters[one].text
        assert "2025" in letters[one].text
    assert "Marco" in letters[Addressee.RECIPIENT].text.splitlines()[0]
    assert "Tom" in letters[Addressee.MEANT].text.splitlines()[0]
    assert letters[Addressee.RECIPIENT].text.rstrip().endswith("Anna Neri" if formal else "Anna")
    assert (Person("Marco Rossi", ROSSI),) == letters[Addressee.RECIPIENT].to


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_outside_reads_who_else_is_concerned(language: str) -> None:
    """The wrong recipient does not learn who was meant, nor the person meant who got it."""
    for formal in (True, False):
        letters = {one.addressee: one for one in drafts(case(), language=language, formal=formal, now=NOW)}
        assert "Ashworth" not in letters[Addressee.RECIPIENT].text
        assert "Rossi" not in letters[Addressee.MEANT].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unconfirmed_case_is_not_reported_as_confirmed(language: str) -> None:
    """The data protection contact reads when the owner confirmed it, or that nobody has."""
    unconfirmed = drafts(case(), language=language, formal=True, now=NOW)[-1]
    confirmed = drafts(case(times=Times(SENT, ALERTED, CONFIRMED)), language=language, formal=True, now=NOW)[
        -1
    ]

    assert Addressee.PRIVACY is confirmed.addressee
    assert "13:31" in confirmed.text
    assert "13:31" not in unconfirmed.text


def test_several_wrong_recipients_do_not_see_each_other() -> None:
    """They are written to in Bcc, without a name in the greeting."""
    wrong = [f"p{number}@house{number}.example" for number in range(1, 4)]
    letter = drafts(case(many(), wrong=wrong), language="en", formal=True, now=NOW)[0]

    assert () == letter.to
    assert wrong == [one.address for one in letter.bcc]
    assert letter.text.startswith("Dear Sir or Madam,")


def test_nobody_is_asked_to_delete_what_came_back() -> None:
    """Where all of it bounced there is no letter to a recipient, and the others say so."""
    about = case(later=[Later("bounce", ROSSI, SENT)])
    letters = drafts(about, language="en", formal=True, now=NOW)

    assert Addressee.RECIPIENT not in {one.addressee for one in letters}
    assert "came back undelivered" in letters[0].text


def test_only_the_letters_that_belong_to_the_steps_are_suggested() -> None:
    """Low: none but to the person meant; middle: the recipient too; high: all."""

    def suggested(about: Any) -> set[str]:  # noqa: ANN401
        return {
            one.addressee.value for one in drafts(about, language="en", formal=True, now=NOW) if one.suggested
        }

    assert {"meant"} == suggested(case(low()))
    assert {"recipient", "meant"} == suggested(case(middle()))
    assert {"recipient", "meant", "manager", "privacy"} == suggested(case(high()))
    assert set() == suggested(case(low(), meant=None))


@pytest.mark.parametrize(
    ("name", "formal", "informal"),
    [
        ("Marco Rossi", "Dear Marco Rossi,", "Hi Marco,"),
        ("Rossi, Marco", "Dear Marco Rossi,", "Hi Marco,"),
        ("Jean-Luc O’Neill", "Dear Jean-Luc O’Neill,", "Hi Jean-Luc,"),
        ("İpek Yıldız", "Dear İpek Yıldız,", "Hi İpek,"),
        ("Marco", "Dear Marco,", "Hi Marco,"),
        ("Sales", "Dear Sir or Madam,", "Hello,"),
        ("sales@acme.example", "Dear Sir or Madam,", "Hello,"),
        ("Acme (orders) 24/7", "Dear Sir or Madam,", "Hello,"),
        ("", "Dear Sir or Madam,", "Hello,"),
    ],
)
def test_people_are_greeted_by_names_that_are_theirs(name: str, formal: str, informal: str) -> None:
    """What is no person's name is left out rather than written wrongly."""
    about = case(message(subject="Hello"))
    about = replace(about, parties=tuple(replace(one, name=name) for one in about.parties))

    assert formal == drafts(about, language="en", formal=True, now=NOW)[0].text.splitlines()[0]
    assert informal == drafts(about, language="en", formal=False, now=NOW)[0].text.splitlines()[0]


def test_text_of_a_message_does_nothing_in_a_letter() -> None:
    """A subject with line ends or template marks is one line of plain text."""
    about = case(message(subject="Hi\r\nBcc: x@y.example {{ 7 * 7 }} \u202eevil", attachments=["a\n.pdf"]))
    for letter in drafts(about, language="en", formal=True, now=NOW):
        assert "\n" not in letter.subject
        assert "49" not in letter.text
        assert "\u202e" not in letter.text
        assert "\nBcc:" not in letter.text


def _fillings(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
