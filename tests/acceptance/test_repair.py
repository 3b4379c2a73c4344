"""From Sent to the repair and back: alert, answer, drafts, recall, record, and a label to learn from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from scanner.store import Store
from tests.acceptance.conftest import WRONG, Home
from tests.acceptance.test_run import begun
from tests.dovecot import MASTER, Account
from tests.integration.daemon.harness import alerts, until
from tests.people import OWNER, raw_mail

FIRST = "<000010@firm.example>"
SECOND = """
[[mailbox]]
name = "client"
address = "{address}"
language = "de"
[mailbox.imap]
host = "127.0.0.1"
port = {port}
security = "cleartext-i-know-it-is-readable"
username = "{user}"
password_env = "TEST_PASSWORD"
[recall]
allowed = {allowed}
username = "{master}"
password_env = "TEST_PASSWORD"
"""
TEXT = (
    "Sehr geehrte Frau Weber,\r\n\r\nanbei sende ich Ihnen die Gehaltsliste der Abteilung fuer das zweite "
    "Quartal, wie besprochen. Bitte behandeln Sie sie vertraulich und geben Sie mir bis Freitag Bescheid, ob "
    "alles stimmt.\r\n\r\nMit freundlichen Gruessen\r\nAnna Neri"
)


def parsed(raw: bytes) -> EmailMessage:
    """A mail as its headers and text."""
    return message_from_bytes(raw, policy=policy.default)


def both(home: Home, *, allowed: bool = True) -> Account:
    """Guard the recipient's mailbox too, and let the administrator allow recalls or not."""
    other = Account(home.account.server, home.account.server.fresh_user())
    text = home.path.read_text(encoding="utf-8")
    more = SECOND.format(
        address=WRONG,
        port=home.account.server.port,
        user=other.user,
        master=MASTER,
        allowed=str(allowed).lower(),
    )
    home.path.write_text(text + more, encoding="utf-8")
    return other


def labels(home: Home) -> list[tuple[str, bool, str]]:
    """What has been said of which message."""
    with Store.open(home.state / "oopsee.db") as store:
        return [(one.message_id, one.wrong, one.source) for one in store.mailbox("work").labels()]


def test_a_mistake_is_told_answered_repaired_and_learnt_from(home: Home) -> None:
    """The whole way on a real server; nobody but the owners of the two mailboxes is written to."""
    other = both(home)
    for number in range(1, 6):
        home.account.append("Sent", raw_mail(number))
    wrong = raw_mail(
        10, to=[WRONG], date=datetime.now(UTC) - timedelta(minutes=2), subject="Gehaltsliste", text=TEXT
    )
    with home.running():
        until(lambda: begun(home))
        other.append("INBOX", wrong)
        home.account.append("Sent", wrong)
        until(lambda: alerts(home.account))
        alert_id = str(parsed(alerts(home.account)[0])["Message-ID"])
        reply = raw_mail(11, to=[OWNER], date=datetime.now(UTC), text="1")
        home.account.append("Sent", b"In-Reply-To: " + alert_id.encode() + b"\r\n" + reply)
        until(lambda: labels(home))
        drafted = home.oopsee("recover", FIRST, "--draft", "--mailbox", "work")
        recalled = home.oopsee("recover", FIRST, "--recall", "--mailbox", "work")
        until(lambda: len(alerts(home.account)) == 2 and alerts(other))
    record = json.loads(home.oopsee("recover", FIRST, "--json", "--mailbox", "work").stdout)
    trained = home.oopsee("train", "--mailbox", "work")

    assert (0, 0) == (drafted.returncode, recalled.returncode), drafted.stderr + recalled.stderr
    assert [(FIRST, True, "answer")] == labels(home)
    drafts = [parsed(raw) for raw in home.account.server.messages(home.account.user, "Drafts")]
    to_recipient = next(one for one in drafts if WRONG in str(one["To"]))
    body = to_recipient.get_body(("plain",))
    assert body is not None
    assert "löschen" in body.get_content()
    assert (OWNER, FIRST) == (to_recipient["From"].addresses[0].addr_spec, to_recipient["In-Reply-To"])
    assert to_recipient["X-Oopsee"] is None
    assert [] == [raw for raw in other.server.messages(other.user) if b"X-Oopsee" not in raw]
    assert [wrong] == other.server.messages(other.user, "Oopsee/Recalled")
    for account, address in ((home.account, OWNER), (other, WRONG)):
        assert {address} == {one.addr_spec for raw in alerts(account) for one in parsed(raw)["To"].addresses}
    assert {"draft", "recall"} <= {one["kind"] for one in record["actions"]}
    assert record["times"]["sent_at"] < record["times"]["confirmed_at"]
    assert record["times"]["sent_at"] < record["times"]["alerted_at"]
    assert "confirmed" == record["clock"]["state"]
    assert "besprochen" not in json.dumps({**record, "drafts": []})
    assert "1 labelled messages can be learnt from." in trained.stdout


