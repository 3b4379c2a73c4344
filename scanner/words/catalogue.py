"""The sentences of one language, from its data file; plurals, lists and numbers by Unicode's CLDR."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

FALLBACK: Final = "en"
LANGUAGES: Final = ("en", "it", "es", "tr", "de", "fr")

_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_COUNTED: Final = {"times": "times", "near_times": "times", "ago": "ago"}
"""Values of reasons that are whole numbers, and the sentence of the section [counts] that says them."""

_SOUNDS_LIKE_I: Final = re.compile(r"h?[ií](?![aeou])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """What can be said in one language. A sentence that is missing raises KeyError.

    Values are put in as they are, so they must be harmless already (`scanner.alert.safe`).
    """

    language: str
    locale: Locale
    sections: dict[str, Any]

    def say(self, section: str, key: str, **values: object) -> str:
        """Fill a sentence for plain text."""
        return str(self.sections[section][key]).format(**values)

    def html(self, section: str, key: str, **values: object) -> Markup:
        """Fill a sentence for HTML; every value is escaped and kept from turning the text around it (bdi)."""
        shown = {
            name: value if isinstance(value, Markup) else Markup("<bdi>{}</bdi>").format(value)
            for name, value in values.items()
        }
        return Markup(str(self.sections[section][key])).format(**shown)  # noqa: S704  the sentence is ours, values are escaped

    def count(self, section: str, key: str, count: float, **values: object) -> str:
        """Fill the form of a sentence that fits `count`, which it may name as {count}."""
        number = int(count) if count == int(count) else count
        forms = self.sections[section][key]
        form = forms.get(self.locale.plural_form(number), forms["other"])
        return str(form).format(count=self.number(number), **values)

    def several(self, section: str, key: str, **values: object) -> list[str]:
        """Fill each sentence of a list of them."""
        return [str(one).format(**values) for one in self.sections[section][key]]

    def join(self, items: Sequence[str]) -> str:
        """Name several things: "A, B and C"."""
        joined = str(format_list(list(items), style="standard", locale=self.locale))
        last = items[-1] if items else ""
        if self.language == "es" and len(items) > 1 and _SOUNDS_LIKE_I.match(last):
            return f"{joined.removesuffix(f'y {last}')}e {last}"  # the conjunction before the sound of i
        return joined

    def labelled(self, label: str, value: str) -> str:
        """Put a value after its label: "Sent: today"."""
        return self.say("marks", "labelled", label=label, value=value)

    def number(self, number: float) -> str:
        """Write a number with the marks of the language."""
        return str(format_decimal(number, locale=self.locale))

    def day(self, at: datetime) -> str:
        """Name the day of a moment in its own time zone, the month in words."""
        pattern = self.sections["date"]["first_of_month" if at.day == 1 else "day"]
        return str(format_date(at.date(), pattern, locale=self.locale))

    def moment(self, at: datetime) -> str:
        """Name a moment in its own time zone: the day, hours and minutes, the zone as an offset."""
        offset = f"{at:%z}"
        zone = f"UTC{'' if offset in {'', '+0000'} else f'{offset[:3]}:{offset[3:5]}'}"
        return self.say("date", "moment", day=self.day(at), time=f"{at:%H:%M}", zone=zone)

    def span(self, span: timedelta) -> str:
        """Name a span of time in its largest unit, rounded down; "" for less than a second."""
        seconds = int(span.total_seconds())
        for unit, size in _UNITS:
            if seconds >= size:
                return self.count("span", unit, seconds // size)
        return ""

    def reason(self, key: str, values: Iterable[tuple[str, str]]) -> str:
        """Say why a recipient looks wrong. Whole numbers of times and days are put into words."""
        return self.say("reasons", key, **{name: self._value(name, value) for name, value in values})

    def _value(self, name: str, value: str) -> str:
        if name not in _COUNTED or not value.isdecimal():
            return value
        if name == "ago" and int(value) <= 1:
            return self.say("counts", "today" if int(value) == 0 else "yesterday")
        return self.count("counts", _COUNTED[name], int(value))


@cache
def words(language: str = FALLBACK) -> Words:
    """Load the sentences of a language ("en", ...); English where it is none of the six."""
    known = language if language in LANGUAGES else FALLBACK
    text = files("scanner.words").joinpath("data", f"{known}.toml").read_text(encoding="utf-8")
    sections = tomllib.loads(text)
    return Words(known, Locale.parse(sections.pop("locale")), sections)
