"""The language of a text."""

from __future__ import annotations

import pytest

from scanner.message.languages import language


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Please find attached the plan that we talked about yesterday."),
        ("it", "In allegato trovi il piano di cui abbiamo parlato ieri mattina."),
        ("es", "Adjunto te envío el plan del que hablamos ayer por la mañana."),
        ("tr", "Dün sabah konuştuğumuz planı ekte bulabilirsin, iyi çalışmalar."),
        ("de", "Anbei findest du den Plan, über den wir gestern gesprochen haben."),
        ("fr", "Veuillez trouver ci-joint le plan dont nous avons parlé hier matin."),
    ],
)
def test_the_six_languages_are_told_apart(code: str, text: str) -> None:
    """A sentence is enough."""
    assert code == language(text)


@pytest.mark.parametrize(
    "text", ["", "ok", "thanks", "https://example.com/a/very/long/path?x=1", "12345 67890 12345 67890 12345"]
)
def test_too_little_text_has_no_language(text: str) -> None:
    """A word, a number or a link says nothing."""
    assert not language(text)
