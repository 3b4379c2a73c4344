"""From content to text and HTML, by the templates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from scanner.alert.content import Content, first_line
from scanner.alert.safe import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.alert.catalogue import Catalogue

COLUMNS = 72


def alert(
    about: Content, *, title: str, foot: Sequence[str], words: Catalogue, language: str
) -> tuple[str, str]:
    """Give the text and the HTML of an alert."""
    values = {
        "about": about,
        "first": first_line(about, words),
        "first_html": first_line(about, words, html=True),
        "steps": list(words.steps(about.severity)),
        "foot": foot,
        "title": title,
        "language": language,
        "say": words.say,
    }
    return _render("alert", values)


def digest(  # the digest's first line counts for its title too
    items: Sequence[Content],
    *,
    first: str,
    title: str,
    more: int,
    foot: Sequence[str],
    words: Catalogue,
    language: str,
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
        "language": language,
        "say": words.say,
    }
    return _render("digest", values)


def notice(
    *,
    what: str,
    meaning: str,
    remedy: str,
    since: str,
    title: str,
    foot: Sequence[str],
    words: Catalogue,
    language: str,
) -> tuple[str, str]:
    """Give the text and the HTML of a notice that sent mail is not watched."""
    values = {
        "what": what,
        "meaning": meaning,
        "remedy": remedy,
        "since": since,
        "foot": foot,
        "title": title,
        "language": language,
        "say": words.say,
    }
    return _render("notice", values)


def _render(name: str, values: dict[str, Any]) -> tuple[str, str]:
    environment = _environment()
    return (
        environment.get_template(f"{name}.txt.j2").render(values),
        environment.get_template(f"{name}.html.j2").render(values),
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
