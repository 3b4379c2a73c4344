"""The configuration: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.settings import Settings, default_path, load

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
SMALL = """
[[mailbox]]
name = "work"
address = "Anna@Firm.example"
[mailbox.imap]
host = "imap.firm.example"
username = "anna"
password_env = "WORK_PASSWORD"
"""

Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("OOPSEE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a configuration that only its owner can read."""

    def writes(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return writes


def refusal(path: Path) -> ConfigError:
    """The error that loading `path` raises."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value


def test_the_example_loads(write: Write) -> None:
    """What a user copies is accepted as it stands."""
    settings = load(write(EXAMPLE.read_text(encoding="utf-8")))

    assert ("work",) == tuple(mailbox.name for mailbox in settings.mailbox)


def test_the_example_shows_the_defaults(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value in the example, the mailbox aside, is the one that holds without it."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    example = load(write(EXAMPLE.read_text(encoding="utf-8")))
    plain = load(write(SMALL))

    assert plain.model_dump(exclude={"mailbox"}) == example.model_dump(exclude={"mailbox"})


def test_the_example_names_every_setting() -> None:
    """A user finds each key in the example, be it commented out."""
    text = EXAMPLE.read_text(encoding="utf-8")
    keys = {name for name in _leaves(Settings.model_json_schema()) if f"{name} = " not in text}

    assert set() == keys


def _leaves(schema: dict[str, object]) -> set[str]:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    return {
        name
        for definition in definitions.values()
        for name, value in definition["properties"].items()
        if "$ref" not in str(value)
    }


def test_addresses_are_compared_in_lower_case(write: Write) -> None:
    """The owner is known by the address in lower case."""
    assert frozenset({"anna@firm.example"}) == load(write(SMALL)).managed


@pytest.mark.parametrize(
    ("line", "tagged", "owned"),
    [
        ("", "anna+shop@firm.example", True),
        ('tag_separator = "-"', "anna-shop@firm.example", True),
        ('tag_separator = "-"', "anna+shop@firm.example", False),
        ('tag_separator = ""', "anna+shop@firm.example", False),
    ],
)
def test_the_separator_of_sub_addresses_is_a_setting(
    write: Write, line: str, tagged: str, owned: bool
) -> None:
    """A plus sign where nothing is said."""
    box = load(write(SMALL.replace("[mailbox.imap]", f"{line}\n[mailbox.imap]"))).mailbox[0]

    assert owned == (tagged in box.owner)


def test_the_port_follows_the_security(write: Write) -> None:
    """Without a port, the usual one of the chosen security holds."""
    settings = load(write(SMALL.replace("[mailbox.imap]", '[mailbox.imap]\nsecurity = "starttls"')))

    assert 143 == settings.mailbox[0].imap.port


def test_the_environment_stands_above_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable wins over the line in the file, and leaves its neighbours alone."""
    monkeypatch.setenv("OOPSEE_POLICY__ALERTS_PER_1000", "2.5")
    policy = load(write(SMALL + "[policy]\nalerts_per_1000 = 9\ndaily_cap = 7\n")).policy

    assert (2.5, 7) == (policy.alerts_per_1000, policy.daily_cap)


def test_settings_cannot_be_changed(write: Write) -> None:
    """What was read at the edge stays as it was, in nested tables too."""
    settings = load(write(SMALL))

    with pytest.raises(ValueError, match="frozen"):
        settings.policy.daily_cap = 1  # type: ignore[misc]


@pytest.mark.pitfall("pydantic-settings-nested")
@pytest.mark.parametrize(
    ("line", "bad", "nearest"),
    [
        ('polcy = "x"\n' + SMALL, "polcy", "policy"),
        (SMALL + 'hosst = "x"\n', "mailbox.imap.hosst", "mailbox.imap.host"),
        (SMALL + "[policy]\nalert_per_1000 = 3\n", "policy.alert_per_1000", "policy.alerts_per_1000"),
        (SMALL + "[mailbox.folders]\nsend = []\n", "mailbox.folders.send", "mailbox.folders.sent"),
        (SMALL + "[log]\nlevle = 'info'\n", "log.levle", "log.level"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest(write: Write, line: str, bad: str, nearest: str) -> None:
    """Wherever a key is misspelt, the sentence has its dotted path and the one probably meant."""
    error = refusal(write(line))

    assert f"'{bad}' is not a setting. The nearest one is '{nearest}'." in str(error)
    assert 2 == error.exit_code


def test_an_unknown_variable_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable would be without effect, so that it is an error."""
    monkeypatch.setenv("OOPSEE_POLCY__DAILY_CAP", "1")

    assert "The nearest one is 'policy.daily_cap'" in str(refusal(write(SMALL)))


def test_a_password_variable_may_bear_our_prefix(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that the configuration names for a password is no misspelt setting."""
    monkeypatch.setenv("OOPSEE_WORK", "secret")

    assert (
        "OOPSEE_WORK"
        == load(write(SMALL.replace("WORK_PASSWORD", "OOPSEE_WORK"))).mailbox[0].imap.password_env
    )


def test_a_password_in_the_configuration_is_refused_unseen(write: Write) -> None:
    """The error says where a password belongs and does not repeat it."""
    text = str(refusal(write(SMALL + 'password = "hunter2"\n')))

    assert "password_command" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no [[mailbox]] in it."),
        (SMALL.replace('host = "imap.firm.example"\n', ""), "'mailbox.imap.host' is missing."),
        (
            SMALL + "port = 70000\n",
            "'mailbox.imap.port': should be less than or equal to 65535 (it is 70000).",
        ),
        (SMALL + 'password_file = "x"\n', "give exactly one of password_command"),
        (SMALL.replace('password_env = "WORK_PASSWORD"', ""), "give exactly one of password_command"),
        (SMALL.replace("Anna@Firm.example", "Anna"), "write a bare address such as anna@example.org"),
        (
            SMALL.replace("[mailbox.imap]", 'delivery = "smtp"\n[mailbox.imap]'),
            "needs a table [mailbox.smtp]",
        ),
        (SMALL + SMALL, "two mailboxes bear the name 'work'"),
        (SMALL + "[policy]\ndigest_hour = 24\n", "'policy.digest_hour'"),
        (SMALL + '[policy]\nown_domains = ["@firm"]\n', "write a domain such as example.org"),
        (SMALL + "[[mailbox]\n", "is no valid TOML"),
    ],
)
def test_each_mistake_has_its_sentence(write: Write, text: str, sentence: str) -> None:
    """Every refusal says in plain words what is wrong."""
    assert sentence in str(refusal(write(text)))


def test_the_mailbox_with_the_mistake_is_named(write: Write) -> None:
    """With several mailboxes, the sentence says in which one the mistake is."""
    second = SMALL.replace('"work"', '"home"').replace("imap.firm.example", "")

    assert "(In the mailbox 'home'.)" in str(refusal(write(SMALL + second)))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_a_configuration_open_to_others_is_refused(write: Write, mode: int) -> None:
    """The refusal carries the command that mends it."""
    path = write(SMALL)
    path.chmod(mode)

    assert f"chmod 600 {path}" in refusal(path).remedy


def test_a_missing_configuration_says_how_to_make_one(tmp_path: Path) -> None:
    """The first thing a new user meets tells the next step."""
    assert "config.example.toml" in refusal(tmp_path / "none.toml").remedy


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    """Naming a directory gives a sentence."""
    assert "is a directory" in str(refusal(tmp_path))


def test_a_configuration_in_another_encoding_is_refused(write: Write) -> None:
    """Bytes that are no UTF-8 give a sentence."""
    path = write(SMALL)
    path.write_bytes(b"# caf\xe9\n" + SMALL.encode())

    assert "no UTF-8" in str(refusal(path))


def test_the_default_path_follows_the_variable() -> None:
    """OOPSEE_CONFIG names the file; else it stands in the XDG directory."""
    assert Path("/x/y.toml") == default_path({"OOPSEE_CONFIG": "/x/y.toml"})
    assert Path("/c/oopsee/config.toml") == default_path({"XDG_CONFIG_HOME": "/c"})


def test_no_secret_stands_in_the_representation(write: Write) -> None:
    """A password command may carry a secret word; it is not shown."""
    text = SMALL.replace('password_env = "WORK_PASSWORD"', 'password_command = "echo hunter2"')

    assert "hunter2" not in repr(load(write(text)))
