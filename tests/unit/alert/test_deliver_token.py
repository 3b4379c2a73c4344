"""Sending with an OAuth token, to a real SMTP server that wants one."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from scanner.alert.deliver import SmtpDelivery
from scanner.bearer import TokenRefusedError
from scanner.errors import DeliveryError, LoginError, ScannerError
from tests.unit.alert.samples import ALERT_ID, OWNER, alert
from tests.unit.alert.servers import HOST, Post, certificate, smtp

TOKEN = "a-good-t0ken"


class Tokens(Post):
    """Takes mail from whoever brings `TOKEN`; `refusal` is the reply to others, `reason` its challenge."""

    reason = b'{"status":"invalid_token"}'
    refusal = "535 5.7.8 Bad token"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802  aiosmtpd's name
        """As Google and Microsoft describe it."""
        return await self._judge(server, args, f"user={OWNER.address}\x01auth=Bearer {TOKEN}\x01\x01", b"")

    async def _judge(self, server: SMTP, args: list[str], right: str, last: bytes) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        self.logins.append((args[0], said))
        if said == right:
            return AuthResult(success=True)
        if self.reason:
            await server.push(f"334 {base64.b64encode(self.reason).decode()}")
            assert server._reader is not None
            answer = await server._reader.readline()
            assert last == base64.b64decode(answer.strip())
        await server.push(self.refusal)
        return AuthResult(success=False, handled=True)


class Standard(Tokens):
    """Prefers the mechanism of RFC 7628."""

    port = 0

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """RFC 7628."""
        where = f"host={HOST}\x01port={self.port}"
        right = f"n,a={OWNER.address},\x01{where}\x01auth=Bearer {TOKEN}\x01\x01"
        return await self._judge(server, args, right, b"\x01")


@contextmanager
def running(post: Post, directory: Path) -> Iterator[tuple[int, Path]]:
    """A server that wants a login over STARTTLS; gives its port and certificate."""
    public, context = certificate(directory)
    with smtp(post, starttls=context, auth=True) as port:
        if isinstance(post, Standard):
            post.port = port
        yield port, public


def delivery(port: int, ca_file: Path, *tokens: str) -> SmtpDelivery:
    """Logs in with the first token and renews with the others."""
    left = iter(tokens)
    return SmtpDelivery(
        host=HOST,
        port=port,
        owner=OWNER.address,
        username=OWNER.address,
        secret=lambda: next(left),
        ca_file=ca_file,
        timeout=5,
        token=True,
        renew=(lambda _: next(left)) if len(tokens) > 1 else None,
    )


@pytest.mark.parametrize(("post", "mechanism"), [(Tokens(), "XOAUTH2"), (Standard(), "OAUTHBEARER")])
def test_a_token_lets_alerts_out(tmp_path: Path, post: Tokens, mechanism: str) -> None:
    """By the best mechanism that the server offers."""
    with running(post, tmp_path) as (port, public):
        delivery(port, public, TOKEN).deliver(alert(), ALERT_ID)

    assert 1 == len(post.arrived)
    assert [mechanism] == [name for name, _ in post.logins]


@pytest.mark.parametrize("post", [Tokens(), Standard()])
def test_a_refused_token_is_renewed_once(tmp_path: Path, post: Tokens) -> None:
    """On the same connection; the alert goes out."""
    with running(post, tmp_path) as (port, public):
        delivery(port, public, "old", TOKEN).deliver(alert(), ALERT_ID)

    assert 1 == len(post.arrived)
    assert 2 == len(post.logins)


@pytest.mark.parametrize(
    ("reason", "refusal", "kind", "what"),
    [
        (b'{"status":"invalid_token"}', "535 5.7.8 bad-t0ken", TokenRefusedError, "has expired, was revoked"),
        (b'{"status":"insufficient_scope"}', "535 no", TokenRefusedError, "does not allow enough"),
        (
            b"",
            "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant",
            TokenRefusedError,
            "It said: 535 5.7.139 SmtpClientAuthentication is disabled",
        ),
        (b"", "454 4.7.0 Temporary authentication failure", DeliveryError, "for now: 454"),
    ],
)
def test_each_refusal_has_its_sentence(
    tmp_path: Path, reason: bytes, refusal: str, kind: type[ScannerError], what: str
) -> None:
    """In the server's own words, without the token that it echoes."""
    post = Tokens()
    post.reason, post.refusal = reason, refusal
    with running(post, tmp_path) as (port, public), pytest.raises(kind, match=what) as caught:
        delivery(port, public, "bad-t0ken").deliver(alert(), ALERT_ID)

    assert "bad-t0ken" not in str(caught.value)
    assert [] == post.arrived


def test_a_server_that_takes_no_tokens_gets_none(tmp_path: Path) -> None:
    """The token is not asked for."""
    with (
        running(Post(), tmp_path) as (port, public),
        pytest.raises(LoginError, match="offers neither OAUTHBEARER nor XOAUTH2"),
    ):
        delivery(port, public).deliver(alert(), ALERT_ID)
