"""What `oopsee explain` and `oopsee status` say of evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanner.cli.app import app
from scanner.detect.evidence import Evidence, Kind
from scanner.store import Aftermath, Store
from tests.people import OWNER, START, a_message, a_verdict

CONFIG = """
[[mailbox]]
name = "work"
address = "{owner}"
imap = {{ host = "imap.example", username = "anna", password_env = "SECRET" }}

[state]
dir = "{state}"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose mailbox has one scored message and a notice about it."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(owner=OWNER, state=tmp_path / "state"), encoding="utf-8")
    path.chmod(0o600)
    message = a_message(1, to=("bruno@rival.example",))
    with Store.open(tmp_path / "state" / "oopsee.db") as store:
        here = store.mailbox("work")
        here.record(
            message_id=message.message_id,
            digest=message.digest,
            direction="sent",
            verdict=a_verdict(message, score=0.01),
        )
        sign = Evidence(
            Kind.NOTICE, message.message_id, "<n@rival.example>", START, "notice", ("bruno@rival.example",)
        )
        here.keep(Aftermath(evidence=(sign,)))
    return path


def oopsee(*arguments: str | Path) -> str:
    """Run a command; what it prints."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done.output


def test_explain_shows_what_came_after_the_send(config: Path) -> None:
    """The score of the time, each sign with its weight, and the score with them."""
    shown = oopsee("explain", "--config", config, "<000001@firm.example>")
    plain = json.loads(oopsee("explain", "--json", "--config", config, "<000001@firm.example>"))

    assert "After the send: over 99 %" in " ".join(shown.split())
    assert "+10.00 notice of bruno@rival.example" in " ".join(shown.split())
    assert (0.01, ["notice"]) == (plain["score"], [one["kind"] for one in plain["evidence"]])
    assert plain["score_after"] > 0.99


def test_status_counts_the_signs(config: Path) -> None:
    """By their kind."""
    assert "signs that came after a send: 1 notice" in oopsee("status", "--config", config)
