"""Wherever the password comes from, it is seen nowhere: not in words, files, or among the processes."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.acceptance.conftest import Home
from tests.dovecot import free_port
from tests.integration.daemon.harness import until

SECRET = "hunter2-swordfish"
WAYS = ("password_file", "password_command", "password_env", "password_credential")


@pytest.fixture(params=WAYS)
def told(request: pytest.FixtureRequest, home: Home, tmp_path: Path) -> Iterator[tuple[Home, dict[str, str]]]:
    """A home whose password comes in one of the ways, loud in its log, and its environment."""
    place = tmp_path / "credentials" / "password"
    place.parent.mkdir(mode=0o700)
    place.write_text(f"{SECRET}\n", encoding="utf-8")
    place.chmod(0o600)
    value = {
        "password_file": str(place),
        "password_command": f"cat {shlex.quote(str(place))}",
        "password_env": "TEST_PASSWORD",
        "password_credential": "password",
    }[request.param]
    text = home.path.read_text(encoding="utf-8")
    text = text.replace('password_env = "TEST_PASSWORD"', f'{request.param} = "{value}"')
    port = free_port()
    text = text.replace(
        'format = "json"', f'format = "json"\nlevel = "debug"\n[health]\nmetrics_port = {port}'
    )
    home.path.write_text(text, encoding="utf-8")
    environment = home.environment | {"CREDENTIALS_DIRECTORY": str(place.parent), "PORT": str(port)}
    del environment["TEST_PASSWORD"]
    if request.param == "password_env":
        environment["TEST_PASSWORD"] = SECRET
    yield home, environment
    place.unlink()


def kept(home: Home) -> bytes:
    """All that lies in the state directory."""
    return b"".join(path.read_bytes() for path in home.state.rglob("*") if path.is_file())


def test_a_refused_password_is_repeated_by_nobody(told: tuple[Home, dict[str, str]]) -> None:
    """Neither by `run` nor by `check`, with tracebacks wanted, nor by `status` afterwards."""
    home, environment = told
    said = ""
    for command in ("run", "check", "status"):
        done = subprocess.run(
            [sys.executable, "-m", "scanner", "--debug", command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said += done.stdout + done.stderr

    assert "refused the login" in said
    assert SECRET not in said
    assert SECRET.encode() not in kept(home)
    assert 0o700 == home.state.stat().st_mode & 0o777


def test_a_good_password_is_seen_nowhere_while_the_daemon_runs(told: tuple[Home, dict[str, str]]) -> None:
    """Not in the log at its loudest, not in the metrics, not in the state, not in the list of processes."""
    home, environment = told
    home.account.server.add_user(home.account.user, SECRET)
    with subprocess.Popen(
        [sys.executable, "-m", "scanner", "run"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            until(lambda: b"learnt" in kept(home))
            line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            with build_opener(ProxyHandler({})).open(
                f"http://127.0.0.1:{environment['PORT']}/metrics", timeout=10
            ) as answer:
                figures = answer.read()
        finally:
            process.terminate()
            said, _ = process.communicate(timeout=10)

    assert '"event": "watching"' in said
    assert SECRET not in said
    for seen in (line, figures, kept(home)):
        assert SECRET.encode() not in seen
