"""msal against a provider of our own: device codes, refresh, client credentials, refusals."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from scanner.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    LoginError,
    RetryableError,
    ScannerError,
    ThrottledError,
)
from scanner.oauth import KeptInMemory, Tokens
from scanner.oauth.microsoft import APP_SCOPE, IMAP_SCOPE, MicrosoftApplication, MicrosoftUser
from tests.fake_provider import CLIENT, SECRET, TENANT, FakeProvider, Reply, error

Heard = list[str]


@pytest.fixture
def user(there: FakeProvider) -> MicrosoftUser:
    """A person's mailbox at the provider of the test."""
    return MicrosoftUser(
        mailbox="work",
        client_id=CLIENT,
        tenant=TENANT,
        account="anna@firm.example",
        scopes=(IMAP_SCOPE,),
        authority=there.url,
        timeout=5.0,
    )


@pytest.fixture
def application(there: FakeProvider) -> MicrosoftApplication:
    """An administrator's application with a secret."""
    return MicrosoftApplication(
        mailbox="work",
        client_id=CLIENT,
        tenant=TENANT,
        account="anna@firm.example",
        scopes=(APP_SCOPE,),
        authority=there.url,
        timeout=5.0,
        secret=lambda: SECRET,
    )


def answers(there: FakeProvider, reply: Reply) -> None:
    """From now on this is the answer to every request for a token."""
    there.reply = lambda _: reply


def test_a_person_logs_in_with_a_code(there: FakeProvider, user: MicrosoftUser) -> None:
    """The person is told where to go and what to type; the provider is asked until they have done it."""
    there.pending = 2
    heard: Heard = []

    grant = user.login(heard.append)

    assert [f"Open {there.url}/device in a browser and type the code ABCD-EFGH there."] == heard
    assert ("access-3", 3600.0) == (grant.token, grant.seconds)
    assert ["the-device-code"] * 3 == [one["device_code"] for one in there.asked]


@pytest.mark.pitfall("offlineimap-536")
def test_each_refresh_goes_on_from_the_last(there: FakeProvider, user: MicrosoftUser) -> None:
    """A provider that rotates refresh tokens never sees an old one."""
    grant = user.login(lambda _: None)
    for _ in range(3):
        grant = user.refresh(grant.state)

    assert ["refresh-1", "refresh-2", "refresh-3"] == [one["refresh_token"] for one in there.asked[1:]]
    assert 0 == there.reused


def test_a_provider_that_does_not_rotate_is_fine(there: FakeProvider, user: MicrosoftUser) -> None:
    """Without a new refresh token the old one goes on."""
    grant = user.login(lambda _: None)
    there.extra = {"refresh_token": "refresh-1"}
    grant = user.refresh(grant.state)
    there.refresh_token = "refresh-1"
    user.refresh(grant.state)

    assert ["refresh-1", "refresh-1"] == [one["refresh_token"] for one in there.asked[1:]]


@pytest.mark.pitfall("mailkit-1126")
def test_a_login_of_which_the_half_was_granted_says_what_lacks(
    there: FakeProvider, user: MicrosoftUser
) -> None:
    """A token without the scope for IMAP is found at the login, not at the first alert."""
    there.extra = {"scope": "openid profile"}
    with pytest.raises(LoginError, match=r"does not cover what Oopsee needs: .*IMAP\.AccessAsUser\.All"):
        user.login(lambda _: None)


def test_an_administrators_application_gets_a_token_by_its_secret(
    there: FakeProvider, application: MicrosoftApplication
) -> None:
    """Client credentials; nothing is kept that renews it."""
    grant = application.refresh("")

    asked = there.asked[0]
    assert ("client_credentials", SECRET, APP_SCOPE) == (
        asked["grant_type"],
        asked["client_secret"],
        asked["scope"],
    )
    assert ("access-1", "") == (grant.token, grant.state)


def test_an_administrators_application_gets_a_token_by_its_certificate(
    there: FakeProvider, application: MicrosoftApplication
) -> None:
    """What is sent is signed; the key stays here."""
    pem = key_and_certificate()

    replace(application, secret=None, certificate=lambda: pem).refresh("")

    assert 3 == len(there.asked[0]["client_assertion"].split("."))
    assert "client_secret" not in there.asked[0]


def test_a_certificate_without_its_key_is_a_mistake_in_the_configuration(
    application: MicrosoftApplication,
) -> None:
    """The sentence names the setting; the remedy shows how to make the file."""
    only = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    with pytest.raises(ConfigError, match="certificate_file does not hold both"):
        replace(application, secret=None, certificate=lambda: only).refresh("")


REFUSALS: list[tuple[str, str, type[ScannerError], str, str]] = [
    ("invalid_grant", "AADSTS700082: expired", LoginError, "has expired or was revoked", "oopsee login work"),
    ("invalid_grant", "AADSTS50173: revoked", LoginError, "has expired or was revoked", "oopsee login work"),
    ("invalid_grant", "AADSTS70000: no", LoginError, "has expired or was revoked", "oopsee login work"),
    ("invalid_grant", "AADSTS50076: MFA", LoginError, "wants to see the owner of work", "oopsee login work"),
    ("invalid_grant", "AADSTS65001: consent", LoginError, "Nobody has consented", "administrator"),
    ("invalid_scope", "AADSTS70011: scope", LoginError, "does not cover what Oopsee needs", "permission"),
    ("unauthorized_client", "AADSTS700016: app", LoginError, "does not allow the application", "client_id"),
    ("invalid_grant", "AADSTS50105: assigned", LoginError, "does not allow the application", "administrator"),
    ("invalid_grant", "AADSTS53003: policy", LoginError, "does not allow the application", "administrator"),
    ("invalid_client", "AADSTS7000215: secret", LoginError, "by this client_id and secret", "secret"),
    (
        "invalid_client",
        "AADSTS7000222: old",
        LoginError,
        "secret of the application .* has expired",
        "new secret",
    ),
    (
        "invalid_client",
        "AADSTS7000218: public",
        LoginError,
        "not registered for devices",
        "public client flows",
    ),
    ("invalid_client", "AADSTS700024: time", LoginError, "the clock here is wrong", "NTP"),
    ("temporarily_unavailable", "AADSTS90033: later", ThrottledError, "come back later", "by itself"),
    (
        "strange_error",
        "of another kind",
        LoginError,
        "gives no token .* strange_error: of another kind",
        "says",
    ),
]


