"""The files for those who run Oopsee as a service name commands, options and settings that there are."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import typer

from scanner.cli.app import app
from scanner.metrics import CAUSES
from scanner.settings import Mailbox, Settings

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "contrib" / "systemd" / "oopsee@.service"
CONTAINER = ROOT / "Containerfile"
OPERATIONS = ROOT / "docs" / "operations.md"


def unit() -> dict[str, list[str]]:
    """The settings of the unit; one that is given several times has several values."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z]+=", line):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def instructions() -> list[tuple[str, str]]:
    """The instructions of the container's last stage, in order."""
    text = CONTAINER.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and line[0] != "#"]
    every = [(name, rest) for name, rest in lines]
    last = max(place for place, (name, _) in enumerate(every) if name == "FROM")
    return every[last:]


def scripts() -> set[str]:
    """The programs that an installation brings."""
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"])


def accept(words: list[str]) -> None:
    """Fail unless the command line is one that exists, with options that the command has."""
    program, command, *options = words
    commands: Any = typer.main.get_command(app)
    assert Path(program).name in scripts()
    assert command in commands.commands
    known = {name for parameter in commands.commands[command].params for name in parameter.opts}
    assert {word for word in options if word.startswith("-")} <= known


def test_the_unit_starts_a_command_that_exists() -> None:
    """Its options exist too, and the configuration that it names is a credential that it loads."""
    (line,) = unit()["ExecStart"]
    accept(shlex.split(line))
    loaded = [value.partition(":")[0] for value in unit()["LoadCredential"]]

    assert "%d/config" in shlex.split(line)
    assert ["config", "password"] == loaded


def test_the_credential_of_the_unit_is_a_password_that_settings_can_name() -> None:
    """The name in the unit is the one in the example and in the document."""
    imap = {"host": "imap.example.org", "username": "anna", "password_credential": "password"}
    box = Mailbox.model_validate({"name": "work", "address": "anna@example.org", "imap": imap})

    assert "password" == box.imap.password_credential
    for path in (ROOT / "config.example.toml", OPERATIONS):
        assert 'password_credential = "password"' in path.read_text(encoding="utf-8")


def test_the_state_of_the_unit_lies_where_systemd_makes_room_for_it() -> None:
    """A private directory of its own for each instance, named by a variable that is a setting."""
    (directory,) = unit()["StateDirectory"]
    variables = dict(value.partition("=")[::2] for value in unit()["Environment"])

    assert f"/var/lib/{directory}" == variables["OOPSEE_STATE__DIR"]
    assert "dir" in Settings.model_fields["state"].annotation.model_fields  # type: ignore[union-attr]
    assert ["0700"] == unit()["StateDirectoryMode"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Type", "notify"),
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
    ],
)
def test_the_unit_is_hardened(name: str, value: str) -> None:
    """What the documentation promises stands in the unit."""
    assert [value] == unit()[name]


def test_the_watchdog_is_longer_than_the_daemon_needs_to_start() -> None:
    """A daemon says that it is ready after twenty seconds at most, and lives at half of the interval."""
    (watchdog,), (start,) = unit()["WatchdogSec"], unit()["TimeoutStartSec"]

    assert int(start) >= 60
    assert int(watchdog) >= 60


def test_the_container_starts_a_command_that_exists_as_nobody_in_particular() -> None:
    """The health check as well; the last user is neither root nor a name that could mean root."""
    found = dict(instructions())
    entry, command = json.loads(found["ENTRYPOINT"]), json.loads(found["CMD"])
    accept([*entry, *command])
    accept(json.loads(found["HEALTHCHECK"].partition("CMD ")[2]))

    assert int(found["USER"].partition(":")[0]) >= 1000


def test_the_container_copies_what_is_there() -> None:
    """Each source of a COPY from this tree exists."""
    copies = re.findall(r"^COPY (?!--from)(.+)$", CONTAINER.read_text(encoding="utf-8"), re.MULTILINE)
    sources = [source for copy in copies for source in copy.split()[:-1]]

    assert sources
    assert [] == [source for source in sources if not (ROOT / source).exists()]


def test_every_cause_of_blindness_is_explained() -> None:
    """Whoever reads a cause in the status or a metric finds it in the document."""
    text = OPERATIONS.read_text(encoding="utf-8")

    assert [] == [cause for cause in CAUSES if f"| `{cause}` |" not in text]
