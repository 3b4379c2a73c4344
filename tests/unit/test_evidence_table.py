"""How much evidence is recognised: the page says what is measured, and no less than before is found."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.evidence_table import BEGIN, END, PAGE, Row, rows, table


@pytest.fixture(scope="module")
def made() -> list[Row]:
    """The rows as they are today."""
    return list(rows())


# Found at least, false at most: seen and unseen together. What is found today; a change of phrases may
# trade one for the other, but not silently.
BOUNDS = {
    ("retraction", "en"): (32, 2),
    ("retraction", "it"): (36, 2),
    ("retraction", "es"): (35, 3),
    ("retraction", "tr"): (32, 6),
    ("retraction", "de"): (34, 4),
    ("retraction", "fr"): (33, 2),
    ("notice", "en"): (27, 2),
    ("notice", "it"): (26, 0),
    ("notice", "es"): (27, 5),
    ("notice", "tr"): (31, 2),
    ("notice", "de"): (28, 4),
    ("notice", "fr"): (25, 2),
    ("recall", "en"): (16, 0),
    ("recall", "it"): (16, 0),
    ("recall", "es"): (16, 0),
    ("recall", "tr"): (16, 0),
    ("recall", "de"): (15, 0),
    ("recall", "fr"): (16, 0),
    ("resend", "any"): (6, 1),
    ("bounce", "any"): (6, 0),
    ("answer", "any"): (2, 0),
}


def test_the_page_shows_the_table_of_today(made: list[Row]) -> None:
    """`make evidence ARGS=--write` puts it there."""
    page = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]

    assert table(made) == page.lstrip("\n")


def test_no_less_is_found_and_no_more_decoys_are_taken(made: list[Row]) -> None:
    """By kind and language, over seen and unseen texts."""
    found: Counter[tuple[str, str]] = Counter()
    false: Counter[tuple[str, str]] = Counter()
    for row in made:
        found[row.kind, row.language] += row.found
        false[row.kind, row.language] += row.false

    assert {} == {
        place: (found[place], false[place])
        for place, (least, most) in BOUNDS.items()
        if found[place] < least or false[place] > most
    }
    assert set(BOUNDS) == set(found)


def test_what_the_phrases_were_written_from_is_recognised_whole(made: list[Row]) -> None:
    """A text that a speaker added as `seen` has a phrase, or it is no `seen` text."""
    seen = [row for row in made if row.set == "seen"]

    assert [] == [row for row in seen if row.found < row.cases or row.false]


def test_there_are_fifteen_texts_and_fifteen_decoys_for_each_phrase_and_language(made: list[Row]) -> None:
    """Fewer would say nothing."""
    cases: Counter[tuple[str, str]] = Counter()
    decoys: Counter[tuple[str, str]] = Counter()
    for row in made:
        if row.set != "scenes":
            cases[row.kind, row.language] += row.cases
            decoys[row.kind, row.language] += row.decoys

    assert 18 == len(cases)
    assert min(*cases.values(), *decoys.values()) >= 15