@pytest.mark.parametrize(
    ("code", "words", "kind", "what", "remedy"), REFUSALS, ids=[f"{row[0]}-{row[1]}" for row in REFUSALS]
)
def test_every_refusal_has_its_sentence(
    there: FakeProvider,
    user: MicrosoftUser,
    code: str,
    words: str,
    kind: type[ScannerError],
    what: str,
    remedy: str,
) -> None:
    """What is wrong, in the provider's own words too, and what to do; no cause with what was sent in it."""
    grant = user.login(lambda _: None)
    answers(there, error(code, words))
    with pytest.raises(kind, match=what) as caught:
        user.refresh(grant.state)

    assert words in str(caught.value)
    assert remedy in caught.value.remedy
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("reply", "kind", "what"),
    [
        ((200, b"<html>welcome to the hotel</html>"), ConnectError, "cannot be understood"),
        ((403, b"blocked by the proxy"), ConnectError, "cannot be understood"),
        ((200, b"[]"), ConnectError, "cannot be understood"),
        ((200, b"{}"), ConnectError, "cannot be understood"),
        ((200, b""), ConnectError, "cannot be understood"),
        ((200, b'{"access_token": "a", "expires_in": "soon"}'), ConnectError, "cannot be understood"),
        ((200, b"[" * 100_000), ConnectError, "cannot be understood"),
        ((503, b"busy"), ThrottledError, "gives no tokens for now"),
        ((429, b"{}"), ThrottledError, "gives no tokens for now"),
    ],
)
def test_garbage_is_tried_again(
    there: FakeProvider, user: MicrosoftUser, reply: Reply, kind: type[ScannerError], what: str
) -> None:
    """Whatever answers in the place of the provider, the login is not lost for it."""
    grant = user.login(lambda _: None)
    answers(there, reply)
    with pytest.raises(kind, match=what) as caught:
        user.refresh(grant.state)

    assert isinstance(caught.value, RetryableError)
    there.reply = lambda _: None
    assert user.refresh(grant.state).token


def test_a_slow_answer_is_given_up(there: FakeProvider, user: MicrosoftUser) -> None:
    """The patience is that of the provider, not the library's."""
    grant = user.login(lambda _: None)
    there.delay = 0.6
    with pytest.raises(ConnectError, match="did not answer in time"):
        replace(user, timeout=0.1).refresh(grant.state)


def test_a_provider_that_is_away_is_tried_again(there: FakeProvider, user: MicrosoftUser) -> None:
    """Nothing listens; nothing is lost."""
    grant = user.login(lambda _: None)
    there.__exit__()
    try:
        with pytest.raises(ConnectError, match="cannot be reached"):
            user.refresh(grant.state)
    finally:
        there.__enter__()


def test_a_provider_that_nobody_vouches_for_gets_nothing(
    there: FakeProvider, user: MicrosoftUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is checked before anything is sent."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(CertificateError, match="Microsoft's login server was refused"):
        user.login(lambda _: None)

    assert [] == there.asked


def test_nothing_secret_is_logged_or_shown(
    there: FakeProvider,
    application: MicrosoftApplication,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither by msal, which would log an answer that is no JSON, nor in an error that echoes the secret."""
    caplog.set_level("DEBUG")
    application.refresh("")
    answers(there, error("invalid_client", f"AADSTS7000215: {SECRET} is wrong"))
    with pytest.raises(LoginError) as caught:
        application.refresh("")
    answers(there, (200, f"{SECRET} is no JSON".encode()))
    with pytest.raises(ConnectError) as garbage:
        application.refresh("")

    shown = "".join(
        (caplog.text, *capfd.readouterr(), str(caught.value), str(garbage.value), repr(application))
    )
    assert SECRET not in shown
    assert "access-1" not in shown
    assert "*** is wrong" in str(caught.value)


def test_two_daemons_share_one_login(there: FakeProvider, user: MicrosoftUser) -> None:
    """However many connections ask at once when a token has ended, the provider is asked once."""
    moment = [1_800_000_000.0]
    tokens = Tokens(user, KeptInMemory(), mailbox="work", clock=lambda: moment[0])
    tokens.login(user, lambda _: None)
    moment[0] += 3600
    given: list[str] = []
    threads = [threading.Thread(target=lambda: given.append(tokens())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["access-2"] * 4 == given
    assert (2, 0) == (len(there.asked), there.reused)


def key_and_certificate() -> str:
    """A PEM text with an RSA key and a certificate for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "oopsee")])
    now = datetime.now(UTC)
    made: Any = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    public: bytes = made.public_bytes(serialization.Encoding.PEM)
    return (private + public).decode()
