"""`oopsee scan`: the contract of its output, whatever the source."""

from __future__ import annotations

import gzip
import json
import mailbox
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import WRONG, Home
from tests.benchmarks.mailbox import OWNER, Mail, mails, write_mboxes
from tests.people import raw_mail

ME = ("--me", OWNER[1])
KEYS = ["message_id", "date", "score", "score_after", "alert", "severity", "recipients", "evidence"]


@pytest.fixture(scope="module")
def every() -> list[Mail]:
    """A mailbox of some hundred messages."""
    return list(mails(600, people=60, seed=7))


@pytest.fixture
def boxes(tmp_path: Path, every: list[Mail]) -> list[Path]:
    """The same mailbox as two mbox files."""
    return write_mboxes(tmp_path, every)


def lines(home: Home, *arguments: str | Path) -> list[dict[str, Any]]:
    """What `oopsee scan --json` says."""
    done = home.oopsee("scan", "--json", *arguments)
    assert 0 == done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def scores(found: Sequence[dict[str, Any]]) -> list[tuple[str, float]]:
    """Ids and scores in order."""
    return [(one["message_id"], one["score"]) for one in found]


def test_each_sent_message_is_one_line_in_order_of_date(
    home: Home, boxes: list[Path], every: list[Mail]
) -> None:
    """The keys stand in the order of the contract, and nothing else is on standard output."""
    found = lines(home, *ME, *boxes)

    assert [mail.message_id for mail in every if mail.folder == "Sent"] == [
        one["message_id"] for one in found
    ]
    assert all(list(one) == KEYS for one in found)
    assert sorted(one["date"] for one in found) == [one["date"] for one in found]


def test_a_score_is_the_highest_of_the_recipients(home: Home, boxes: list[Path]) -> None:
    """It is a probability; the owner is no recipient; addresses are lower-cased and come once."""
    for one in lines(home, *ME, *boxes):
        addresses = [recipient["address"] for recipient in one["recipients"]]
        assert one["score"] == max((recipient["score"] for recipient in one["recipients"]), default=0)
        assert 0 <= one["score"] <= 1
        assert OWNER[1] not in addresses
        assert sorted({address.lower() for address in addresses}) == sorted(addresses)


def test_the_same_input_gives_the_same_bytes(home: Home, boxes: list[Path]) -> None:
    """Again, and with the files in another order."""
    first = home.oopsee("scan", "--json", *ME, *boxes).stdout
    again = home.oopsee("scan", "--json", *ME, *boxes).stdout
    turned = home.oopsee("scan", "--json", *ME, *reversed(boxes)).stdout

    assert first
    assert first == again
    assert first == turned


def test_every_kind_of_source_gives_the_same_scores(
    home: Home, boxes: list[Path], every: list[Mail], tmp_path: Path
) -> None:
    """mbox, Maildir and the IMAP server hold the same messages."""
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    sent = maildir.add_folder("Sent")
    for mail in every:
        (sent if mail.folder == "Sent" else maildir).add(mail.raw)
    for folder in ("Sent", "INBOX"):
        home.account.append(folder, *(mail.raw for mail in every if mail.folder == folder))
    expected = scores(lines(home, *ME, *boxes))

    assert expected == scores(lines(home, *ME, tmp_path / "Maildir"))
    assert expected == scores(lines(home, *ME))


def test_json_lines_hold_the_mail_of_others_too(home: Home, every: list[Mail], tmp_path: Path) -> None:
    """What is neither from nor to the owner is left out; the rest scores as sent by its From."""
    path = tmp_path / "mail.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for mail in every[:100]:
            file.write(json.dumps(record(mail.raw)) + "\n")
        stranger = record(raw_mail(1, sender="carla@client.example", to=["dora@client.example"]))
        file.write(json.dumps(stranger) + "\n")
    expected = [mail.message_id for mail in every[:100] if mail.folder == "Sent"]

    assert expected == [one["message_id"] for one in lines(home, *ME, path)]


def record(raw: bytes) -> dict[str, object]:
    """A mail as an object of the contract."""
    message = message_from_bytes(raw, policy=policy.default)

    def people(name: str) -> list[dict[str, str]]:
        found = getaddresses([str(value) for value in message.get_all(name, [])])
        return [{"name": name, "address": address} for name, address in found]

    body = message.get_body(("plain",))
    return {
        "message_id": str(message["Message-ID"]),
        "date": message["Date"].datetime.isoformat(),
        "from": people("From")[0],
        "to": people("To"),
        "cc": people("Cc"),
        "bcc": [],
        "subject": str(message["Subject"]),
        "body": body.get_content() if body is not None else "",
        "in_reply_to": str(message["In-Reply-To"] or ""),
        "references": [],
        "attachments": [],
    }


