"""Tokens at a real Dovecot, which checks their signature, their end, their scope and whose they are."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from scanner.bearer import TokenRefusedError
from scanner.errors import ConnectError, LoginError, RetryableError
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.oauth import KeptInFile, Tokens
from scanner.oauth.microsoft import MicrosoftUser
from scanner.settings import secret
from tests.dovecot import Account, Dovecot
from tests.fake_imap import Answer, FakeImap
from tests.fake_provider import FakeProvider
from tests.tokens import KEY, token


def connect(endpoint: ImapEndpoint) -> None:
    """Log in, look into the mailbox, log out."""
    with Session(endpoint, clock=time.monotonic) as session:
        assert 0 == session.status("Sent").exists


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_token_opens_the_mailbox(mechanism: str) -> None:
    """By either mechanism, whichever the server offers."""
    with Dovecot(users=["anna"], token_key=KEY, mechanisms=mechanism) as server:
        account = Account(server, "anna")
        connect(account.endpoint(secret=lambda: token("anna"), bearer=True))

        assert f"method={mechanism.upper()}" in server.log()


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"seconds": -60}, "it has expired, was revoked or is for somebody else"),
        ({"key": b"somebody else's key, 32 octets or more"}, "it has expired, was revoked"),
        ({"scope": "openid profile"}, "which allows only: openid, profile"),
        ({"sub": "bruno@example.org"}, "is for somebody else"),
    ],
)
def test_a_refused_token_has_its_sentence(account: Account, claims: dict[str, object], what: str) -> None:
    """Each in words that a person understands, and without the token."""
    bad = token(account.user, **claims)  # type: ignore[arg-type]
    with pytest.raises(TokenRefusedError, match=what) as caught:
        connect(account.endpoint(secret=lambda: bad, bearer=True))

    assert bad not in str(caught.value) + caught.value.remedy
    assert "oopsee login" in caught.value.remedy or "permission" in caught.value.remedy
    assert caught.value.__context__ is None


def test_a_server_that_takes_no_tokens_is_told_before_one_is_got(dovecot: Account) -> None:
    """The token is neither asked for nor sent."""
    asked: list[str] = []

    def give() -> str:
        asked.append("token")
        return "t"

    with pytest.raises(LoginError, match="offers neither OAUTHBEARER nor XOAUTH2"):
        connect(dovecot.endpoint(secret=give, bearer=True))

    assert not asked


def test_a_token_that_a_command_prints_works(account: Account) -> None:
    """password_command with auth = "token"; asked at every login."""
    printed = secret(command=f"{sys.executable} -c \"print('{token(account.user)}')\"")

    connect(account.endpoint(secret=printed, bearer=True))


def test_a_token_that_the_server_refuses_is_renewed_at_once(
    account: Account, there: FakeProvider, user: MicrosoftUser, tmp_path: Path
) -> None:
    """One that seems good here and is not there (a clock, a revocation) costs no pass."""
    tokens = Tokens(user, KeptInFile(tmp_path / "tokens", "work"), mailbox="work", clock=time.time)
    there.mint = lambda: token(account.user, seconds=-60 if len(there.asked) == 1 else 600)
    tokens.login(user, lambda _: None)

    connect(account.endpoint(secret=tokens, bearer=True, renew=tokens.renew))

    assert ["device_code", "refresh_token"] == [one["grant_type"].rpartition(":")[2] for one in there.asked]


def test_a_token_that_is_refused_twice_is_not_renewed_for_ever(
    account: Account, there: FakeProvider, user: MicrosoftUser, tmp_path: Path
) -> None:
    """One renewal, then the server's word counts."""
    tokens = Tokens(user, KeptInFile(tmp_path / "tokens", "work"), mailbox="work", clock=time.time)
    there.mint = lambda: token(account.user, seconds=-60)
    tokens.login(user, lambda _: None)
    with pytest.raises(TokenRefusedError):
        connect(account.endpoint(secret=tokens, bearer=True, renew=tokens.renew))

    assert 2 == len(there.asked)


def test_a_server_that_hangs_up_during_the_login_did_not_refuse_the_token() -> None:
    """It is tried again, and the login is not thrown away for it."""

    def respond(name: str, _rest: str) -> str:
        if name == "AUTHENTICATE":
            raise ConnectionError
        return "usual"

    with FakeImap(respond, capabilities="IMAP4rev1 AUTH=XOAUTH2") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "t", "cleartext", bearer=True)
        with pytest.raises(ConnectError):
            connect(endpoint)


def test_a_token_for_the_wrong_mailbox_is_told_when_the_first_command_fails() -> None:
    """Exchange takes the token and then refuses everything; also when it is ill, so it is tried again."""
    answers: dict[str, Answer] = {"STATUS": ([], b"BAD User is authenticated but not connected.")}
    with FakeImap(
        lambda name, _: answers.get(name, "usual"), capabilities="IMAP4rev1 AUTH=XOAUTH2"
    ) as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "t", "cleartext", bearer=True)
        with pytest.raises(RetryableError, match="does not let it into the mailbox") as caught:
            connect(endpoint)

    assert "Add-MailboxPermission" in caught.value.remedy


@pytest.mark.parametrize("answer", ["NO AUTHENTICATE failed.", "NO [AUTHENTICATIONFAILED] Invalid"])
def test_the_words_of_the_great_providers_are_understood(answer: str) -> None:
    """Microsoft refuses without a challenge; the sentence names whose token it was for which mailbox."""
    mine = token("anna", scope="IMAP.AccessAsUser.All", upn="bruno@firm.example")
    with FakeImap(
        lambda name, _: ([], answer.encode()) if name == "AUTHENTICATE" else "usual",
        capabilities="IMAP4rev1 AUTH=XOAUTH2",
    ) as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: mine, "cleartext", bearer=True)
        with pytest.raises(
            TokenRefusedError, match=r"the token of bruno@firm\.example for the mailbox of anna"
        ):
            connect(endpoint)
