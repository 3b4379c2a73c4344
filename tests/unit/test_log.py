"""What the log shows, and whom it does not name."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from scanner import log

KEY = b"k" * 32


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def said(level: str, form: Literal["console", "json"] = "json", **event: object) -> str:
    """What stands in the log after one event, at the lowest level."""
    stream = io.StringIO()
    log.configure(form=form, level="debug", key=KEY, stream=stream)
    getattr(structlog.get_logger("oopsee"), level)("sent", **event)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "value",
    [
        "Anna@firm.example",
        "login of <anna@firm.example> refused",
        ["anna@firm.example"],
        {"a": "anna@firm.example"},
    ],
)
def test_an_address_is_shown_as_a_digest(form: Literal["console", "json"], value: object) -> None:
    """Wherever in an event an address stands, its digest stands in its place."""
    text = said("info", form, value=value)

    assert "firm.example" not in text
    assert log.digest("anna@firm.example", KEY) in text


def test_an_address_in_an_exception_is_shown_as_a_digest() -> None:
    """The words of an exception are cleaned as well."""
    stream = io.StringIO()
    log.configure(form="json", level="info", key=KEY, stream=stream)
    try:
        raise ValueError("anna@firm.example")  # noqa: TRY301
    except ValueError:
        structlog.get_logger("oopsee").warning("failed", exc_info=True)

    assert "anna@firm.example" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_subjects_are_dropped_above_debug() -> None:
    """A subject appears at the level debug only."""
    assert "Offer" not in said("info", subject="Offer")
    assert "Offer" in said("debug", subject="Offer")


def test_the_same_address_reads_the_same() -> None:
    """One can follow somebody through the log without learning who it is."""
    assert log.digest("anna@firm.example", KEY) == log.digest("ANNA@firm.example", KEY)
    assert log.digest("anna@firm.example", KEY) != log.digest("anna@firm.example", b"other")


def test_libraries_speak_in_the_same_form() -> None:
    """What a library logs is one JSON object a line, without addresses."""
    stream = io.StringIO()
    log.configure(form="json", level="info", key=KEY, stream=stream)
    logging.getLogger("some.library").warning("mail for %s", "anna@firm.example")
    event = json.loads(stream.getvalue())

    assert "warning" == event["level"]
    assert "anna@firm.example" not in event["event"]


def test_the_level_silences_what_is_below() -> None:
    """At the level warning, info is not said."""
    stream = io.StringIO()
    log.configure(form="json", level="warning", key=KEY, stream=stream)
    structlog.get_logger("oopsee").info("hello")

    assert not stream.getvalue()
