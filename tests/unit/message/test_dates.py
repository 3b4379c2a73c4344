"""The Date field as real mail writes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.dates import parse_date


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 13 Dec 1999 09:21:00 +0000",
        "Mon, 13 Dec 1999 09:21:00 -0000",
        "Mon, 13 Dec 1999 04:21:00 -0500 (EST)",
        "13 Dec 1999 04:21 EST",
        "13 Dec 99 09:21:00 GMT",
        "Mon, 13 Dec 099 09:21:00 UT",
        "Mon,13 Dec 1999 10.21.00 CET",
        "Monday, 13-Dec-1999 09:21:00 Z",
        "Mon, 13 December 1999 01:21:00 -0800",
        "Mon Dec 13 09:21:00 1999",
        "Mon Dec 13 01:21:00 PST 1999",
        "1999-12-13T09:21:00Z",
        "1999-12-13T10:21:00+01:00",
        "1999-12-13 09:21:00",
        "Mon, 13 Dec 1999 09:21:00 AM +0000",
        "Mon, 13 Dec 1999 09:21:00 +9999",
        "Mon, 13 Dec 1999 09:21:00 XYZ",
    ],
)
def test_a_date_is_read_in_utc(written: str) -> None:
    """Obsolete zones, short years, missing parts, other orders: the same moment, aware, in UTC."""
    assert datetime(1999, 12, 13, 9, 21, tzinfo=UTC) == parse_date(written)


@pytest.mark.pitfall("bad-dates")
@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "Mon, 32 Dec 1999 09:21:00 +0000",
        "1 Jan 0000 00:00 +0000",
        "1 Jan 9999 00:00:00 +0000",
        "Mon, 13 Foo 1999 09:21:00 +0000",
        "Mon, 13 Dec 1999 25:21:00 +0000",
        "0001-01-01T00:00:00Z",
        "1 Jan 1904 00:00:00 +0000",
    ],
)
def test_a_date_that_cannot_be_is_none(written: str) -> None:
    """Days and years that do not exist or are not believed are no date."""
    assert parse_date(written) is None


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2099, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001 - hypothesis asks for naive bounds
def test_what_programs_write_is_read_back(moment: datetime, zone: int) -> None:
    """Any moment in any zone survives being written as RFC 5322 says."""
    moment = moment.replace(microsecond=0)
    written = moment.strftime("%a, %d %b %Y %H:%M:%S ") + f"{'-' if zone < 0 else '+'}{abs(zone):02}00"
    parsed = parse_date(written)
    assert parsed is not None
    assert zone * 3600 == (moment.replace(tzinfo=UTC) - parsed).total_seconds()


@given(st.text())
def test_any_text_gives_a_date_or_none(text: str) -> None:
    """No text makes it raise."""
    parsed = parse_date(text)
    assert parsed is None or parsed.tzinfo is UTC
