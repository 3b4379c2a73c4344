"""How numbers, lists, dates and spans are said in each language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scanner.words import LANGUAGES, words

PARIS = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Anna, Ben and Isa"),
        ("it", "Anna, Ben e Isa"),
        ("es", "Anna, Ben e Isa"),
        ("tr", "Anna, Ben ve Isa"),
        ("de", "Anna, Ben und Isa"),
        ("fr", "Anna, Ben et Isa"),
    ],
)
def test_several_are_named_as_the_language_does(language: str, sentence: str) -> None:
    """The last with its conjunction; one alone without any."""
    assert sentence == words(language).join(["Anna", "Ben", "Isa"])
    assert "Anna" == words(language).join(["Anna"])
    assert "" == words(language).join([])


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        ("Irene", "Ana e Irene"),
        ("Íñigo", "Ana e Íñigo"),
        ("Hilario", "Ana e Hilario"),
        ("Iona", "Ana y Iona"),
        ("Hierro", "Ana y Hierro"),
        ("Bea", "Ana y Bea"),
        ("3 personas más", "Ana y 3 personas más"),
    ],
)
def test_spanish_joins_by_the_sound_of_the_last_name(last: str, sentence: str) -> None:
    """The conjunction y becomes e before the sound of i, not before a diphthong."""
    assert sentence == words("es").join(["Ana", last])


def test_a_name_in_a_list_is_never_taken_for_a_pattern() -> None:
    """Names are anybody's."""
    assert "{0}, {1} y {x} and {2}" == words("en").join(["{0}", "{1} y {x}", "{2}"])
    assert "{count} y {0}" == words("es").join(["{count}", "{0}"])


@pytest.mark.parametrize(
    ("language", "none", "single", "many"),
    [
        ("en", "0 minutes", "1 minute", "2 minutes"),
        ("it", "0 minuti", "1 minuto", "2 minuti"),
        ("es", "0 minutos", "1 minuto", "2 minutos"),
        ("tr", "0 dakika", "1 dakika", "2 dakika"),
        ("de", "0 Minuten", "1 Minute", "2 Minuten"),
        ("fr", "0 minute", "1 minute", "2 minutes"),
    ],
)
def test_counted_things_take_the_form_of_the_language(
    language: str, none: str, single: str, many: str
) -> None:
    """French counts nothing in the singular; Turkish has no plural after a number."""
    said = words(language)
    assert [none, single, many] == [said.count("span", "minute", count) for count in (0, 1, 2)]


@pytest.mark.parametrize(
    ("language", "first", "other"),
    [
        ("en", "1 April 2025, 07:05 UTC+02:00", "31 December 2025, 07:05 UTC+02:00"),
        ("it", "1º aprile 2025, ore 07:05 (UTC+02:00)", "31 dicembre 2025, ore 07:05 (UTC+02:00)"),
        ("es", "1 de abril de 2025, 07:05 (UTC+02:00)", "31 de diciembre de 2025, 07:05 (UTC+02:00)"),
        ("tr", "1 Nisan 2025, 07:05 (UTC+02:00)", "31 Aralık 2025, 07:05 (UTC+02:00)"),
        ("de", "1. April 2025, 07:05 Uhr (UTC+02:00)", "31. Dezember 2025, 07:05 Uhr (UTC+02:00)"),
        ("fr", "1er avril 2025 à 07:05 (UTC+02:00)", "31 décembre 2025 à 07:05 (UTC+02:00)"),
    ],
)
def test_a_moment_is_named_in_its_own_zone(language: str, first: str, other: str) -> None:
    """With the month in words, and the first of a month as the language names it."""
    said = words(language)
    assert first == said.moment(datetime(2025, 4, 1, 7, 5, tzinfo=PARIS))
    assert other == said.moment(datetime(2025, 12, 31, 7, 5, tzinfo=PARIS))
    assert "UTC+" not in said.moment(datetime(2025, 12, 31, 7, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, ""), (1, "1 second"), (61, "1 minute"), (7_199, "1 hour"), (200_000, "2 days"), (-5, "")],
)
def test_a_span_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    """Rounded down; what is over at once, or has not begun, is not said."""
    assert said == words("en").span(timedelta(seconds=seconds))


def test_numbers_bear_the_marks_of_the_language() -> None:
    """A comma or a point, and none where there is nothing after it."""
    assert {"en": "2.5", "it": "2,5", "es": "2,5", "tr": "2,5", "de": "2,5", "fr": "2,5"} == {
        language: words(language).number(2.5) for language in LANGUAGES
    }
    assert "etwa 1 Hinweis auf" in words("de").count("foot", "budget", 1.0)
    assert "etwa 2,5 Hinweise auf" in words("de").count("foot", "budget", 2.5)


@pytest.mark.parametrize(
    ("times", "days", "sentence"),
    [
        ("1", "0", "Sie haben erst einmal an Ben geschrieben, zuletzt heute."),
        ("1", "1", "Sie haben erst einmal an Ben geschrieben, zuletzt gestern."),
        ("3", "12", "Sie haben erst 3-mal an Ben geschrieben, zuletzt vor 12 Tagen."),
        ("3 times", "12 days ago", "Sie haben erst 3 times an Ben geschrieben, zuletzt 12 days ago."),
    ],
)
def test_a_reason_says_its_numbers_in_its_language(times: str, days: str, sentence: str) -> None:
    """What an earlier version put into words itself stays as it is."""
    assert sentence == words("de").reason("seldom", [("name", "Ben"), ("times", times), ("ago", days)])


def test_a_value_is_never_read_as_a_sentence() -> None:
    """Braces in a name ask for nothing."""
    assert "“{what}{0}”" == words("en").say("subject", "quoted", subject="{what}{0}")
    assert "“<bdi>&lt;b&gt;{what}</bdi>”" == words("en").html("first", "quoted", subject="<b>{what}")


def test_a_missing_sentence_is_an_error_and_no_english() -> None:
    """Silence about it would let a language decay."""
    with pytest.raises(KeyError):
        words("de").say("first", "nothing of that name")


def test_a_language_that_has_no_data_file_is_english() -> None:
    """Whatever a language is called, no other file is opened."""
    assert ["en"] * 4 == [words(name).language for name in ("nl", "", "../de", "DE")]
