"""`oopsee train` and `oopsee models`: from labels to a model in use, and back."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.cli.main import run
from scanner.detect.model import load_active
from scanner.errors import ModelError
from scanner.store import Label, MailboxStore, Store
from scanner.worker.judges import ActiveModel
from tests.benchmarks.mailbox import OWNER, mails
from tests.dovecot import Account
from tests.people import OWNER as ANNA
from tests.people import START, raw_mail
from tests.rows import few_trees, scored, ship, write_small_model

CONFIG = """
[[mailbox]]
name = "work"
address = "anna@firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna"
password_env = "NONE"
[policy]
alerts_per_1000 = 50.0
[state]
dir = "{state}"
"""


@pytest.fixture
def scored_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailboxStore]:
    """A mailbox of 240 scored messages, every other of which went wrong, and a small shipped model."""
    few_trees(monkeypatch)
    ship(monkeypatch, write_small_model(tmp_path / "package"))
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    config.chmod(0o600)
    monkeypatch.setenv("OOPSEE_CONFIG", str(config))
    with Store.open(tmp_path / "state" / "oopsee.db") as store:
        here = store.mailbox("work")
        for number in range(1, 241):
            verdict = scored(number, wrong=bool(number % 2))
            here.record(
                message_id=verdict.message_id, digest=verdict.digest, direction="sent", verdict=verdict
            )
        yield here


def label(tmp_path: Path, count: int, *, lies: bool = False) -> None:
    """Say of so many messages whether they went wrong."""
    lines = [
        json.dumps(
            {
                "message_id": f"<{number:06d}@firm.example>",
                "label": "wrong" if (number % 2 == 1) != lies else "fine",
            }
        )
        for number in range(1, count + 1)
    ]
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert 0 == run(["labels", "import", str(path)])


def train(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `oopsee train` says."""
    capsys.readouterr()
    assert 0 == run(["train", "--jobs", "1", *arguments])
    return capsys.readouterr().out


def active(capsys: pytest.CaptureFixture[str]) -> str:
    """The name of the model in use, as the command lists it."""
    capsys.readouterr()
    assert 0 == run(["models", "list", "--json"])
    listed = map(json.loads, capsys.readouterr().out.splitlines())
    return next(str(one["name"]) for one in listed if one["active"])


