"""HTML of a mail turned to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.htmltext import html_to_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hi Anna,</p><p>the plan<br>is here</p>", "Hi Anna,\n\nthe plan\nis here"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<html><head><title>x</title><style>p{a:b}</style></head><body>text</body></html>", "text"),
        ("a<script>alert('<p>')</script>b", "ab"),
        ("<style>never closed <p>x", ""),
        ("a &lt;b&gt; &amp; &eacute;&#233;&#xe9;&nbsp;c", "a <b> & ééé c"),
        ("&#99999999999999999999;a", "a"),
        (
            "<table><tr><td>From:</td><td>Anna</td></tr><tr><td>To:</td><td>Tom</td></tr></table>",
            "From: Anna\nTo: Tom",
        ),
        (
            "new<br><blockquote>old<blockquote>older</blockquote>old</blockquote>new",
            "new\n> old\n> > older\n> old\nnew",
        ),
        ("one\n two   <b>three</b>\tfour", "one two three four"),
        ("<pre>a  b\n c</pre>", "a  b\n c"),
        ("<!-- hidden <p> --> seen <!-- never closed", "seen"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("<p", "<p"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("</blockquote></blockquote>a", "a"),
    ],
)
def test_what_can_be_seen_becomes_text(source: str, text: str) -> None:
    """Lines break where blocks do, quotes are marked, what is hidden is dropped."""
    assert text == html_to_text(source)


@given(st.text(alphabet=st.sampled_from("<>/!-&;# abpreblockquote\n\"'=")))
def test_any_markup_can_be_read(source: str) -> None:
    """No markup makes it raise, and no tag that is whole is left in the text."""
    assert "<br>" not in html_to_text(source + "<br>")


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "<head>", "<style>", "<blockquote>", "&#", "</p>", "<pre>\n", "<p>&amp;"]
)
def test_heaps_of_markup_take_linear_work(piece: str) -> None:
    """A hundred thousand of anything is read; a quadratic reader would run out of the test's time."""
    assert isinstance(html_to_text(piece * 100_000), str)
