"""google-auth against a provider of our own: the browser's way back, refresh, service accounts, refusals."""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlparse

import pytest

from scanner.errors import ConfigError, ConnectError, LoginError, RetryableError, ScannerError, ThrottledError
from scanner.oauth.google import SCOPE, GoogleServiceAccount, GoogleUser
from tests.fake_provider import SECRET, FakeProvider, Reply, error, service_account_key

CLIENT = "oopsee.apps.example"


@pytest.fixture
def user(there: FakeProvider) -> GoogleUser:
    """A person's mailbox at the provider of the test."""
    return GoogleUser(
        mailbox="home",
        account="anna@mail.example",
        client_id=CLIENT,
        secret=lambda: SECRET,
        timeout=5.0,
        patience=20,
        authorise_url=f"{there.url}/auth",
        token_url=f"{there.url}/token",
    )


class Person:
    """Opens the address that is shown and comes back with `answer`; `address` is what was shown."""

    def __init__(self, **answer: str) -> None:
        self.address: dict[str, str] = {}
        self._answer = answer or {"code": "the-code"}

    def __call__(self, text: str) -> None:
        """Read the address and go there."""
        query = parse_qs(urlparse(text.splitlines()[-1]).query)
        self.address = {name: values[0] for name, values in query.items()}
        threading.Thread(target=self._return).start()

    def _return(self) -> None:
        back = urlencode({"state": self.address["state"], **self._answer})
        there = f"{self.address['redirect_uri']}?{back}"
        with contextlib.suppress(OSError):
            urllib.request.urlopen(there).close()  # noqa: S310


def test_a_person_logs_in_by_the_browser(there: FakeProvider, user: GoogleUser) -> None:
    """The address asks for mail alone, for a refresh token, and for an answer to this machine only."""
    person = Person()

    grant = user.login(person)

    assert person.address["redirect_uri"].startswith("http://127.0.0.1:")
    assert (SCOPE, "offline", "consent", "S256", "anna@mail.example") == tuple(
        person.address[name]
        for name in ("scope", "access_type", "prompt", "code_challenge_method", "login_hint")
    )
    assert ("the-code", SECRET) == (there.asked[0]["code"], there.asked[0]["client_secret"])
    assert ("access-1", "refresh-1") == (grant.token, grant.state)
    assert 3500 < grant.seconds < 3700


def test_each_refresh_goes_on_from_the_last(there: FakeProvider, user: GoogleUser) -> None:
    """Also where the provider gives a new refresh token each time."""
    grant = user.login(Person())
    for _ in range(3):
        grant = user.refresh(grant.state)

    assert ["refresh-1", "refresh-2", "refresh-3"] == [one["refresh_token"] for one in there.asked[1:]]
    assert 0 == there.reused


@pytest.mark.parametrize(
    ("person", "what"),
    [
        (Person(error="access_denied"), "Nobody has consented"),
        (Person(error="admin_policy_enforced"), "Nobody has consented"),
        (Person(code="the-code", state="somebody else's"), "gives no token"),
    ],
)
def test_a_browser_that_comes_back_without_consent_is_told_apart(
    there: FakeProvider, user: GoogleUser, person: Person, what: str
) -> None:
    """No request for a token is made."""
    with pytest.raises(LoginError, match=what):
        user.login(person)

    assert [] == there.asked


def test_a_box_left_unticked_is_found_at_the_login(there: FakeProvider, user: GoogleUser) -> None:
    """Google lets people refuse single permissions."""
    there.extra = {"scope": "openid"}
    with pytest.raises(LoginError, match=r"does not cover what Oopsee needs: https://mail\.google\.com/"):
        user.login(Person())


def test_nobody_coming_back_ends_the_login(user: GoogleUser) -> None:
    """After the patience for a person the command ends."""
    with pytest.raises(LoginError, match="not finished in time"):
        replace(user, patience=0).login(lambda _: None)


