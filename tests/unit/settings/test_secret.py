"""Where passwords come from, and what is said when they do not come."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.settings import secret


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A password file that only its owner can read."""
    path = tmp_path / "password"
    path.write_text("hunter2\nuser: anna\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_command_yields_the_first_line_it_prints() -> None:
    """Password managers print the password first and notes after it."""
    assert "hunter 2" == secret(command="printf 'hunter 2\\nnote\\n'")()


def test_a_command_runs_without_a_shell() -> None:
    """Characters that mean something to a shell reach the command as they are."""
    assert "$HOME;|>" == secret(command="echo '$HOME;|>'")()


def test_a_file_yields_its_first_line(private: Path) -> None:
    """What stands below the password is left alone."""
    assert "hunter2" == secret(file=private)()


def test_a_variable_yields_its_value() -> None:
    """The environment is one of the ways."""
    assert "hunter2" == secret(env="P", environ={"P": "hunter2"})()


def test_a_secret_is_asked_for_each_time(private: Path) -> None:
    """A password that was changed counts at the next login."""
    ask = secret(file=private)
    ask()
    private.write_text("new\n", encoding="utf-8")

    assert "new" == ask()


def test_one_way_must_be_given() -> None:
    """No way at all is a mistake of the caller."""
    with pytest.raises(ValueError, match="no way"):
        secret()


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("false", "ended with exit code 1"),
        ("sh -c 'echo locked >&2; exit 3'", "ended with exit code 3: locked"),
        ("sh -c 'kill -9 $$'", "was ended by signal 9"),
        ("/nonexistent/pass", "cannot be run: No such file or directory"),
        ("true", "gives no password"),
        ("echo", "gives no password"),
        ("pass 'unclosed", "cannot be split into words"),
        ("  ", "is empty"),
    ],
)
def test_a_failing_command_is_explained(command: str, sentence: str) -> None:
    """Each way for a command to fail has its sentence."""
    with pytest.raises(ConfigError) as caught:
        secret(command=command)()

    assert sentence in str(caught.value)


def test_a_command_that_hangs_is_ended_with_all_it_started() -> None:
    """A child that keeps the pipe open does not keep Oopsee waiting."""
    with pytest.raises(ConfigError, match=r"did not end within 0\.3 seconds"):
        secret(command="sh -c 'sleep 1000 & sleep 1000'", timeout=0.3)()


def test_the_words_of_a_command_are_not_repeated() -> None:
    """A command line may carry a secret of its own."""
    with pytest.raises(ConfigError) as caught:
        secret(command=f"{sys.executable} -c 'exit(1)' hunter2")()

    assert "hunter2" not in f"{caught.value}{caught.value.meaning}{caught.value.remedy}"


def test_a_file_that_others_can_read_is_refused(private: Path) -> None:
    """The refusal carries the command that mends it and not the password."""
    private.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        secret(file=private)()

    assert f"chmod 600 {private}" in caught.value.remedy
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path stands in the sentence."""
    with pytest.raises(ConfigError, match=str(tmp_path / "none")):
        secret(file=tmp_path / "none")()


def test_a_missing_variable_is_named() -> None:
    """The name stands in the sentence."""
    with pytest.raises(ConfigError, match="WORK_PASSWORD is not set"):
        secret(env="WORK_PASSWORD", environ={})()


def test_an_empty_variable_is_no_password() -> None:
    """An empty password is never tried."""
    with pytest.raises(ConfigError, match="gives no password"):
        secret(env="P", environ={"P": ""})()


def test_a_secret_does_not_show_itself() -> None:
    """Its representation names the way only."""
    assert "Secret(way='environment')" == repr(secret(env="P", environ={"P": "hunter2"}))
