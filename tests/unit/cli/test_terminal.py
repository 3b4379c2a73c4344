"""What strangers wrote is shown and does nothing to the terminal, whatever command prints it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from scanner.cli.check import _try
from scanner.cli.main import say
from scanner.cli.progress import shown
from scanner.cli.terminal import words
from scanner.errors import ConnectError, UsageError

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u2066\u200b\r\x08\x00"


def _acts(text: str) -> list[str]:
    return [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs"} and one != "\n"]


def test_an_error_that_quotes_a_stranger_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The words of a server, the addresses of a message: in sentence, meaning and remedy."""
    say(UsageError(f"a{ESCAPES}b", meaning=f"c{ESCAPES}d", remedy=f"e{ESCAPES}f\nin a second line"))
    shown_text = capsys.readouterr().err
    assert [] == _acts(shown_text)
    assert "in a second line" == shown_text.splitlines()[-1]


@pytest.mark.parametrize("fails", [True, False])
def test_a_check_that_quotes_a_server_does_nothing(fails: bool, tmp_path: Path) -> None:
    """Names of folders and greetings of servers come from elsewhere."""

    def step() -> str:
        if fails:
            raise ConnectError(f"it said {ESCAPES}", meaning=ESCAPES + "x", remedy=ESCAPES + "y")
        return f"the folder {ESCAPES}"

    with (tmp_path / "shown").open("w+", encoding="utf-8") as out:
        _try(Console(file=out, markup=False, highlight=False), "inbox", step)
        out.seek(0)
        text = out.read()
    assert [] == _acts(text)
    assert ("FAIL" if fails else "ok") in text


def test_a_warning_of_scan_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason why a message cannot be read may quote it."""
    with shown() as show:
        show.warn(f"Message 7 in {ESCAPES}: {ESCAPES}")
    assert "Message 7 in" in (said := capsys.readouterr().err)
    assert [] == _acts(said)


@given(text=st.text(), limit=st.integers(2, 300))
def test_words_of_a_mail_are_one_harmless_line(text: str, limit: int) -> None:
    """As scan, explain and status show subjects, names, addresses and folders."""
    plain = words(text + ESCAPES, limit).plain
    assert [] == _acts(plain)
    assert limit >= len(plain)
    assert "\n" not in plain