def test_a_later_start_gives_the_tail(home: Home, boxes: list[Path]) -> None:
    """The first moment counts; a bare date means midnight in UTC."""
    whole = lines(home, *ME, *boxes)
    moment = whole[len(whole) // 2]["date"]
    day = moment[:10]

    assert [one for one in whole if one["date"] >= moment] == lines(home, *ME, "--score-from", moment, *boxes)
    assert [one for one in whole if one["date"] >= day] == lines(home, *ME, "--score-from", day, *boxes)


def test_what_is_not_learnt_changes_nothing_else(
    home: Home, boxes: list[Path], every: list[Mail], tmp_path: Path
) -> None:
    """The listed messages are scored; the others score as if those had never been."""
    whole = lines(home, *ME, *boxes)
    listed = {one["message_id"] for one in whole[::3]}
    ids = tmp_path / "ids"
    ids.write_text("\n".join(sorted(listed)))
    found = lines(home, *ME, "--no-learn", ids, *boxes)
    without = tmp_path / "Without" / "Sent.mbox"
    without.parent.mkdir()
    box = mailbox.mbox(without, create=True)
    for mail in every:
        if mail.folder == "Sent" and mail.message_id not in listed:
            box.add(mail.raw)
    box.close()
    rest = lines(home, *ME, without, boxes[1])

    assert [one["message_id"] for one in whole] == [one["message_id"] for one in found]
    assert rest == [one for one in found if one["message_id"] not in listed]


def test_a_copy_in_the_inbox_and_one_in_sent_are_one_sent_message(home: Home, tmp_path: Path) -> None:
    """Duplicates are told by their id, and the sent copy stays."""
    for name in ("Sent.mbox", "Inbox.mbox"):
        box = mailbox.mbox(tmp_path / name, create=True)
        box.add(raw_mail(1, sender=OWNER[1], to=["bruno@firm.example", OWNER[1]]))
        box.close()

    assert 1 == len(lines(home, *ME, tmp_path / "Inbox.mbox", tmp_path / "Sent.mbox"))
    assert 0 == len(lines(home, *ME, tmp_path / "Inbox.mbox"))


def test_a_found_mistake_ends_with_1_where_asked(home: Home) -> None:
    """A script can tell from the exit code; the table marks the message."""
    home.account.append("Sent", raw_mail(1, to=["bruno@firm.example"]), raw_mail(2, to=[WRONG]))
    failing, plain = home.oopsee("scan", "--fail-on-alert"), home.oopsee("scan")

    assert (1, 0) == (failing.returncode, plain.returncode)
    assert WRONG in plain.stdout
    assert "1 would have been alerted" in plain.stdout


def test_nothing_found_ends_with_0(home: Home) -> None:
    """Also where it was asked to fail."""
    home.account.append("Sent", raw_mail(1, to=["bruno@firm.example"]))

    assert 0 == home.oopsee("scan", "--fail-on-alert").returncode


def test_a_scan_changes_nothing_on_the_server(home: Home, every: list[Mail]) -> None:
    """No flag and no message, and no state on the disk."""
    home.account.append("Sent", *(mail.raw for mail in every[:50]))
    before = home.account.server.files(home.account.user)
    home.oopsee("scan", "--json")

    assert before == home.account.server.files(home.account.user)
    assert not home.state.exists()


def test_mail_does_nothing_to_the_terminal(home: Home) -> None:
    """Escapes in a subject and an address are not passed on."""
    home.account.append(
        "Sent", raw_mail(1, to=["bruno@firm.example"], subject="\x1b]0;owned\x07\x1b[2Jhello")
    )
    done = home.oopsee("scan")

    assert "hello" in done.stdout
    assert "\x1b]" not in done.stdout
    assert "\x1b[2J" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--json", "none.mbox"), "Whose mail is this?"),
        ((*ME, "none.mbox"), "none.mbox"),
        (("--me", "anna", "none.mbox"), "must be an address"),
        ((*ME, "--score-from", "soon", "none.mbox"), "'soon' is no date"),
        ((*ME, "--no-learn", "none.txt", "none.mbox"), "none.txt cannot be read"),
        (("--mailbox", "nobody"), "There is no mailbox 'nobody'"),
    ],
)
def test_a_wrong_call_is_told(home: Home, arguments: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, one sentence, and nothing on standard output."""
    done = home.oopsee("scan", *arguments)

    assert 2 == done.returncode
    assert sentence in done.stderr
    assert "" == done.stdout
