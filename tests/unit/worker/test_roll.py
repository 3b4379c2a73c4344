"""Which of the Sent folders that were watched are not there any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.mailbox.folders import Folders, choose
from scanner.mailbox.imap import Listed
from scanner.store import Store
from scanner.worker.roll import Roll


def found(*names: str, configured: tuple[str, ...] = (), out: bool = False) -> Folders:
    """What is found in a mailbox with these folders; with `out` the server calls "Out" a Sent folder."""
    listing = [Listed(name) for name in ("INBOX", *names)]
    return choose([*listing, Listed("Out", frozenset({"\\sent"} if out else ()))], configured)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The database, in which mail of the folder "Gesendet" was scored."""
    path = tmp_path / "state" / "oopsee.db"
    with Store.open(path) as store:
        store.mailbox("work").record(message_id="<1@x>", digest="d", direction="sent", folder="Gesendet")
        store.mailbox("work").record(message_id="<2@x>", digest="e", direction="received", folder="Old")
    return path


def test_a_folder_of_earlier_runs_that_is_gone_is_missed(state: Path) -> None:
    """Until it is there again; folders of received mail are nobody's concern here."""
    with Store.open(state) as store:
        roll = Roll(store.mailbox("work"), ())

        error = roll.missing(found("Sent"))
        assert error is not None
        assert "The Sent folder Gesendet can no longer be found." == str(error)
        assert 'sent = ["Sent"]' in error.remedy
        assert "Sent" in error.meaning
        assert roll.missing(found("Sent", "Gesendet")) is None


def test_a_folder_that_the_server_no_longer_names_is_missed(state: Path) -> None:
    """It lies there still, but nobody would look into it."""
    with Store.open(state) as store:
        roll = Roll(store.mailbox("work"), ())

        assert roll.missing(found("Sent", "Gesendet", out=True)) is None
        assert "The Sent folder Out can no longer be found." == str(roll.missing(found("Sent", "Gesendet")))


def test_with_a_setting_only_what_it_names_is_missed(state: Path) -> None:
    """Who names the folders that are left has said that the others do not matter."""
    with Store.open(state) as store:
        here = store.mailbox("work")
        assert Roll(here, ("Sent",)).missing(found("Sent", configured=("Sent",))) is None

        both = ("Sent", "Sent Items")
        error = Roll(here, both).missing(found("Sent", configured=both))
        assert "The Sent folder Sent Items of the configuration cannot be found." == str(error)
