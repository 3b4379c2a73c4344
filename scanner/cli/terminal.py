"""What mail says, shown on a terminal without letting it do anything there."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from scanner.alert.safe import one_line


def console() -> Console:
    """Standard output. Mail is shown as it is: nothing in it is markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def words(text: str, limit: int = 200, style: str = "", *, indent: int = 0) -> Text:
    """Text out of a mail, harmless and on one line."""
    return Text(" " * indent + one_line(text, limit), style=style)


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago something was, in the largest unit that fits."""
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count = seconds // size
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "now"


def day(moment: datetime | None) -> str:
    """A date and time in UTC, as short as it can be understood."""
    return "no date" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def percent(score: float) -> str:
    """A probability for people: two digits that count."""
    return f"{100 * score:.2g} %" if score < 0.995 else "over 99 %"