def test_labels_lead_to_a_model_in_use_and_back(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trained, compared, promoted; a running daemon's next look finds it; one command goes back."""
    label(tmp_path, 40)
    warned: list[ModelError] = []
    daemon = ActiveModel(tmp_path / "state" / "models", warned.append)
    before = daemon.model()
    said = train(capsys)
    name = active(capsys)
    now = daemon.model()

    assert 40 == len(scored_mail.labels())
    assert "40 labelled messages can be learnt from." in said
    assert f"Promoted: {name} is used from now on." in said
    assert before is not None
    assert now is not None
    assert ("shipped", name) == (before.name, now.name)
    assert 0 == run(["models", "verify"])
    assert 0 == run(["models", "rollback"])
    assert "shipped" == active(capsys)
    assert [] == warned


def test_fewer_than_twenty_labels_promote_nothing(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said plainly, and before any time is spent."""
    label(tmp_path, 19)
    said = train(capsys)

    assert 19 == len(scored_mail.labels())
    assert (
        "You have 19 clearly labelled messages that can be learnt from; a model is promoted from 20 on."
        in said
    )
    assert "shipped" == active(capsys)
    assert not (tmp_path / "state" / "models").exists()


def test_only_labels_of_scored_messages_count(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty-five labels, six of them of messages that nobody scored."""
    del scored_mail
    path = tmp_path / "more.csv"
    rows = [f"<{number:06d}@firm.example>,fine" for number in (*range(1, 20), *range(900, 906))]
    path.write_text("message_id,label\n" + "\n".join(rows), encoding="utf-8")
    assert 0 == run(["labels", "import", str(path)])
    said = train(capsys)

    assert "6 more have not been scored" in said
    assert "You have 19 clearly labelled messages" in said


def test_labels_that_lie_are_refused(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Recall falls by more than chance explains: the figures are said, and the model in use stays."""
    del scored_mail
    label(tmp_path, 240, lies=True)
    said = train(capsys)

    assert "Recall at 50 false alerts per 1,000 falls by" in said
    assert "Not promoted" in said
    assert "shipped" == active(capsys)


def test_a_candidate_can_be_looked_at_first(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trained on few labels and on one's own mail, compared, kept and not used until it is activated."""
    del scored_mail
    label(tmp_path, 10)
    box = mailbox.mbox(tmp_path / "Sent.mbox", create=True)
    for mail in mails(250, people=30, seed=5):
        if mail.folder == "Sent":
            box.add(mail.raw)
    box.close()
    said = train(capsys, "--no-promote", "--from", str(tmp_path / "Sent.mbox"), "--me", OWNER[1])
    (path,) = (tmp_path / "state" / "models").iterdir()
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))

    assert "mistakes found in your own later mail" in said
    assert f"The new one is kept as {path.name}" in said
    assert 10 == manifest["own"]["labels"]
    assert manifest["own"]["mail"] > 100
    assert "shipped" == active(capsys)
    assert 0 == run(["models", "activate", path.name])
    assert path.name == load_active(tmp_path / "state" / "models").name


def test_training_twice_gives_the_same_model(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same labels, base and seed: the same figures, the same calibration."""
    del scored_mail
    label(tmp_path, 24)
    for _ in range(2):
        train(capsys, "--no-promote")
    one, other = (
        json.loads((path / "manifest.json").read_text("utf-8"))
        for path in sorted((tmp_path / "state" / "models").iterdir())
    )

    assert [one[key] for key in ("calibration", "tail", "typical", "figures")] == [
        other[key] for key in ("calibration", "tail", "typical", "figures")
    ]


SERVER = """
[[mailbox]]
name = "work"
address = "{owner}"
[mailbox.imap]
host = "127.0.0.1"
port = {port}
security = "cleartext-i-know-it-is-readable"
username = "{user}"
password_env = "TEST_PASSWORD"
[state]
dir = "{state}"
"""


def answering(raw: bytes, number: int) -> bytes:
    """The same mail as an answer to the one with this number."""
    return raw.replace(b"Subject: ", f"In-Reply-To: <{number:06d}@firm.example>\r\nSubject: Re: ".encode(), 1)


def corrected_mail(count: int, *, after: int = 0) -> tuple[list[bytes], list[bytes]]:
    """So many mails sent, half of them taken back, half complained of; and what was received.

    Their numbers come after that one. Among what was received are complaints of strangers, in answer
    to mail that they never got.
    """
    sent, received = [], []
    for number in range(after + 1, after + count + 1):
        client = f"client{number}@house{number}.example"
        later = START + timedelta(hours=number, minutes=20)
        text = f"Dear Carla, please find the figures of week {number} below."
        sent.append(raw_mail(number, to=[client], subject=f"Week {number}", text=text))
        if number % 2:
            sorry = "Sorry, wrong person. Please delete my previous mail."
            sent.append(raw_mail(100 + number, to=[client], date=later, subject=f"Week {number}", text=sorry))
        else:
            notice = "I don't think this was meant for me."
            mail = raw_mail(
                200 + number, sender=client, to=[ANNA], date=later, subject=f"Week {number}", text=notice
            )
            received.append(answering(mail, number))
        forged = raw_mail(
            300 + number, sender=f"eve{number}@evil.example", to=[ANNA], date=later, text="Not meant for me."
        )
        received.append(answering(forged, number))
    return sent, received


@pytest.fixture
def served(dovecot: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration for a mailbox on a server, and no state yet; returns the file."""
    few_trees(monkeypatch)
    ship(monkeypatch, write_small_model(tmp_path / "package"))
    config = tmp_path / "config.toml"
    config.write_text(
        SERVER.format(owner=ANNA, port=dovecot.server.port, user=dovecot.user, state=tmp_path / "state"),
        encoding="utf-8",
    )
    config.chmod(0o600)
    monkeypatch.setenv("OOPSEE_CONFIG", str(config))
    monkeypatch.setenv("TEST_PASSWORD", dovecot.password)
    return config


def as_mbox(path: Path, raws: list[bytes]) -> str:
    """Write the mails to an mbox file; returns its path."""
    box = mailbox.mbox(path, create=True)
    for raw in raws:
        box.add(raw)
    box.close()
    return str(path)


def test_corrections_of_the_past_are_found_on_the_server_and_learnt(
    served: Path, dovecot: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was taken back or complained of becomes labels; the owner's word wins, strangers have none."""
    del served
    sent, received = corrected_mail(24)
    dovecot.append("Sent", *sent)
    dovecot.append("INBOX", *received)
    first = train(capsys, "--from-mailbox", "--no-promote")
    with Store.open(tmp_path / "state" / "oopsee.db") as store:
        store.mailbox("work").add_label(Label("<000001@firm.example>", None, wrong=False, at=START))
    second = train(capsys, "--from-mailbox", "--no-promote")
    one, other = (
        json.loads((path / "manifest.json").read_text("utf-8"))["own"]
        for path in sorted((tmp_path / "state" / "models").iterdir())
    )

    assert "72 messages read, 36 of them sent. Later mail shows something of 24 of these:" in first
    assert "  12 you took back in a mail of your own" in first
    assert "  12 a recipient said was not for them" in first
    assert "24 labelled messages can be learnt from." in first
    assert "24 of these are labelled by later mail and not by you; 24 of them clearly enough" in first
    assert "23 of these are labelled by later mail and not by you; 23 of them clearly enough" in second
    assert (0, 24) == (one["labels"], one["evidence"])
    assert (1, 23) == (other["labels"], other["evidence"])


def test_corrections_in_files_are_learnt_without_a_server(
    scored_mail: MailboxStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too few of them promote nothing, and the reason is said."""
    del scored_mail
    sent, received = corrected_mail(6, after=1000)
    files = [as_mbox(tmp_path / "Sent.mbox", sent), as_mbox(tmp_path / "Inbox.mbox", received)]
    said = train(capsys, "--from", files[0], "--from", files[1], "--me", ANNA)

    assert "Later mail shows something of 6 of these:" in said
    assert "You have 6 clearly labelled messages that can be learnt from" in said
    assert "shipped" == active(capsys)


def test_files_and_server_are_one_past(
    served: Path, dovecot: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies in both counts once; of several mailboxes one has to be chosen."""
    sent, received = corrected_mail(6)
    dovecot.append("Sent", *sent[:5])
    dovecot.append("INBOX", *received)
    file = as_mbox(tmp_path / "Sent.mbox", sent[2:])
    said = train(capsys, "--from-mailbox", "--from", file)
    second = SERVER.replace('"work"', '"other"').split("[state]")[0]
    text = served.read_text(encoding="utf-8")
    both = second.format(owner="b@firm.example", port=dovecot.server.port, user=dovecot.user) + text
    served.write_text(both, encoding="utf-8")

    assert "18 messages read, 9 of them sent. Later mail shows something of 6 of these:" in said
    assert 2 == run(["train", "--from-mailbox", "--from", file, "--me", ANNA])
    assert "together are the mail of one mailbox" in capsys.readouterr().err
