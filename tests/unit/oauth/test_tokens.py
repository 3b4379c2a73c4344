"""When a token is renewed, what is kept of it, and what is said where there is none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanner.errors import ConfigError, ConnectError, LoginError, StoreError
from scanner.extras import install
from scanner.oauth import Grant, KeptInFile, KeptInMemory, Provider, Tokens
from scanner.oauth.google import GoogleUser
from scanner.oauth.microsoft import MicrosoftUser
from scanner.oauth.tokens import MARGIN

HOUR = 3600.0


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


@dataclass
class Scripted:
    """A provider whose refresh tokens are good once."""

    title: str = "Example"
    identity: str = "example work anna"
    needs_login: bool = True
    good: str = "refresh-0"
    refreshes: int = 0
    trouble: Exception | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def login(self, tell: Callable[[str], None]) -> Grant:
        """Log in at once."""
        tell("type a code")
        self.good = "refresh-0"
        return Grant("access-0", HOUR, self.good)

    def refresh(self, state: str) -> Grant:
        """Give the next tokens for the one that is good."""
        with self.lock:
            if self.trouble is not None:
                raise self.trouble
            if self.needs_login and state != self.good:
                raise LoginError(f"{state} was spent")
            self.refreshes += 1
            self.good = f"refresh-{self.refreshes}"
            return Grant(f"access-{self.refreshes}", HOUR, self.good)


def logged_in(kept: KeptInFile | KeptInMemory, provider: Scripted, clock: Clock) -> Tokens:
    """Tokens after a login."""
    tokens = Tokens(provider, kept, mailbox="work", clock=clock)
    tokens.login(provider, lambda _: None)
    return tokens


@pytest.fixture
def kept(tmp_path: Path) -> KeptInFile:
    """A place on the disk."""
    return KeptInFile(tmp_path / "tokens", "work")


def test_a_token_is_used_until_shortly_before_its_end(kept: KeptInFile) -> None:
    """The margin is there for clocks that differ and logins that take time."""
    clock, provider = Clock(), Scripted()
    tokens = logged_in(kept, provider, clock)
    given = []
    for at in (0.0, HOUR - MARGIN - 1, HOUR - MARGIN + 1):
        clock.now = Clock.now + at
        given.append(tokens())

    assert ["access-0", "access-0", "access-1"] == given


@pytest.mark.pitfall("paperless-ngx-11341")
def test_a_new_refresh_token_is_on_the_disk_before_the_access_token_is_used(kept: KeptInFile) -> None:
    """A second process that starts from the disk goes on from the newest."""
    clock, provider = Clock(), Scripted()
    tokens = logged_in(kept, provider, clock)
    clock.now += HOUR
    tokens()
    clock.now += HOUR

    assert "access-2" == Tokens(provider, kept, mailbox="work", clock=clock)()


def test_a_clock_that_was_put_back_does_not_make_an_old_token_young(kept: KeptInFile) -> None:
    """A token got in the future is renewed: nobody knows its age."""
    clock, provider = Clock(), Scripted()
    tokens = logged_in(kept, provider, clock)
    clock.now -= 86_400

    assert "access-1" == tokens()


def test_a_clock_that_jumps_ahead_costs_one_renewal(kept: KeptInFile) -> None:
    """After it the new token is used again and again."""
    clock, provider = Clock(), Scripted()
    tokens = logged_in(kept, provider, clock)
    clock.now += 400 * 86_400

    assert ["access-1", "access-1"] == [tokens(), tokens()]


def test_a_token_that_the_server_refuses_is_renewed_once(kept: KeptInFile) -> None:
    """Who else was refused the same one gets the new one without asking again."""
    tokens = logged_in(kept, provider := Scripted(), Clock())
    old = tokens()

    assert ["access-1", "access-1"] == [tokens.renew(old), tokens.renew(old)]
    assert 1 == provider.refreshes


def test_many_threads_renew_once(kept: KeptInFile) -> None:
    """A refresh token that is good once is spent once, however many ask."""
    clock, provider = Clock(), Scripted()
    logged_in(kept, provider, clock)
    clock.now += HOUR
    given: list[str] = []

    def ask() -> None:
        given.append(Tokens(provider, kept, mailbox="work", clock=clock)())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["access-1"] * 8 == given
    assert 1 == provider.refreshes


def test_without_a_login_the_command_is_named(kept: KeptInFile) -> None:
    """The user is told what to type."""
    with pytest.raises(LoginError, match="Nobody has logged in at Example for the mailbox work") as caught:
        Tokens(Scripted(), kept, mailbox="work", clock=Clock())()

    assert "Run 'oopsee login work'." == caught.value.remedy


def test_a_login_for_something_else_is_not_used(kept: KeptInFile) -> None:
    """Another application or account in the configuration needs a login of its own."""
    logged_in(kept, Scripted(), Clock())
    other = Scripted(identity="example work bruno")
    with pytest.raises(LoginError, match="another application, account or version"):
        Tokens(other, kept, mailbox="work", clock=Clock())()


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"form": 1}', '{"form":1,"token":{}}', "[" * 100_000])
def test_a_broken_file_asks_for_a_login(kept: KeptInFile, text: str) -> None:
    """Whatever stands in the file is no traceback."""
    with kept.alone():
        kept.save(text)
    with pytest.raises(LoginError, match="cannot be read") as caught:
        Tokens(Scripted(), kept, mailbox="work", clock=Clock())()

    assert "oopsee login work" in caught.value.remedy


def test_a_failed_renewal_keeps_the_login(kept: KeptInFile) -> None:
    """When the provider is back, so is the token."""
    clock, provider = Clock(), Scripted(trouble=ConnectError("away"))
    tokens = logged_in(kept, provider, clock)
    clock.now += HOUR
    with pytest.raises(ConnectError, match="away"):
        tokens()
    provider.trouble = None

    assert "access-1" == tokens()


def test_a_disk_that_takes_nothing_does_not_cost_the_refresh_token() -> None:
    """Whether it can be written is seen before the provider is asked."""

    class Full(KeptInMemory):
        full = False

        def save(self, text: str) -> None:
            if self.full:
                raise StoreError("full")
            super().save(text)

    clock, provider, kept = Clock(), Scripted(), Full()
    tokens = logged_in(kept, provider, clock)
    clock.now += HOUR
    kept.full = True
    with pytest.raises(StoreError):
        tokens()

    assert "refresh-0" == provider.good


def test_an_application_needs_no_login() -> None:
    """Its token is asked for when it is first needed, and kept while it is good."""
    provider = Scripted(needs_login=False)
    tokens = Tokens(provider, KeptInMemory(), mailbox="work", clock=Clock())

    assert ["access-1", "access-1"] == [tokens(), tokens()]


def test_no_secret_shows_in_a_representation(kept: KeptInFile) -> None:
    """Neither of a grant nor of what holds it."""
    tokens = logged_in(kept, Scripted(), Clock())
    shown = repr(tokens) + repr(Grant("access-0", 1.0, "refresh-0")) + repr(kept)

    assert "access-0" not in shown
    assert "refresh-0" not in shown


@pytest.mark.parametrize(
    ("extra", "library"), [("microsoft", "msal"), ("google", "google_auth_oauthlib.flow")]
)
def test_a_missing_library_is_named_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, extra: str, library: str
) -> None:
    """The libraries are extras; without them nothing else of Oopsee suffers."""
    monkeypatch.setitem(sys.modules, library, None)
    providers: dict[str, Provider] = {
        "microsoft": MicrosoftUser("work", "id", "common", "anna", ("imap",)),
        "google": GoogleUser("work", "anna"),
    }
    with pytest.raises(ConfigError, match="are not installed") as caught:
        providers[extra].refresh("x")

    assert install(extra) in caught.value.remedy
