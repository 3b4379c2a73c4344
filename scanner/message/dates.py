"""The Date field (RFC 5322 section 3.3) as real mail writes it, to an aware time in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_EARLIEST_YEAR: Final = 1970
_LATEST_YEAR: Final = 2100
# RFC 5322 section 4.3; hours from UTC. Single military letters mean "unknown", that is UTC.
_ZONES: Final = {
    "UT": 0.0, "GMT": 0.0, "UTC": 0.0, "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0,
    "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "WET": 0.0, "WEST": 1.0, "BST": 1.0, "CET": 1.0, "MET": 1.0,
    "MEZ": 1.0, "CEST": 2.0, "MEST": 2.0, "MESZ": 2.0, "EET": 2.0, "EEST": 3.0, "TRT": 3.0, "MSK": 3.0,
    "JST": 9.0,
}  # fmt: skip
_TIME: Final = r"([0-9]{1,2})[:.]([0-9]{1,2})(?:[:.]([0-9]{1,2})(?:[.,][0-9]{1,9})?)?"
_ZONE: Final = r"(?:\s*(?:(?:GMT|UTC)?([+-][0-9]{2}:?[0-9]{2})|([A-Za-z]{1,5})\b))?"
_RFC5322: Final = re.compile(
    r"(?<![0-9])([0-9]{1,2})[\s-]{1,5}([A-Za-z]{3})[A-Za-z]{0,7}\.?[\s,-]{1,5}([0-9]{2,6})[\s,T]{1,5}"
    + _TIME + r"(?:\s*([AaPp])[Mm]\b)?" + _ZONE,
)  # fmt: skip
_ASCTIME: Final = re.compile(
    r"([A-Za-z]{3})[A-Za-z]{0,7}\s{1,5}([0-9]{1,2}),?\s{1,5}"
    + _TIME
    + r"(?:\s+([A-Za-z]{1,5}))?\s{1,5}([0-9]{4})\b",
)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T\s]" + _TIME + r"\s*(Z|[+-][0-9]{2}:?[0-9]{2})?")


def parse_date(value: str) -> datetime | None:
    """Read a date in UTC, None where there is none to read.

    Takes two- and three-digit years (RFC 5322 section 4.3), obsolete zones, a missing day of week
    or seconds, comments, C's asctime order and ISO 8601. A zone that is unknown or missing counts
    as UTC. Years outside 1970 to 2100 are not believed.
    """
    value = value[:200]
    if "(" in value:
        value = value[: value.index("(")] or value
    found = _RFC5322.search(value)
    if found is not None:
        day, month, year, hour, minute, second, half, offset, zone = found.groups()
        number = _MONTHS.get(month.lower())
        if number is None:
            return None
        hours = int(hour)
        if half is not None:
            hours = hours % 12 + (12 if half in "pP" else 0)
        return _moment(_full_year(year), number, int(day), hours, int(minute), second, _offset(offset, zone))
    found = _ASCTIME.search(value)
    if found is not None:
        month, day, hour, minute, second, zone, year = found.groups()
        number = _MONTHS.get(month.lower(), 0)
        return _moment(int(year), number, int(day), int(hour), int(minute), second, _offset(None, zone))
    found = _ISO.search(value)
    if found is not None:
        year, month, day, hour, minute, second, offset = found.groups()
        offset = None if offset == "Z" else offset
        return _moment(int(year), int(month), int(day), int(hour), int(minute), second, _offset(offset, None))
    return None


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(year) == 3 else number


def _offset(digits: str | None, zone: str | None) -> timedelta:
    if digits is not None:
        hours, minutes = int(digits[1:3]), int(digits[-2:])
        if hours > 24 or minutes > 59:
            return timedelta()
        offset = timedelta(hours=hours, minutes=minutes)
        return -offset if digits[0] == "-" else offset
    return timedelta(hours=_ZONES.get(zone.upper(), 0.0)) if zone else timedelta()


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: str | None, offset: timedelta,
) -> datetime | None:  # fmt: skip
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return None
    try:
        return datetime(year, month, day, hour, minute, min(int(second or 0), 59), tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None
