"""The figures for Prometheus, fetched as Prometheus does."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scanner.cli.status import is_watched
from scanner.errors import ConfigError
from scanner.extras import install
from scanner.metrics import CAUSES, served
from scanner.store import MailboxStore, OutboxEntry, Store
from scanner.worker.lookout import BLINDING, MISSING, MODEL, QUARANTINE
from tests.people import OWNER, START, a_message, a_verdict

Figures = dict[tuple[str, frozenset[str]], float]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An opened store."""
    with Store.open(tmp_path / "state" / "oopsee.db") as opened:
        yield opened


def fetched(store: Store) -> str:
    """What one scrape gives."""
    with served(store, ["work"], lambda: START + timedelta(hours=1), host="127.0.0.1", port=0) as port:
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())


def figures(store: Store) -> Figures:
    """The samples by name and values of their labels."""
    families = text_string_to_metric_families(fetched(store))
    return {
        (one.name, frozenset(one.labels.values())): one.value for family in families for one in family.samples
    }


def at(*labels: str) -> frozenset[str]:
    """The labels of a figure of the mailbox."""
    return frozenset({"work", *labels})


def notice(key: str) -> OutboxEntry:
    """A mail about an episode."""
    return OutboxEntry(key=key, message_id="<n@oopsee.example>", raw=b"mail", created_at=START)


def fill(mailbox: MailboxStore) -> None:
    """One sent message, one received, one not understood, one look, one failure, one blindness."""
    sent, received = a_message(1), a_message(2)
    mailbox.record(message_id=sent.message_id, digest=sent.digest, direction="sent", verdict=a_verdict(sent))
    mailbox.record(message_id=received.message_id, digest=received.digest, direction="received")
    mailbox.quarantine("Sent", 1, 3, "ValueError", at=START)
    mailbox.heartbeat("pass", START)
    mailbox.heartbeat("pass", START, error=f"LoginError: the login of {OWNER} was refused")
    mailbox.episode_begins("login", START, f"the login of {OWNER} was refused", notice)


def test_a_scrape_tells_what_was_done_and_what_is_wrong(store: Store) -> None:
    """Counts, the last success, failures, and each cause of blindness as 0 or 1."""
    fill(store.mailbox("work"))
    found = figures(store)

    assert 1.0 == found["oopsee_store_up", frozenset()]
    assert 1.0 == found["oopsee_messages_total", at("sent")]
    assert 1.0 == found["oopsee_messages_total", at("received")]
    assert 1.0 == found["oopsee_verdicts_total", at("silent")]
    assert 1.0 == found["oopsee_failures_total", at("pass")]
    assert 1.0 == found["oopsee_quarantined_messages", at()]
    assert START.timestamp() == found["oopsee_last_success_timestamp_seconds", at("pass")]
    assert {"login"} == {cause for cause in CAUSES if found["oopsee_blind", at(cause)]}
    assert found["process_open_fds", frozenset()] > 0


def test_no_label_and_no_help_names_a_person(store: Store) -> None:
    """The words of errors stay in the store."""
    fill(store.mailbox("work"))

    assert "@" not in fetched(store)


def test_every_cause_of_blindness_has_its_figure() -> None:
    """A cause that is added elsewhere is added here."""
    assert BLINDING | {MISSING, MODEL, QUARANTINE} == set(CAUSES)


def test_a_store_in_trouble_is_a_figure_too(store: Store) -> None:
    """The scrape succeeds and says that nothing can be read."""
    store.mailbox("work")
    store.close()
    store.path.write_bytes(b"no database" * 1000)
    found = figures(store)

    assert 0.0 == found["oopsee_store_up", frozenset()]


def test_a_port_that_is_taken_is_told(store: Store) -> None:
    """The remedy names the settings."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=f"127.0.0.1 port {port}") as caught,
            served(store, ["work"], lambda: START, host="127.0.0.1", port=port),
        ):
            pass

    assert "metrics_port" in caught.value.remedy


def test_a_missing_library_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is the command that installs it."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with (
        pytest.raises(ConfigError, match="not installed") as caught,
        served(store, ["work"], lambda: START, host="127.0.0.1", port=0),
    ):
        pass

    assert install("metrics") in caught.value.remedy


def test_a_mailbox_is_watched_while_its_last_look_is_fresh(store: Store) -> None:
    """The status and its exit code go by this."""
    mailbox = store.mailbox("work")
    assert not is_watched(mailbox.status(), START, 60)
    mailbox.heartbeat("pass", START)
    assert is_watched(mailbox.status(), START + timedelta(minutes=3), 60)
    assert not is_watched(mailbox.status(), START + timedelta(minutes=4), 60)
    mailbox.heartbeat("pass", START + timedelta(seconds=1), error="LoginError")

    assert not is_watched(mailbox.status(), START + timedelta(seconds=2), 60)
