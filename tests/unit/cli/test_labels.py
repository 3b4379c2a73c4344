"""`oopsee labels`: out of files into the store, and back."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli.main import run
from scanner.store import Label, MailboxStore, Store
from tests.people import START, a_message, a_verdict

CONFIG = """
[[mailbox]]
name = "work"
address = "anna@firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna"
password_env = "NONE"
[state]
dir = "{state}"
"""
HEADER = "message_id,recipient,label,weight,at,note\n"
FIRST = "<000001@firm.example>"


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailboxStore]:
    """A configured mailbox of which one message has been scored."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    config.chmod(0o600)
    monkeypatch.setenv("OOPSEE_CONFIG", str(config))
    with Store.open(tmp_path / "state" / "oopsee.db") as store:
        here = store.mailbox("work")
        message = a_message(1)
        here.record(
            message_id=message.message_id,
            digest=message.digest,
            direction="sent",
            verdict=a_verdict(message),
        )
        yield here


def imported(tmp_path: Path, text: str) -> int:
    """Import a CSV file with these rows."""
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return run(["labels", "import", str(path)])


def test_labels_are_kept(mailbox: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a scored message, by its id with or without brackets, and of one that is not scored yet."""
    assert 0 == imported(tmp_path, "000001@firm.example,,wrong,,,\n<000002@firm.example>,,fine,,,\n")

    assert [(FIRST, True), ("<000002@firm.example>", False)] == [
        (one.message_id, one.wrong) for one in mailbox.labels()
    ]
    assert "2 labels kept" in (said := capsys.readouterr().out)
    assert "1 are of messages not scored yet and cannot be learnt from" in said


def test_nothing_is_muted(mailbox: MailboxStore, tmp_path: Path) -> None:
    """That is the word of `oopsee label` alone."""
    imported(tmp_path, f"{FIRST},,fine,,,\n")

    assert [] == mailbox.mutes()


def test_unreadable_rows_are_listed_by_line(
    mailbox: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the rest is kept; who is no recipient of a known message cannot have been meant."""
    rows = f"{FIRST},,perhaps,,,\n{FIRST},,wrong,,,\n{FIRST},carla@client.example,fine,,,\n"
    assert 0 == imported(tmp_path, rows)

    assert 1 == len(mailbox.labels())
    captured = capsys.readouterr()
    assert [
        "Line 2: label must be wrong or fine.",
        "Line 4: recipient is none of that message.",
    ] == captured.err.splitlines()
    assert "2 rows could not be read" in captured.out


def test_of_contradicting_labels_the_last_wins_and_is_reported(
    mailbox: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within one file and against what was said before."""
    imported(tmp_path, f"{FIRST},,wrong,,,\n")
    capsys.readouterr()
    imported(tmp_path, f"{FIRST},,fine,,,\n{FIRST},,wrong,,,again\n")

    assert [True] == [one.wrong for one in mailbox.labels()]
    captured = capsys.readouterr()
    assert [
        f"Line 2: {FIRST} is fine now and was wrong before.",
        f"Line 3: {FIRST} is wrong now and was fine before.",
    ] == captured.err.splitlines()
    assert "2 replace what was said before" in captured.out


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_imported_again_changes_nothing(
    mailbox: MailboxStore, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every label is there already; the file is for one's own eyes."""
    imported(tmp_path, f"{FIRST},bruno@firm.example,wrong,0.5,2025-04-01,=note\n<x@y.example>,,fine,,,\n")
    path = tmp_path / f"out.{form}"
    assert 0 == run(["labels", "export", str(path)])
    before = mailbox.labels()
    capsys.readouterr()
    assert 0 == run(["labels", "import", str(path)])

    assert before == mailbox.labels()
    assert "0 labels kept, 2 were there already" in capsys.readouterr().out
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_what_later_mail_shows_does_not_become_a_persons_word(
    mailbox: MailboxStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """An export leaves it out: imported elsewhere it would count without bounds."""
    mailbox.add_label(Label(FIRST, None, wrong=True, at=START, weight=0.9, source="notice"))
    mailbox.add_label(Label("<000002@firm.example>", None, wrong=True, at=START))

    assert 0 == run(["labels", "export"])
    written = capsys.readouterr().out
    assert "000002@firm.example" in written
    assert "000001@firm.example" not in written


def test_labels_go_through_pipes(
    mailbox: MailboxStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """- is standard input, and without a file the export is on standard output."""
    octets = b'{"message_id": "<000001@firm.example>", "label": "fine"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))
    assert 0 == run(["labels", "import", "-"])
    capsys.readouterr()
    assert 0 == run(["labels", "export", "--format", "jsonl"])

    assert '"label": "fine"' in capsys.readouterr().out
    assert 1 == len(mailbox.labels())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "missing.csv"), "missing.csv cannot be read"),
        (("import", "labels.csv", "--format", "xml"), "There is no format 'xml'"),
        (("import", "labels.csv"), "None of the 1 rows could be read"),
        (("import", "labels.csv", "--mailbox", "home"), "There is no mailbox 'home'"),
        (("export", "missing/labels.csv"), "missing/labels.csv cannot be written"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    mailbox: MailboxStore,
    tmp_path: Path,
    arguments: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And exit code 2; no label is kept."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.csv").write_text(HEADER + "no label\n", encoding="utf-8")

    assert 2 == run(["labels", *arguments])
    assert sentence in capsys.readouterr().err
    assert [] == mailbox.labels()


def test_labels_may_come_before_the_first_run(
    tmp_path: Path, mailbox: MailboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is made for them."""
    del mailbox
    monkeypatch.setenv("OOPSEE_STATE__DIR", str(tmp_path / "other"))

    assert 0 == imported(tmp_path, f"{FIRST},,wrong,,,\n")
    with Store.open(tmp_path / "other" / "oopsee.db") as store:
        assert 1 == len(store.mailbox("work").labels())
