"""The daemon as a service: what systemd and Prometheus see of it, and what `status` ends with."""

from __future__ import annotations

import json
import socket
import tempfile
from contextlib import closing
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.acceptance.conftest import Home
from tests.acceptance.test_run import begun
from tests.dovecot import free_port
from tests.integration.daemon.harness import until


def test_systemd_hears_start_life_and_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY once, a status, signs of life before half of the watchdog's time is over, STOPPING last."""
    with (
        tempfile.TemporaryDirectory() as directory,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line,
    ):
        line.bind(f"{directory}/notify")
        line.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{directory}/notify")
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        heard: list[str] = []
        with home.running():
            while heard.count("WATCHDOG=1") < 3 or "STATUS=watching 1 of 1 mailboxes" not in heard:
                heard.append(line.recv(4096).decode())
        while "STOPPING=1" not in heard:
            heard.append(line.recv(4096).decode())

    assert 1 == heard.count("READY=1")


def test_prometheus_finds_the_figures_of_a_running_daemon(home: Home) -> None:
    """Only when the settings name a port, and then on this machine alone."""
    port = free_port()
    home.write(imap=f"[health]\nmetrics_port = {port}")
    with home.running():
        until(lambda: begun(home))
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()

    assert 'oopsee_blind{cause="login",mailbox="work"} 0.0' in text
    assert "@" not in text


def test_a_port_in_use_ends_the_start_with_its_reason(home: Home) -> None:
    """Exit code 2 and the setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        home.write(imap=f"[health]\nmetrics_port = {server.getsockname()[1]}")
        done = home.oopsee("run")

    assert 2 == done.returncode
    assert "metrics_port" in done.stderr


def test_status_ends_with_0_while_all_is_well(home: Home) -> None:
    """For scripts and monitors."""
    with home.running():
        until(lambda: 0 == home.oopsee("status").returncode)
        done = home.oopsee("status", "--json")

    assert json.loads(done.stdout)["watched"]


def test_status_shows_blindness_and_its_end(home: Home) -> None:
    """Exit code 1 while it lasts, and what the server said; afterwards that all is well again."""
    right, home.password = home.password, "revoked"
    assert 3 == home.oopsee("run").returncode
    blind = home.oopsee("status")
    home.password = right
    with home.running():
        until(lambda: 0 == home.oopsee("status").returncode)
        well = home.oopsee("status")

    assert 1 == blind.returncode
    assert "NOT WATCHED" in blind.stdout
    assert "BLIND (login), it began" in blind.stdout
    assert "refused the login" in blind.stdout
    assert "revoked" not in blind.stdout
    assert "all is well again: blindness (login)" in well.stdout
