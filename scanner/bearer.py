"""Logging in with an OAuth token (SASL OAUTHBEARER, RFC 7628, and XOAUTH2), the same for IMAP and SMTP.

What a server answers is read twice: its challenge, which names the fault in JSON, and the final
refusal. Both lead to one error that says which of four things is wrong: the token itself, what it
allows, whose mailbox it opens, or a server that takes no tokens.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from scanner.errors import LoginError

Mechanism = Literal["OAUTHBEARER", "XOAUTH2"]

MECHANISMS: tuple[Mechanism, ...] = ("OAUTHBEARER", "XOAUTH2")
"""The standard one first; Microsoft 365 offers only the second."""

_DEAD = frozenset({"invalid_token", "400", "401", "invalid_request"})
_TOO_LITTLE = frozenset({"insufficient_scope", "403"})


class TokenRefusedError(LoginError):
    """The mail server refused the token."""


@dataclass(slots=True)
class Exchange:
    """One exchange: called with what the server says, gives what to answer.

    `challenge` is what the server said of a refusal, b"" where it said nothing.
    """

    mechanism: Mechanism
    username: str
    token: str = field(repr=False)
    host: str
    port: int
    challenge: bytes = b""
    _begun: bool = False

    def __call__(self, challenge: bytes) -> bytes:
        """The token at first; afterwards the empty answer that lets the server end the exchange."""
        if not self._begun:
            self._begun = True
            return self.first()
        self.challenge = challenge
        return b"\x01" if self.mechanism == "OAUTHBEARER" else b""  # RFC 7628 section 3.2.3

    def first(self) -> bytes:
        """The answer that carries the token (RFC 7628 section 3.1)."""
        if self.mechanism == "XOAUTH2":
            return f"user={self.username}\x01auth=Bearer {self.token}\x01\x01".encode()
        name = self.username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 section 4
        where = f"host={self.host}\x01port={self.port}"
        return f"n,a={name},\x01{where}\x01auth=Bearer {self.token}\x01\x01".encode()

    def status(self) -> str:
        """The fault as the challenge names it, in lower case; "" where it names none."""
        return str(_table(self.challenge).get("status", "")).lower()


def choose(offered: Callable[[str], bool]) -> Mechanism | None:
    """The best mechanism of which `offered` says yes."""
    return next((name for name in MECHANISMS if offered(name)), None)


def not_offered(host: str) -> LoginError:
    """The server takes no tokens."""
    return LoginError(
        f"{host} takes no OAuth tokens: it offers neither OAUTHBEARER nor XOAUTH2.",
        meaning="The token was not sent. Sent mail is not watched.",
        remedy="Check the host; if it is right, use a password: password_command without [mailbox.oauth].",
    )


def refused(host: str, exchange: Exchange, said: str) -> TokenRefusedError:
    """Why the server refused the token, as far as its words and the token itself tell."""
    status, claims = exchange.status(), _claims(exchange.token)
    allows, whose = _allows(claims), _principal(claims)
    words = f"It said: {said or 'nothing'}" + (f" ({status})" if status else "")
    lacks_mail = bool(allows) and not any(_is_for_mail(name) for name in allows)
    if status in _TOO_LITTLE or lacks_mail:
        has = f"allows only: {', '.join(allows)}" if lacks_mail else "does not allow enough"
        return TokenRefusedError(
            f"{host} refused the token, which {has}. {words}",
            remedy=(
                "Give the registered application the permission for IMAP (Microsoft: IMAP.AccessAsUser.All "
                "or IMAP.AccessAsApp; Google: https://mail.google.com/), let it be consented to, and get a "
                "new token."
            ),
        )
    if "not connected" in said.lower():
        return TokenRefusedError(
            f"{host} knows the account {whose}but does not let it into the mailbox of {exchange.username}. "
            f"{words}",
            remedy=(
                "Set username to the address of the mailbox, and let the account or the application into it "
                "(Exchange: Add-MailboxPermission; for applications New-ServicePrincipal before it)."
            ),
        )
    if status in _DEAD:
        return TokenRefusedError(
            f"{host} refused the token {whose}for the mailbox of {exchange.username}: it has expired, was "
            f"revoked or is for somebody else. {words}",
            remedy="Run 'oopsee login' for this mailbox, or mend the command that prints the token.",
        )
    return TokenRefusedError(
        f"{host} refused the token {whose}for the mailbox of {exchange.username}. {words}",
        remedy=(
            "Check that username is the address of the mailbox, that IMAP (for sending: authenticated SMTP) "
            "is switched on for it, and that the organisation lets this application in; then run 'oopsee "
            "login'."
        ),
    )


def _claims(token: str) -> dict[str, object]:
    """What a token says of itself where it is a JSON Web Token (RFC 7519); unchecked, for sentences only."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        return _table(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}


def _table(text: bytes) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _allows(claims: dict[str, object]) -> list[str]:
    """The permissions that a token names, for people and for applications."""
    names: list[str] = []
    for key in ("scp", "scope", "roles"):
        value = claims.get(key)
        if isinstance(value, str):
            names += value.split()
        elif isinstance(value, list):
            names += [str(one) for one in value]
    return [_printable(name) for name in names[:20]]


def _is_for_mail(name: str) -> bool:
    lower = name.lower()
    return "imap" in lower or "smtp" in lower or "mail" in lower or lower == "full_access_as_app"


def _principal(claims: dict[str, object]) -> str:
    for key in ("preferred_username", "upn", "email", "unique_name", "appid", "azp"):
        if isinstance(claims.get(key), str):
            return f"of {_printable(str(claims[key]))} "
    return ""


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:100]
