"""From content to text and HTML, by the templates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from scanner.alert.content import Block, Content, first_line
from scanner.alert.safe import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.words import Words

COLUMNS = 72


def alert(
    about: Content,
    *,
    title: str,
    answers: bool,
    folders: tuple[str, str] | None,
    blocks: Sequence[Block],
    foot: Sequence[str],
    words: Words,
) -> tuple[str, str]:
    """Give the text and the HTML of an alert; `folders` are those for wrong and for fine."""
    values = {
        "about": about,
        "first": first_line(about, words),
        "first_html": first_line(about, words, html=True),
        "steps": [words.say("text", "look"), *words.several("steps", about.severity)],
        "clock": words.say("text", "clock") if about.severity == "high" else "",
        "blocks": blocks,
        "answers": _answers(about.count, words) if answers else [],
        "folder": words.say("answer", "folder", wrong=folders[0], fine=folders[1]) if folders else "",
        "foot": foot,
        "title": title,
    }
    return _render("alert", values, words)


def digest(
    items: Sequence[Content],
    *,
    first: str,
    title: str,
    more: int,
    foot: Sequence[str],
    words: Words,
) -> tuple[str, str]:
    """Give the text and the HTML of a digest; `more` messages are only counted."""
    values = {
        "items": [
            {"about": one, "first": first_line(one, words), "first_html": first_line(one, words, html=True)}
            for one in items
        ],
        "first": first,
        "more": more,
        "foot": foot,
        "title": title,
    }
    return _render("digest", values, words)


def notice(
    *,
    meaning: str,
    remedy: str,
    detail: Sequence[str],
    since: str,
    title: str,
    foot: Sequence[str],
    words: Words,
) -> tuple[str, str]:
    """Give the text and the HTML of a notice that sent mail is not watched; `detail` is in English."""
    values = {
        "meaning": meaning,
        "remedy": remedy,
        "detail": detail,
        "since": since,
        "foot": foot,
        "title": title,
    }
    return _render("notice", values, words)


def told(*, paragraphs: Sequence[str], title: str, foot: Sequence[str], words: Words) -> tuple[str, str]:
    """Give the text and the HTML of a mail of a few paragraphs."""
    return _render("told", {"paragraphs": paragraphs, "foot": foot, "title": title}, words)


def _answers(recipients: int, words: Words) -> list[str]:
    """Give what the answers 1 to 4 mean."""
    return [
        words.say("answer", "wrong"),
        words.say("answer", "fine"),
        words.count("answer", "pair", recipients),
        words.count("answer", "domain", recipients),
    ]


def _render(name: str, values: dict[str, Any], words: Words) -> tuple[str, str]:
    environment = _environment()
    shared = {
        "language": words.language,
        "say": words.say,
        "count": words.count,
        "labelled": words.labelled,
    }
    return (
        environment.get_template(f"{name}.txt.j2").render(values | shared),
        environment.get_template(f"{name}.html.j2").render(values | shared),
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("scanner.alert"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",), disabled_extensions=("txt.j2",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrap"] = lambda text, first="", rest="": wrap(text, COLUMNS, first, rest)
    return environment