def test_a_port_that_is_taken_is_named(user: GoogleUser) -> None:
    """The remedy is another port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port}") as caught:
            replace(user, port=port).login(lambda _: None)

    assert "--port" in caught.value.remedy


REFUSALS: list[tuple[str, str, type[ScannerError], str, str]] = [
    (
        "invalid_grant",
        "Token has been expired or revoked.",
        LoginError,
        "expired or was revoked",
        "oopsee login home",
    ),
    ("invalid_grant", "Bad Request", LoginError, "expired or was revoked", "oopsee login home"),
    (
        "invalid_client",
        "The OAuth client was not found.",
        LoginError,
        "does not know the application",
        "client_id",
    ),
    ("unauthorized_client", "Unauthorized", LoginError, "does not allow the application", "client_id"),
    (
        "invalid_scope",
        "Some requested scopes were invalid.",
        LoginError,
        "does not cover",
        "oopsee login home",
    ),
    (
        "invalid_grant",
        "reauth related error (invalid_rapt)",
        LoginError,
        "wants to see the owner",
        "oopsee login home",
    ),
]


@pytest.mark.parametrize(
    ("code", "words", "kind", "what", "remedy"), REFUSALS, ids=[f"{row[0]}-{row[1]}" for row in REFUSALS]
)
def test_every_refusal_has_its_sentence(
    there: FakeProvider,
    user: GoogleUser,
    code: str,
    words: str,
    kind: type[ScannerError],
    what: str,
    remedy: str,
) -> None:
    """What is wrong, in the provider's own words too, and what to do."""
    there.reply = lambda _: error(code, words)
    with pytest.raises(kind, match=what) as caught:
        user.refresh("refresh-0")

    assert words in str(caught.value)
    assert remedy in caught.value.remedy
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("reply", "kind", "what"),
    [
        ((200, b"<html>"), ConnectError, "cannot be understood"),
        ((403, b"blocked"), ConnectError, "cannot be understood"),
        ((200, b"[]"), ConnectError, "cannot be understood"),
        ((200, b"{}"), ConnectError, "cannot be understood"),
        ((200, b'{"access_token": "a", "expires_in": "soon"}'), ConnectError, "cannot be understood"),
        ((503, b"busy"), ThrottledError, "gives no tokens for now"),
        ((429, b"{}"), ThrottledError, "gives no tokens for now"),
    ],
)
def test_garbage_is_tried_again(
    there: FakeProvider, user: GoogleUser, reply: Reply, kind: type[ScannerError], what: str
) -> None:
    """Whatever answers in the place of the provider, the login is not lost for it."""
    there.reply = lambda _: reply
    with pytest.raises(kind, match=what) as caught:
        user.refresh("refresh-0")

    assert isinstance(caught.value, RetryableError)
    there.reply = lambda _: None
    assert user.refresh("refresh-0").token


@pytest.mark.parametrize("of_login", [False, True])
def test_a_slow_answer_is_given_up(there: FakeProvider, user: GoogleUser, of_login: bool) -> None:
    """The patience is that of the provider, at the login too."""
    hasty = replace(user, timeout=0.1)
    there.delay = 0.6
    with pytest.raises(ConnectError, match="did not answer in time"):
        _ = hasty.login(Person()) if of_login else hasty.refresh("refresh-0")


@pytest.fixture
def key(there: FakeProvider) -> str:
    """The key file of a service account at the provider of the test."""
    return service_account_key(f"{there.url}/token")


def account(key: Callable[[], str]) -> GoogleServiceAccount:
    """A service account for Anna's mailbox."""
    return GoogleServiceAccount(mailbox="home", account="anna@mail.example", key=key, timeout=5.0)


def test_a_service_account_speaks_for_the_owner_of_the_mailbox(there: FakeProvider, key: str) -> None:
    """The signed assertion names the mailbox and the scope for mail."""
    import jwt

    grant = account(lambda: key).refresh("")

    claims = jwt.decode(there.asked[0]["assertion"], options={"verify_signature": False})
    assert ("anna@mail.example", SCOPE, "oopsee@project.example") == tuple(
        claims[name] for name in ("sub", "scope", "iss")
    )
    assert ("access-1", "") == (grant.token, grant.state)


@pytest.mark.parametrize(
    ("code", "words", "what", "remedy"),
    [
        (
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized.",
            "does not allow the application of the service account",
            "the whole domain",
        ),
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            "the clock here is wrong",
            "NTP",
        ),
    ],
)
def test_a_refused_service_account_has_its_sentence(
    there: FakeProvider, key: str, code: str, words: str, what: str, remedy: str
) -> None:
    """A domain that has not delegated itself, and a clock that is off."""
    there.reply = lambda _: error(code, words, 401)
    with pytest.raises(LoginError, match=what) as caught:
        account(lambda: key).refresh("")

    assert remedy in caught.value.remedy


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"client_email": "x"}'])
def test_a_file_that_is_no_key_is_a_mistake_in_the_configuration(text: str) -> None:
    """The setting is named."""
    with pytest.raises(ConfigError, match="service_account_file is no key"):
        account(lambda: text).refresh("")


def test_nothing_secret_is_logged_or_shown(
    there: FakeProvider, user: GoogleUser, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither by the libraries, which log requests and answers at debug, nor in an error."""
    caplog.set_level("DEBUG")
    grant = user.login(Person())
    user.refresh(grant.state)
    there.reply = lambda _: error("invalid_client", f"{SECRET} is wrong")
    with pytest.raises(LoginError) as caught:
        user.refresh("x")

    shown = "".join((caplog.text, *capfd.readouterr(), str(caught.value), repr(user), repr(grant)))
    for secret in (SECRET, "access-", "refresh-", "the-code"):
        assert secret not in shown
