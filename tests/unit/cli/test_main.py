"""The command line: help for everything, a quick start, sentences instead of tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from scanner.cli.app import app
from scanner.cli.main import run
from scanner.errors import ConfigError, LoginError, ScannerError, StoreError

HEAVY = (
    "sklearn",
    "numpy",
    "imapclient",
    "sqlalchemy",
    "pydantic",
    "apscheduler",
    "alembic",
    "scanner.detect",
)


def commands(group: Any = None, name: str = "oopsee") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  typer's own
    """Every command and group below, with its full name."""
    command = typer.main.get_command(app) if group is None else group
    yield name, command
    for child, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {child}")


ALL = list(commands())


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_says_what_it_does(name: str, command: Any) -> None:  # noqa: ANN401
    """A command without a sentence of help is a mistake, and so is an option without one."""
    assert (command.help or "").strip().endswith("."), name
    for parameter in command.params:
        assert (parameter.help or "").strip(), f"{name} {parameter.name}"


@pytest.mark.parametrize("name", [name for name, _ in ALL])
def test_every_command_shows_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` ends with 0 and shows something on standard output."""
    assert 0 == run([*name.split()[1:], "--help"])
    assert "Usage: oopsee" in capsys.readouterr().out


def test_help_comes_without_loading_what_works() -> None:
    """The start is quick because nothing heavy is imported before a command needs it."""
    code = (
        "import sys, json; from scanner.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert [] == json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "arguments", [["scan", "--nonsense"], ["nonsense"], ["label"], ["scan", "--top", "many"]]
)
def test_a_wrong_call_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong stands on standard error; standard output stays empty."""
    assert 2 == run(arguments)
    captured = capsys.readouterr()
    assert "" == captured.out
    assert captured.err


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigError("No."), 2), (LoginError("No."), 3), (StoreError("No."), 4), (ScannerError("No."), 4)],
)
def test_an_error_is_three_sentences_and_a_code(
    error: ScannerError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, what it means, what to do; never a traceback."""
    error.remedy = "Do this."
    raising(error, monkeypatch)

    assert code == run(["version"])
    assert [
        "No.",
        f"This means: {error.meaning}",
        "What to do: Do this.",
    ] == capsys.readouterr().err.splitlines()


def test_the_unexpected_is_one_sentence_and_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words of the exception may quote mail, so that only its kind is shown."""
    raising(ZeroDivisionError("a secret subject"), monkeypatch)

    assert 4 == run(["version"])
    text = capsys.readouterr().err
    assert "ZeroDivisionError" in text
    assert "secret" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_traceback_is_there_for_who_asks(
    way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --debug or OOPSEE_DEBUG the place of the failure is shown."""
    raising(ZeroDivisionError(), monkeypatch)
    if way == "variable":
        monkeypatch.setenv("OOPSEE_DEBUG", "1")

    assert 4 == run(["--debug", "version"] if way == "option" else ["version"])
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends with what a shell expects and no words."""
    raising(KeyboardInterrupt(), monkeypatch)

    assert 130 == run(["version"])
    assert "" == capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else."""
    from scanner import __version__

    assert 0 == run(["version"])
    assert f"{__version__}\n" == capsys.readouterr().out


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command `version` raise."""

    def echo(*_: object) -> None:
        raise error

    monkeypatch.setattr(typer, "echo", echo)
