"""Subjects, names and addresses come from strangers: nothing of them may act."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.alert.compose import plain_terminal
from scanner.alert.safe import one_line, width, wrap
from tests.unit.alert.samples import ANNA, BEN, alert, parsed, part, why

NASTY = (
    "\r\nBcc: thief@evil.example\r\n\r\n",
    "\n.\n",
    "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "</title><script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"'`{{7*7}}{% raw %}${x}%s{subject}{0}",
    "\u202egnp.exe\u2066\u200f\u200b\ufeff",
    "=?utf-8?b?DQpCY2M6IHg=?=",
    "--=_oopsee_",
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "\u65e5\u672c\u8a9e\u306e\u4ef6\u540d",
    "\ud800\x00\u2028\u2029\x85\x0b\x0c",
    "\U0001f469\u200d\U0001f4bb",
)

hostile = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=30)), max_size=5).map("".join)


class _Shape(HTMLParser):
    """The tags, apart from what stands between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shape: list[tuple[str, object]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, attrs))


def _acts(one: str) -> bool:
    return unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and one != "\n"


@settings(max_examples=150, deadline=None)
@given(subject=hostile, name=hostile, address=hostile, reason=hostile, message_id=hostile)
def test_nothing_from_a_message_changes_the_shape_of_the_alert(
    subject: str, name: str, address: str, reason: str, message_id: str
) -> None:
    """Headers, parts and HTML tags are those of a harmless alert; no character acts on a terminal."""
    recipient = replace(
        ANNA,
        name=name,
        address=f"{address}@acme.example",
        meant=f"m{address}@firm.example",
        reasons=(why(reason or "x"),),
    )
    raw = alert(recipient, subject=f"a{subject}", message_id=f"<{message_id}@firm.example>")
    harmless = alert(replace(ANNA, reasons=(why("x"),)), subject="a")
    mail, usual = parsed(raw), parsed(harmless)
    thread = {"In-Reply-To", "References"}
    assert [one for one in usual if one not in thread] == [one for one in mail if one not in thread]
    assert "maria@firm.example" == str(mail["To"]).strip("<>")
    assert ["text/plain", "text/html"] == [one.get_content_type() for one in mail.iter_parts()]
    assert raw.isascii()
    assert 998 >= max(len(line) for line in raw.split(b"\r\n"))
    assert _Shape(part(harmless, "html")).shape == _Shape(part(raw, "html")).shape
    for shown in (part(raw, "plain"), part(raw, "html"), plain_terminal(raw), str(mail["Subject"])):
        assert [] == [one for one in shown if _acts(one)]
    first = part(raw, "plain").partition("\n\n")[0]
    assert 72 >= max(width(line) for line in first.split("\n"))


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(hostile, st.text()), limit=st.integers(2, 50))
def test_one_line_is_one_short_line_and_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    """It holds nothing that acts, is not longer than asked, and is stable."""
    line = one_line(text, limit)
    assert limit >= len(line)
    assert [] == [one for one in line if _acts(one) or one == "\n"]
    assert line == one_line(line, limit)


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)),
    columns=st.integers(8, 40),
)
def test_wrapping_keeps_every_letter_within_the_columns(words: list[str], columns: int) -> None:
    """Only spaces become line ends; what is too long is cut, not lost."""
    text = " ".join(words)
    wrapped = wrap(text, columns, "- ", "  ")
    assert columns >= max(width(line) for line in wrapped.split("\n"))
    assert text.replace(" ", "") == "".join(line[2:] for line in wrapped.split("\n")).replace(" ", "")


def test_ordinary_letters_of_all_languages_stay() -> None:
    """Cleaning spoils no subject that a person would write."""
    for text in (
        "\u00dcbersicht f\u00fcr M\u00fcller & S\u00f6hne",
        "\u0130\u015fte \u0131l\u0131k",
        "\u65e5\u672c\u8a9e",
        "\u05e9\u05dc\u05d5\u05dd",
        "50 % <ok> \u20ac5",
    ):
        assert text == one_line(text)


def test_hostile_text_in_a_list_of_suspects_stays_text() -> None:
    """The other template is as safe as the first."""
    script = "<script>alert(1)</script>"
    raw = alert(replace(ANNA, name=script), replace(BEN, name=script, reasons=(why(script),)), subject=script)
    assert "<script" not in part(raw, "html")
    assert "&lt;script&gt;" in part(raw, "html")
