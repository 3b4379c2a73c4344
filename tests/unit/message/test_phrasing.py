"""The language of patterns in which the data files write down what people say."""

from __future__ import annotations

import pytest

from scanner.message.phrasing import (
    PatternError,
    Phrases,
    Vetoes,
    compile_pattern,
    plain,
    sentence_around,
)

CLASSES = {"who": "person|client*|{name}"}


def holds(pattern: str, text: str) -> bool:
    """Whether a text holds a pattern."""
    return bool(list(Phrases([("", compile_pattern(pattern, CLASSES))]).found(plain(text))))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("wrong <who>", "Sorry, the wrong CLIENTS!"),
        ("wrong <who>", "to the wrong Tom."),
        ("wrong {name}", "The wrong Anna, I fear"),
        ("sent .. by mistake", "sent to all of\nyou... no, sent it by mistake"),
        ("was [only] meant", "It was meant well"),
        ("was [only] meant", "It was only meant well"),
        ("for me !to", "This is for me."),
        ("für dich", "Fuer dich"),
        ("yanlış kişi*", "YANLIŞ KİŞİYE gönderdim"),
        ("don't think", "I dont think so"),
        ("don’t think", "I don't think so"),
        ("n'était pas", "Ce n’était pas lui"),
        ("stand # liegt", "Stand 7 liegt bei"),
        ("lot #", "Whg. und Lot. 4? Lot 14"),
        ("for you ?", "Is it for you?!"),
        ("wrong one .", "That is the wrong one"),
        ("(a|the wrong) one", "the wrong one"),
    ],
)
def test_a_pattern_is_found(pattern: str, text: str) -> None:
    """Whatever the case, the accents, the punctuation and the lines."""
    assert holds(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("wrong {name}", "The wrong Wednesday"),
        ("sent .. by mistake", "I sent it. By mistake he saw it."),
        ("sent .. by mistake", "sent one two three four by mistake"),
        ("for me !to", "It is not for me to decide."),
        ("for you ?", "It is for you. Is it?"),
        ("wrong one .", "the wrong one of two"),
        ("sent", "consent, sentence"),
    ],
)
def test_a_pattern_is_not_found(pattern: str, text: str) -> None:
    """Gaps end with the sentence and are counted, words are whole words."""
    assert not holds(pattern, text)


@pytest.mark.parametrize("pattern", ["(a|b", "a)", "<nobody>", "[wrong]", "no*", "*person"])
def test_a_pattern_that_cannot_be_read_or_sought_is_named(pattern: str) -> None:
    """Whoever corrects the data learns which line it was."""
    with pytest.raises(PatternError):
        Phrases([("", compile_pattern(pattern, CLASSES))])


def test_a_veto_may_start_with_anything() -> None:
    """It is looked for in one sentence only."""
    vetoes = Vetoes([compile_pattern("*diyse", {}), compile_pattern("{name} sent", {})])

    assert [True, True, False] == [
        vetoes.within(plain(text)) for text in ("size geldiyse", "Then Marco sent it", "I sent it")
    ]


def test_a_sentence_is_found_around_its_words() -> None:
    """With the end that tells a question."""
    text = plain("Hi.\n\nDid I send it to you? Sorry.")
    place = text.index("send")

    assert "did i send it to you ? " == sentence_around(text, place, place + 4)
