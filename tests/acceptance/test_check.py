"""`oopsee check` has one sentence for each way in which a configuration can be wrong: the right one."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scanner.cli.main import run
from tests.acceptance.misconfigured import KINDS, SECRET, WRONG_SECRET, Place, guarded
from tests.dovecot import Account
from tests.unit.alert import servers

SENTENCES = tomllib.loads((Path(__file__).parent / "check_sentences.toml").read_text(encoding="utf-8"))
SECRETS = (SECRET, WRONG_SECRET, servers.PASSWORD)


@pytest.fixture
def place(tmp_path: Path, dovecot: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A configuration that would be right, for a row to spoil."""
    for name in [name for name in os.environ if name.startswith("OOPSEE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEST_PASSWORD", SECRET)
    monkeypatch.setenv("OOPSEE_CONFIG", str(tmp_path / "config.toml"))
    with ExitStack() as stack:
        yield Place(tmp_path, dovecot, monkeypatch, stack)


def said(text: str) -> list[str]:
    """The sentences about what is wrong, each with its meaning and remedy, in one line."""
    lines = [re.sub(r"^FAIL +[^:]*: ", "FAIL ", line.strip()) for line in text.splitlines() if line]
    found: list[str] = []
    for line in lines:
        if line.startswith(("This means: ", "What to do: ")):
            found[-1] += f"\n{line}"
        elif not line.startswith("ok "):
            found.append(line.removeprefix("FAIL "))
    return found


def test_there_is_a_sentence_for_each_kind() -> None:
    """And a way to make it for each sentence."""
    assert sorted(SENTENCES) == sorted(KINDS)


def test_what_is_right_gives_no_sentence(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The configuration that the rows spoil is in order."""
    place.write()
    assert 0 == run(["check"])
    assert [] == said("".join(capsys.readouterr()))


def test_check_mentions_the_daemon_that_runs(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """That is no fault."""
    guarded(place)
    place.write()

    assert 0 == run(["check"])
    assert f"process {os.getpid()} guards work" in capsys.readouterr().out


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_each_misconfiguration_has_its_one_sentence(
    place: Place, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, what it means for the mail, what to do: once, without a traceback or a secret."""
    KINDS[kind](place)
    place.write()
    code = run([place.command])
    text = "".join(capsys.readouterr())
    expected = SENTENCES[kind]
    names = place.names

    def filled(template: str) -> str:
        return re.sub(r"\{([A-Z]+)\}", lambda found: names[found[1]], template)

    parts = (expected["what"], f"This means: {expected['meaning']}", f"What to do: {expected['remedy']}")
    assert [filled("\n".join(parts))] == said(text)
    assert expected["code"] == code
    assert not [secret for secret in SECRETS if secret in text]