def test_drafts_are_filed_once_and_nothing_is_sent(home: Home) -> None:
    """Asked for twice, the same drafts lie there once; INBOX and Sent stay as they were."""
    for number in range(1, 4):
        home.account.append("Sent", raw_mail(number))
    home.account.append("Sent", raw_mail(10, to=[WRONG], text=TEXT))
    with home.running():
        until(lambda: begun(home))
    before = {folder: home.account.server.messages(home.account.user, folder) for folder in ("INBOX", "Sent")}
    once = home.oopsee("recover", FIRST, "--draft", "--to", "manager")
    lying = home.account.server.messages(home.account.user, "Drafts")
    home.oopsee("recover", FIRST, "--draft", "--to", "manager")

    assert 0 == once.returncode, once.stderr
    assert "1 Entwurf liegt im Ordner Drafts. Gesendet wurde nichts." in " ".join(once.stdout.split())
    assert 1 == len(lying)
    assert lying == home.account.server.messages(home.account.user, "Drafts")
    assert before == {folder: home.account.server.messages(home.account.user, folder) for folder in before}


@pytest.mark.parametrize(
    ("allowed", "guarded", "says"),
    [
        (False, True, "Recalling copies is not allowed here."),
        (True, False, "None of the wrong recipients has a mailbox that this configuration guards"),
    ],
)
def test_a_recall_needs_the_administrator_and_a_mailbox_of_the_house(
    home: Home, allowed: bool, guarded: bool, says: str
) -> None:
    """The sentence says why nothing was moved and what to do instead."""
    other = both(home, allowed=allowed)
    whom = WRONG if guarded else "somebody@elsewhere.example"
    home.account.append("Sent", raw_mail(10, to=[whom], text=TEXT))
    other.append("INBOX", raw_mail(10, to=[whom], text=TEXT))
    with home.running():
        until(lambda: begun(home))
    home.oopsee("label", FIRST, "wrong", "--mailbox", "work")
    done = home.oopsee("recover", FIRST, "--recall", "--mailbox", "work")

    assert 2 == done.returncode
    assert says in " ".join(done.stderr.split())
    assert "Nothing was moved." in done.stderr
    assert 1 == len([raw for raw in other.server.messages(other.user) if b"X-Oopsee" not in raw])


def test_files_can_be_looked_at_and_not_acted_on(home: Home, tmp_path: Path) -> None:
    """Out of a file nothing is filed or moved."""
    box = tmp_path / "Sent.mbox"
    box.write_bytes(b"From anna@firm.example Mon Jan  1 00:00:00 2025\n" + raw_mail(10, to=[WRONG]) + b"\n")
    done = home.oopsee("recover", FIRST, str(box), "--me", OWNER, "--draft")

    assert 2 == done.returncode
    assert "work on the configured mailbox, not on files" in " ".join(done.stderr.split())
