"""docs/gallery holds what Oopsee writes today. To store it anew: `python -m tests.gallery`."""

from __future__ import annotations

import re

import pytest

from scanner.alert.safe import width
from scanner.detect.severity import Load, Reach
from scanner.detect.verdict import Action, Severity
from scanner.words import LANGUAGES
from tests.gallery.pages import SNAPSHOTS, make
from tests.gallery.stage import CASES, scenes

MADE = make()
STORED = SNAPSHOTS.stored()
KINDS = ("alert.txt", "alert.html", "drafts.md", "record.md")


def test_the_gallery_holds_every_kind_of_page_of_every_case_and_an_index() -> None:
    """Six languages, three cases, four pages each; none left over."""
    pages = {f"{language}/{case}.{kind}" for language in LANGUAGES for case in CASES for kind in KINDS}
    assert {"README.md", *pages} == STORED.keys()


@pytest.mark.parametrize("name", sorted(MADE))
def test_each_page_is_what_is_written_today(name: str) -> None:
    """To the last character."""
    assert STORED[name] == MADE[name]


def test_the_index_links_to_every_page() -> None:
    """Nobody has to look for them."""
    assert STORED.keys() - {"README.md"} == set(re.findall(r"\]\(([^)]+)\)", STORED["README.md"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cases_are_what_they_are_called(language: str) -> None:
    """Judged and weighed by the product: a few lines inside, files outside, data about people outside."""
    found = scenes(language)
    assert [Severity.LOW, Severity.MIDDLE, Severity.HIGH] == [one.case.severity for one in found]
    assert [one.case.severity for one in found] == [one.verdict.severity for one in found]
    assert [Reach.INSIDE, Reach.OUTSIDE, Reach.OUTSIDE] == [one.case.reach for one in found]
    assert [Load.BRIEF, Load.FILES, Load.GRAVE] == [one.case.load for one in found]
    assert {Action.ALERT} == {one.verdict.action for one in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_message_names_who_got_it_and_who_was_meant(language: str) -> None:
    """One recipient is suspected, the person of the scene comes to mind, for at least two reasons."""
    for one in scenes(language):
        assert one.case.meant is not None
        assert one.meant == one.case.meant.address
        assert [one.message.recipients[0].address] == [party.address for party in one.case.wrong]
        assert len(one.verdict.recipients[0].reasons) >= 2


@pytest.mark.parametrize("name", sorted(name for name in MADE if name.endswith(".txt")))
def test_an_alert_fits_72_columns_but_for_its_command(name: str) -> None:
    """The command would do nothing if it were broken."""
    body = MADE[name].partition("\n\n")[2].splitlines()
    assert [] == [one for one in body if width(one) > 72 and not one.lstrip().startswith("oopsee ")]
