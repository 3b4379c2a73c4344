"""The rules that the files of test cases in tests/cases keep."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, product
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from tests.phrase_cases import (
    FOLDER,
    KINDS,
    LANGUAGES,
    SECOND,
    SETS,
    CaseError,
    Expected,
    Kind,
    Language,
    files,
    load,
    load_file,
)

LEAST = {"retraction": 8, "notice": 8, "recall": 7}
"""The fewest positive cases and the fewest decoys, in each set of a kind and language."""
LEAST_TOGETHER = {"retraction": 16, "notice": 16, "recall": 15}
"""The same of both sets together."""
SECOND_KINDS: tuple[Kind, ...] = ("retraction", "notice")
"""The kinds that have a second set."""
LEAST_SECOND = 12
"""The fewest positive cases and the fewest decoys in a file of the second set."""
LEAST_EXPECTED: dict[Expected, int] = {"party": 8, "withdrawn": 3}
"""How many retractions of a file of the second set tell of another addressee, and how many give no reason."""
MOST_ALIKE = {"retraction": 75.0, "notice": 75.0, "recall": 90.0}
"""The likeness in percent that no two texts of a file reach; a recall notice is one fixed sentence, so that
only the subject tells two of them apart."""
EACH = list(product(KINDS, LANGUAGES))
EACH_SECOND = list(product(SECOND_KINDS, LANGUAGES))
EACH_FILE = [(kind, language, path) for kind, language in EACH for path in files(kind, language)]
RESERVED = ("example", "test", "invalid", "localhost", "example.com", "example.org", "example.net")


def stripped(text: str, *, keep_names: bool) -> str:
    """The text without addresses, digits and, unless told, words with a capital: what names cannot change."""
    text = re.sub(r"\S+@\S+|https?://\S+|\d", " ", text)
    if not keep_names:
        text = " ".join(word for word in text.split() if not word[0].isupper())
    return " ".join(text.casefold().split())


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_each_set_of_each_file_holds_enough_cases_and_decoys(kind: Kind, language: Language) -> None:
    """Per kind and language both sets have their share of positive cases and of decoys."""
    cases = load(kind, language)

    for positive in (True, False):
        chosen = [case.set for case in cases if case.positive is positive]
        assert len(chosen) >= LEAST_TOGETHER[kind]
        assert all(chosen.count(name) >= LEAST[kind] for name in SETS)


@pytest.mark.parametrize(("kind", "language"), EACH_SECOND)
def test_the_second_set_is_large_enough_and_unseen(kind: Kind, language: Language) -> None:
    """Each file of the second set has its share of positive cases and decoys, none of them seen."""
    cases = load_file(FOLDER / SECOND / f"{kind}.{language}.toml", kind, language)

    positive = [case for case in cases if case.positive]
    assert {"unseen"} == {case.set for case in cases}
    assert len(positive) >= LEAST_SECOND
    assert len(cases) - len(positive) >= LEAST_SECOND
    if kind == "retraction":
        counts = Counter(case.expect for case in positive)
        assert all(counts[name] >= least for name, least in LEAST_EXPECTED.items())


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_every_case_has_a_name_of_its_own_and_its_fields(kind: Kind, language: Language) -> None:
    """Ids are slugs and unique, bodies are not empty, a decoy tells its trap, a recall quotes its subject."""
    cases = load(kind, language)

    assert len(cases) == len({case.id for case in cases})
    for case in cases:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case.id), case.id
        assert case.body.strip(), case.id
        assert case.positive or case.why, case.id
        assert (case.expect == "recall") is bool(case.recalled), case.id
        assert case.recalled in " ".join(case.body.split()), case.id


@pytest.mark.parametrize(("kind", "language", "path"), EACH_FILE)
def test_no_two_cases_differ_only_in_names_and_numbers(kind: Kind, language: Language, path: Path) -> None:
    """Without names, addresses and digits no two texts of a file are alike."""
    recall = kind == "recall"
    texts = {
        case.id: stripped(f"{case.subject} {case.body}" if recall else case.body, keep_names=recall)
        for case in load_file(path, kind, language)
    }

    alike = [
        (first, second, round(likeness))
        for first, second in combinations(texts, 2)
        if (likeness := fuzz.ratio(texts[first], texts[second])) >= MOST_ALIKE[kind]
    ]
    assert [] == alike


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_addresses_are_on_example_domains(kind: Kind, language: Language) -> None:
    """No text holds an address that somebody could own (RFC 2606)."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in files(kind, language))
    domains = re.findall(r"(?:@|https?://|\bwww\.)([\w.-]*\w)", text)

    assert [] == [name for name in domains if not name.endswith(RESERVED)]


def test_a_misspelt_value_is_told_with_file_and_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A misspelt `expect` names the file and the case it stands in."""
    (tmp_path / "notice.en.toml").write_text(
        '[[case]]\nid = "odd"\nset = "seen"\nexpect = "notise"\nsubject = ""\nbody = "x"\n', encoding="utf-8"
    )
    monkeypatch.setattr("tests.phrase_cases.FOLDER", tmp_path)

    with pytest.raises(CaseError, match=r"notice\.en\.toml: case odd"):
        load("notice", "en")
