"""The sentences of one language, from its data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from scanner.detect.verdict import Reason

FALLBACK = "en"

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sentences by section and key; those that the language lacks are English.

    Values are put in as they are, so they must be harmless already (`safe.one_line`).
    """

    own: dict[str, Any]
    english: dict[str, Any]

    def say(self, section: str, key: str, **values: object) -> str:
        """Fill a sentence for plain text."""
        return str(self._find(section, key)).format(**values)

    def html(self, section: str, key: str, **values: object) -> Markup:
        """Fill a sentence for HTML; every value is escaped and kept from turning the text around it (bdi)."""
        shown = {
            name: value if isinstance(value, Markup) else Markup("<bdi>{}</bdi>").format(value)
            for name, value in values.items()
        }
        return Markup(str(self._find(section, key))).format(**shown)  # noqa: S704  the sentence is ours, values are escaped

    def steps(self, severity: str) -> Sequence[str]:
        """Give the first steps for a severity, in order."""
        return [str(step) for step in self._find("steps", severity)]

    def reason(self, reason: Reason) -> str:
        """Give the reason in this language, in English where the language has no sentence for its key."""
        sentence = self.own.get("reasons", {}).get(reason.key)
        if sentence is None:
            return reason.text
        return str(sentence).format_map(dict(reason.values))

    def moment(self, at: datetime) -> str:
        """Name a moment in its own time zone: the day in words, hours and minutes, the zone as an offset."""
        months = self.own.get("months") or self.english["months"]
        offset = f"{at:%z}"
        return self.say(
            "text",
            "date",
            day=at.day,
            month=months[at.month - 1],
            year=at.year,
            time=f"{at:%H:%M} UTC{'' if offset in {'', '+0000'} else f'{offset[:3]}:{offset[3:5]}'}",
        )

    def span(self, span: timedelta) -> str:
        """Name a span of time in its largest unit, rounded down; "" for less than a second."""
        seconds = int(span.total_seconds())
        for unit, size in _UNITS:
            if seconds >= size:
                count = seconds // size
                forms = self._find("ago", unit)
                return str(forms[0 if count == 1 else 1]).format(count=count)
        return ""

    def _find(self, section: str, key: str) -> Any:  # noqa: ANN401  a data file holds texts and lists of texts
        found = self.own.get(section, {}).get(key)
        return self.english[section][key] if found is None else found


@cache
def catalogue(language: str = FALLBACK) -> Catalogue:
    """Load the sentences of a language ("en", ...); English where there are none."""
    english = _load(FALLBACK)
    known = language.isalpha() and language.islower() and _place(language).is_file()
    return Catalogue(_load(language) if known else english, english)


def _place(language: str) -> Any:  # noqa: ANN401  importlib's own type moved between Python versions
    return files("scanner.alert").joinpath("templates", f"{language}.toml")


def _load(language: str) -> dict[str, Any]:
    return tomllib.loads(_place(language).read_text(encoding="utf-8"))
