"""What is sent with a token, and the sentence for each way in which a server refuses one."""

from __future__ import annotations

import base64
import json

import pytest

from scanner.bearer import Exchange, Mechanism, choose, not_offered, refused

HOST = "imap.firm.example"
WHO = "anna@firm.example"


def exchange(mechanism: Mechanism = "XOAUTH2", token: str = "t0ken", challenge: bytes = b"") -> Exchange:
    """An exchange after the server's last word."""
    made = Exchange(mechanism, WHO, token, HOST, 993)
    made(b"")
    if challenge:
        made(challenge)
    return made


def jwt(**claims: object) -> str:
    """An unsigned JSON Web Token."""
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.sig"


def test_the_first_words_are_those_of_the_standard() -> None:
    """The example of RFC 7628 section 4.1, with our names."""
    assert (
        b"n,a=anna@firm.example,\x01host=imap.firm.example\x01port=993\x01auth=Bearer t0ken\x01\x01"
        == Exchange("OAUTHBEARER", WHO, "t0ken", HOST, 993)(b"")
    )


def test_the_first_words_of_the_older_mechanism() -> None:
    """As Google and Microsoft describe it."""
    assert b"user=anna@firm.example\x01auth=Bearer t0ken\x01\x01" == Exchange(
        "XOAUTH2", WHO, "t0ken", HOST, 993
    )(b"")


def test_signs_with_a_meaning_are_quoted_in_names() -> None:
    """Comma and equals sign (RFC 5801 section 4)."""
    made = Exchange("OAUTHBEARER", "a=b,c", "t", HOST, 993)

    assert made(b"").startswith(b"n,a=a=3Db=2Cc,\x01")


@pytest.mark.parametrize(("mechanism", "answer"), [("OAUTHBEARER", b"\x01"), ("XOAUTH2", b"")])
def test_a_refusal_is_acknowledged_without_the_token(mechanism: Mechanism, answer: bytes) -> None:
    """The server's reason is kept; the token is not sent a second time (RFC 7628 section 3.2.3)."""
    made = exchange(mechanism)

    assert answer == made(b'{"status":"invalid_token"}')
    assert "invalid_token" == made.status()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ({"XOAUTH2", "OAUTHBEARER", "PLAIN"}, "OAUTHBEARER"),
        ({"XOAUTH2", "PLAIN"}, "XOAUTH2"),
        ({"PLAIN"}, None),
    ],
)
def test_the_standard_mechanism_is_preferred(offered: set[str], chosen: str | None) -> None:
    """Of what the server offers."""
    assert chosen == choose(offered.__contains__)


@pytest.mark.pitfall("ews-docs-100-mailbox")
@pytest.mark.parametrize(
    ("token", "challenge", "said", "what", "remedy"),
    [
        (
            "t",
            b'{"status":"invalid_token"}',
            "no",
            "expired, was revoked or is for somebody else",
            "oopsee login",
        ),
        ("t", b'{"status":"400","schemes":"Bearer"}', "no", "expired, was revoked", "oopsee login"),
        (
            "t",
            b'{"status":"insufficient_scope"}',
            "no",
            "which does not allow enough",
            "IMAP.AccessAsUser.All",
        ),
        (
            jwt(scp="User.Read"),
            b"",
            "AUTHENTICATE failed.",
            "which allows only: User.Read",
            "permission for IMAP",
        ),
        (jwt(roles=["Mail.Send"]), b"", "failed", "refused the token for the mailbox", "switched on"),
        (
            jwt(scp="IMAP.AccessAsUser.All", upn="bruno@firm.example"),
            b"",
            "User is authenticated but not connected.",
            "account of bruno@firm.example but does not let it into the mailbox of anna@firm.example",
            "Add-MailboxPermission",
        ),
        (
            jwt(roles=["IMAP.AccessAsApp"], appid="1111"),
            b"",
            "AUTHENTICATE failed.",
            "refused the token of 1111 for the mailbox of anna@firm.example",
            "the organisation lets this application in",
        ),
    ],
)
def test_each_refusal_has_its_sentence(
    token: str, challenge: bytes, said: str, what: str, remedy: str
) -> None:
    """Principal, permissions, mailbox and the server's own words; never the token."""
    error = refused(HOST, exchange(token=token, challenge=challenge), said)

    assert what in str(error)
    assert f"It said: {said}" in str(error)
    assert remedy in error.remedy
    assert 3 == error.exit_code
    assert len(token) == 1 or token not in str(error)


@pytest.mark.parametrize("junk", [b"\xff", b"[]", b"[" * 100_000, b'{"status": {}}', b"null"])
def test_any_challenge_is_taken(junk: bytes) -> None:
    """What cannot be read says nothing."""
    assert "refused the token" in str(refused(HOST, exchange(challenge=junk), ""))


@pytest.mark.parametrize(
    "token", ["a.b.c", "..", "e30.!!!.x", "x." + "A" * 5 + ".y", jwt(scp=7, roles={"a": 1})]
)
def test_any_token_is_taken(token: str) -> None:
    """A token that is none is refused with the same sentence."""
    assert "refused the token" in str(refused(HOST, exchange(token=token), "no"))


def test_a_server_without_tokens_is_named() -> None:
    """The remedy leads to passwords."""
    error = not_offered(HOST)

    assert "offers neither OAUTHBEARER nor XOAUTH2" in str(error)
    assert "password_command" in error.remedy


def test_the_token_is_not_in_the_representation() -> None:
    """Nor in what a debugger prints of an exchange."""
    assert "t0ken" not in repr(exchange())
