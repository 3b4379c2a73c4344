"""The data files of the six languages: whole, alike, calm, and grammatical whatever a name is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest

from scanner.detect.evidence import Kind
from scanner.detect.reasons import ENGLISH
from scanner.detect.verdict import Severity
from scanner.words import LANGUAGES, words
from scanner.worker.lookout import BLINDING, MISSING, MODEL, QUARANTINE

TRANSLATED = [language for language in LANGUAGES if language != "en"]
FORMS = {"one", "other"}
OURS = {"count", "outsiders", "organisations", "times", "near_times", "ago", "time", "zone", "wrong", "fine"}
"""Fillings that are no text out of mail, numbers and folder names of ours: grammar knows all about them."""

BLAME = {
    "en": "your fault|mistakes?\\b|careless|you failed|should have|oops |error|blunder|unfortunately",
    "it": "colpa|errore|sbaglio|distratt|avrebbe dovuto|purtroppo|incaut|negligen",
    "es": "culpa|error|descuid|debería haber|por desgracia|lamentablemente|negligen|fallo",
    "tr": "hata|suç|dikkatsiz|ihmal|maalesef|ne yazık|kusur",
    "de": "schuld\\b|fehler|versehen|versäumnis|unachtsam|leider|hätten sie|nachlässig",
    "fr": "faute|erreur|négligen|inattenti|malheureusement|auriez dû|hélas",
}
PROMISE = {
    "en": "guarantee|lawful|compliant|obliged|you must report",
    "it": "garanti|a norma|obbligat|conforme",
    "es": "garanti|obligad|conforme a",
    "tr": "garanti|zorunda|yükümlü",
    "de": "garanti|rechtssicher|verpflichtet|konform",
    "fr": "garanti|obligatoire|conforme|êtes tenu",
}
QUOTES = {"en": "“”", "it": "«»", "es": "«»", "tr": "“”", "de": "„“", "fr": "«»"}
NOT_BEFORE_A_NAME = {
    "en": "a|an",
    "it": "a|ad|o|od|il|lo|la|i|gli|le|del|al|dal",
    "es": "y|o|e|u|el|la|del|al",
    "tr": "$.",
    "de": "der|die|das|dem|den|des|ein|eine|einem|einen|einer|vom|zum|zur|beim|am",
    "fr": "de|que|ne|le|la|du|au|si|jusque|lorsque|puisque|presque|quelque|les|des|aux",
}
"""Words whose form depends on the word that follows them: its gender, its case or its first sound."""


def _sentences(language: str) -> dict[str, str]:
    """Give every sentence by its place: "steps.high.0", "counts.ago.one"."""

    def walk(place: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  a data file
        if isinstance(value, str):
            yield place, value
        else:
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            for key, one in inner:
                yield from walk(f"{place}.{key}" if place else str(key), one)

    return dict(walk("", words(language).sections))


def _fillings(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def _plain(language: str) -> dict[str, str]:
    return {place: text for place, text in _sentences(language).items() if not place.startswith("date.")}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_language_says_all_that_english_says(language: str) -> None:
    """No sentence is missing, and none is left over."""
    assert sorted(_sentences("en")) == sorted(_sentences(language))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_filled_with_the_same(language: str) -> None:
    """A singular alone may do without its number."""
    english = _sentences("en")
    differing = {
        place: text
        for place, text in _sentences(language).items()
        if _fillings(text) != _fillings(english[place])
        and not (
            place.endswith(".one") and _fillings(text) | {"count"} == _fillings(english[place]) | {"count"}
        )
    }
    assert {} == differing


@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_sentences_have_the_forms_of_their_language(language: str) -> None:
    """CLDR names them; "many", for round millions in the Romance languages, is left to "other"."""
    said = words(language)
    assert set(said.locale.plural_form.tags) | {"other", "many"} == FORMS | {"many"}
    prefixes = {place.rpartition(".")[0] for place in _sentences(language) if place.endswith(".other")}
    assert len(prefixes) >= 10
    for prefix in prefixes:
        assert {f"{prefix}.{form}" for form in FORMS} <= set(_sentences(language))


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_was_left_in_english(language: str) -> None:
    """Sentences of more than three words differ from the English ones."""
    english = _sentences("en")
    same = [place for place, text in _plain(language).items() if text == english[place]]
    assert [] == [place for place in same if len(re.findall(r"[^\W\d]+(?![^{]*\})", english[place])) > 3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_raises_its_voice_blames_or_promises(language: str) -> None:
    """No exclamation mark, no promise about the law; to the owner also no word of fault.

    A draft (sections named draft...) speaks for the owner, who may well say that it was their mistake.
    """
    found = {
        place: text
        for place, text in _plain(language).items()
        if re.search("[!¡！]|\\b(?:" + PROMISE[language] + ")", text, re.IGNORECASE)
        or (
            not place.startswith("draft") and re.search("\\b(?:" + BLAME[language] + ")", text, re.IGNORECASE)
        )
    }
    assert {} == found


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This is your fault."),
        ("it", "È stato un errore."),
        ("es", "Ha sido culpa de usted."),
        ("tr", "Bu sizin hatanız."),
        ("de", "Ein Versehen Ihrerseits."),
        ("fr", "C’est une faute."),
    ],
)
def test_the_list_of_blame_would_notice(language: str, sentence: str) -> None:
    """The test above can fail."""
    assert re.search("\\b(?:" + BLAME[language] + ")", sentence, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_about_the_clock_says_that_it_is_no_legal_advice(language: str) -> None:
    """Wherever the 72 hours are named."""
    disclaimers = {
        "en": "not legal advice",
        "it": "non è un parere legale",
        "es": "no es asesoramiento jurídico",
        "tr": "hukuki danışmanlık değildir",
        "de": "keine Rechtsberatung",
        "fr": "n’est pas un conseil juridique",
    }
    about = [text for text in _plain(language).values() if "72" in text]
    assert 1 <= len(about)
    assert [] == [text for text in about if disclaimers[language] not in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_ending_and_no_elision_touches_what_is_filled_in(language: str) -> None:
    """A name can be anybody's: no suffix, no apostrophe, no word that bends before it."""
    bends = re.compile(rf"(?:^|[\s(«“„])(?:{NOT_BEFORE_A_NAME[language]})\s$", re.IGNORECASE)
    wrong: list[tuple[str, str]] = []
    for place, text in _plain(language).items():
        before = ""
        name: str | None = None
        for literal, following, _, _ in Formatter().parse(text):
            if name is not None and name not in OURS and re.match(r"[\w’'-]", literal):
                wrong.append((place, name))
            before = literal
            name = following
            touched = re.search(r"[\w’'-]$", before) or bends.search(before)
            if name is not None and name not in OURS and touched:
                wrong.append((place, name))
    assert [] == wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    """And in French they keep their space, which does not break."""
    text = "\n".join(_plain(language).values())
    assert set() == set(re.findall('["“”„«»‹›]', text.replace('["..."]', ""))) - set(QUOTES[language])
    if language == "fr":
        assert not re.search(
            "«(?!\u00a0)|(?<!\u00a0)»|(?<![\u00a0\\w])[:;?](?=\\s|$)|\\w[:;?](?=\\s|$)", text
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_as_sentences(language: str) -> None:
    """Reasons, steps and the foot with a full stop; white space is single and inside only."""
    for place, text in _plain(language).items():
        assert text == " ".join(text.split(" ")).strip(" ")
        assert "  " not in text
        if place.split(".")[0] in {"reasons", "steps", "foot", "blind_meaning", "blind_remedy"}:
            assert text.endswith(".")


def test_every_kind_of_later_evidence_has_its_sentence() -> None:
    """An alert that comes of it says what came."""
    assert set() == {f"evidence_{kind.value}" for kind in Kind} - set(ENGLISH)


def test_every_severity_and_every_blindness_has_its_sentences() -> None:
    """Words for it, first steps, and what it means."""
    sections = words("en").sections
    assert {one.value for one in Severity} == set(sections["severity"]) == set(sections["steps"])
    causes = {*BLINDING, MISSING, MODEL, QUARANTINE}
    for section in ("blind", "blind_meaning", "blind_remedy"):
        assert causes == set(sections[section])
