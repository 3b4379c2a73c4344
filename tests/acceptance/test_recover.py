"""`oopsee recover`: over files without a configuration, and over a real mailbox."""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.store import Store
from tests.acceptance.conftest import WRONG, Home
from tests.benchmarks.mailbox import OWNER as MAILBOX_OWNER
from tests.benchmarks.mailbox import mails, write_mboxes
from tests.integration.daemon.harness import alerts, learnt, until
from tests.people import OWNER, raw_mail

ME = ("--me", MAILBOX_OWNER[1])
ROSSI = "anna.rossi@acme.example"
GERMAN = """Sehr geehrter Herr Conti,

anbei sende ich Ihnen die Gehaltsliste für Mai. Bitte prüfen Sie die Angaben bis Freitag.

Mit freundlichen Grüßen
Anna Neri
"""


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A mailbox of some hundred messages, the last of them to a stranger, who says so."""
    every = list(mails(300, people=40, seed=7))
    files = write_mboxes(tmp_path_factory.mktemp("mail"), every)
    last = every[-1].date
    wrong = EmailMessage()
    wrong["From"] = "Anna Neri <anna.neri@firm.example>"
    wrong["To"] = f"Anna Rossi <{ROSSI}>"
    wrong["Date"] = format_datetime(last + timedelta(hours=1))
    wrong["Message-ID"] = "<wrong@firm.example>"
    wrong["Subject"] = "Gehaltsliste Mai"
    wrong["User-Agent"] = "Mozilla Thunderbird"
    wrong.set_content(GERMAN)
    wrong.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Lohnabrechnung.pdf")
    notice = EmailMessage()
    notice["From"] = f"Anna Rossi <{ROSSI}>"
    notice["To"] = "anna.neri@firm.example"
    notice["Date"] = format_datetime(last + timedelta(hours=3))
    notice["Message-ID"] = "<notice@acme.example>"
    notice["In-Reply-To"] = "<wrong@firm.example>"
    notice["Subject"] = "AW: Gehaltsliste Mai"
    notice.set_content("Guten Tag, diese Mail war wohl nicht für mich bestimmt.\n\nGruß\nAnna Rossi\n")
    for path, mail in zip(sorted(files, key=lambda one: one.name), (notice, wrong), strict=True):
        box = mailbox.mbox(path)
        box.add(mail.as_bytes())
        box.close()
    return files


def oopsee(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, where nothing is configured."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OOPSEE_")}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        env=environment | {"HOME": "/nonexistent", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def kit(boxes: list[Path], *further: str) -> dict[str, Any]:
    """What the command says as JSON."""
    done = oopsee("recover", *ME, "--json", *further, "wrong@firm.example", *boxes)
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_files_are_enough(boxes: list[Path]) -> None:
    """Facts, steps, drafts in language and register of the message; the order of files is all one."""
    found = kit(boxes)

    assert "high" == found["severity"]
    assert ["salary"] == found["kinds"]
    assert ["Lohnabrechnung.pdf"] == found["attachments"]
    assert [(ROSSI, True, False)] == [
        (one["address"], one["wrong"], one["relation_before"]) for one in found["recipients"]
    ]
    assert ["notice"] == [one["kind"] for one in found["evidence"]]
    assert "unconfirmed" == found["clock"]["state"]
    assert found["clock"]["article_33_ends"] is None
    assert {("de", True)} == {(one["language"], one["formal"]) for one in found["drafts"]}
    assert found["drafts"][0]["text"].startswith("Guten Tag Anna Rossi,")
    assert found["rules"][0].startswith("Thunderbird")
    assert found["recipients"] == kit(list(reversed(boxes)))["recipients"]


def test_the_terminal_shows_the_whole_kit_in_any_of_six_languages(boxes: list[Path]) -> None:
    """Facts first; the text of the message is nowhere."""
    done = oopsee("recover", *ME, "--language", "it", "<wrong@firm.example>", *boxes)

    assert 0 == done.returncode, done.stderr
    for heading in ("Che cosa si sa", "Gravità: alta", "Che cosa fare", "Bozze", "I termini"):
        assert heading in done.stdout
    assert "Gentile Anna Rossi," in done.stdout
    assert "bis Freitag" not in done.stdout


def test_one_draft_the_record_and_the_table_can_be_had_alone(boxes: list[Path], tmp_path: Path) -> None:
    """--to, --markdown, --csv."""
    manager = oopsee("recover", *ME, "--to", "manager", "wrong@firm.example", *boxes).stdout
    table = tmp_path / "scope.csv"
    record = oopsee("recover", *ME, "--markdown", "--csv", table, "wrong@firm.example", *boxes).stdout

    assert "Guten Tag," in manager
    assert "Für Ihr Haus" not in manager
    assert record.startswith("# Vorfallsprotokoll\n")
    assert "bis Freitag" not in record
    assert ROSSI in table.read_text("utf-8-sig").splitlines()[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody@firm.example",), "No message with the Message-ID nobody@firm.example is in these files."),
        (("notice@acme.example",), "the owner did not send it"),
        (("--language", "xx", "wrong@firm.example"), "There are no texts in 'xx'."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    boxes: list[Path], arguments: tuple[str, ...], sentence: str
) -> None:
    """With exit code 2 and without a traceback."""
    done = oopsee("recover", *ME, *arguments, *boxes)

    assert 2 == done.returncode
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_files_need_an_owner(boxes: list[Path]) -> None:
    """Whose mail it is cannot be guessed."""
    done = oopsee("recover", "wrong@firm.example", *boxes)
    assert (2, True) == (done.returncode, "--me" in done.stderr)


def test_the_mailbox_is_read_again_and_stays_as_it_is(home: Home) -> None:
    """By its place, by its id when it has moved, without text when it is gone; times are kept apart."""
    now = datetime.now(UTC)
    for number in range(1, 6):
        home.account.append("Sent", raw_mail(number))
    with home.running():
        until(lambda: _begun(home))
        home.account.append(
            "Sent", raw_mail(10, to=[WRONG], date=now, subject="Payroll", text="Hi, I'll send the payslips.")
        )
        until(lambda: alerts(home.account))
    before = home.account.server.state(home.account.user)
    first = _recovered(home)
    untouched = home.account.server.state(home.account.user)
    home.oopsee("label", "000010@firm.example", "wrong")
    home.account.append("INBOX", raw_mail(11, sender=WRONG, to=[OWNER], date=now + timedelta(minutes=1)))
    moved = _moved(home)
    _emptied(home)
    gone = _recovered(home)

    assert b"oopsee recover " in alerts(home.account)[0]
    assert before == untouched
    assert ("Payroll", ["salary"], "high", True) == (
        first["subject"],
        first["kinds"],
        first["severity"],
        first["message_read"],
    )
    assert first["times"]["sent_at"] < first["times"]["alerted_at"]
    assert first["times"]["confirmed_at"] is None
    assert "unconfirmed" == first["clock"]["state"]
    assert [("recipient", True), ("meant", False)] == [
        (one["addressee"], one["formal"]) for one in first["drafts"][:2]
    ]

    assert moved["message_read"]
    assert "confirmed" == moved["clock"]["state"]
    assert moved["times"]["alerted_at"] <= moved["times"]["confirmed_at"]
    assert [("mail", WRONG)] == [(one["kind"], one["address"]) for one in moved["later_mail"]]

    assert not gone["message_read"]
    assert [] == gone["kinds"]
    assert [WRONG] == [one["address"] for one in gone["recipients"]]


def _begun(home: Home) -> bool:
    database = home.state / "oopsee.db"
    if not database.exists():
        return False
    with Store.open(database) as store:
        return learnt(store.mailbox("work"))


def _recovered(home: Home) -> dict[str, Any]:
    done = home.oopsee("recover", "--json", "000010@firm.example")
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _moved(home: Home) -> dict[str, Any]:
    """Put the message under another UID and see what is recovered then."""
    raw = next(one for one in home.account.server.messages(home.account.user, "Sent") if b"000010@" in one)
    _emptied(home)
    home.account.append("Sent", raw)
    return _recovered(home)


def _emptied(home: Home) -> None:
    """Delete all that is in Sent."""
    with home.account.server.connection(home.account.user) as line:
        line.select("Sent")
        line.store("1:*", "+FLAGS", r"(\Deleted)")
        line.expunge()
