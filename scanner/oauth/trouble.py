"""What goes wrong at a provider, as the errors that people see: what, what it means, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.errors import (
    CertificateError,
    ConfigError,
    ConnectError,
    LoginError,
    ScannerError,
    ThrottledError,
)
from scanner.extras import install

_LOGIN = "Run 'oopsee login {mailbox}'."


class UnansweredError(ConnectError):
    """The provider was asked and its answer did not come; nobody knows what it did."""


class SpentLoginError(LoginError):
    """The login at the provider has expired or was revoked."""


# Microsoft's numbers (AADSTS...), Google's words and the codes of RFC 6749 section 5.2 and RFC 8628
# section 3.5. The first that fits counts: numbers say more than codes.
_REFUSALS: tuple[tuple[str, type[ScannerError], str, str], ...] = (
    (
        r"temporarily_unavailable|slow_down|server_error|AADSTS(?:90033|50196)\b",
        ThrottledError,
        "{title} asks to come back later.",
        "It is tried again by itself.",
    ),
    (
        r"AADSTS700024\b|iat and exp|reasonable timeframe|not within its valid time range",
        LoginError,
        "{title} refuses what this machine signs, because the clock here is wrong.",
        "Set the clock of this machine, by NTP for instance.",
    ),
    (
        r"AADSTS7000222\b",
        LoginError,
        "The secret of the application {client} has expired.",
        "Make a new secret and put it where the password_... line of [mailbox.oauth] says.",
    ),
    (
        r"AADSTS7000218\b",
        LoginError,
        "{title} wants a secret from the application {client}, because it is not registered for devices.",
        'Switch on "Allow public client flows" in the registration of the application.',
    ),
    (
        r"AADSTS(?:700016|90002|900023|50105|53003|7000112|50194|500011)\b|(?:unauthorized|disabled)_client",
        LoginError,
        "{title} does not allow the application {client} for this account.",
        "Check client_id and tenant. An administrator can let it in, for {scopes} and the whole domain.",
    ),
    (
        r"AADSTS(?:7000215|700027|700023)\b|invalid_client",
        LoginError,
        "{title} does not know the application {client} by this client_id and secret.",
        "Check client_id, and the secret or certificate of [mailbox.oauth].",
    ),
    (
        r"AADSTS(?:65001|65004|90094|90095)\b|consent_required|access_denied|admin_policy_enforced|org_internal|authorization_declined",
        LoginError,
        "Nobody has consented that the application {client} may read this mailbox.",
        "Run 'oopsee login {mailbox}' and agree, or ask an administrator to consent to {scopes}.",
    ),
    (
        r"AADSTS(?:70011|28000|1002012)\b|in(?:valid|sufficient)_scope|scope has changed|requested scopes",
        LoginError,
        "The login at {title} does not cover what Oopsee needs: {scopes}.",
        "Give the application this permission, then run 'oopsee login {mailbox}' and leave every box ticked.",
    ),
    (
        r"AADSTS70020\b|expired_token|code_expired|timed out waiting",
        LoginError,
        "The login at {title} was not finished in time.",
        _LOGIN,
    ),
    (
        r"AADSTS(?:50076|50079|50158|53000|53001)\b|interaction_required|rapt",
        LoginError,
        "{title} wants to see the owner of {mailbox} again: a second factor, or a rule of the firm.",
        _LOGIN,
    ),
    (
        r"AADSTS(?:700082|700084|70043|70008|50173|50078|54005)\b|invalid_grant|expired or revoked",
        SpentLoginError,
        "The login at {title} has expired or was revoked.",
        _LOGIN,
    ),
)


def refused(
    title: str, code: str, words: str, *, mailbox: str, client: str, scopes: Sequence[str], secret: str = ""
) -> ScannerError:
    """Why the provider gave no token: its error code and its own words, without `secret` in them."""
    said = _shown(f"{code}: {words}" if words and words != code else code or words, secret)
    names = {"title": title, "mailbox": mailbox, "client": client, "scopes": ", ".join(scopes)}
    for pattern, kind, what, remedy in _REFUSALS:
        if re.search(pattern, f"{code} {words}", re.IGNORECASE):
            return kind(f"{what.format(**names)} It said: {said}", remedy=remedy.format(**names))
    if not code:
        return unreachable(title, ValueError("neither a token nor an error"))
    return LoginError(
        f"{title} gives no token for the mailbox {mailbox}. It said: {said}",
        remedy="See what it says; 'oopsee login' asks it again.",
    )


def unreachable(title: str, error: BaseException) -> ScannerError:
    """Why no answer came, or none that can be understood."""
    import requests  # noqa: PLC0415  comes with the extras

    from scanner.oauth.web import BusyError, GarbageError  # noqa: PLC0415

    later = "It is tried again by itself."
    if isinstance(error, BusyError):
        return ThrottledError(f"{title} gives no tokens for now ({error}).", remedy=later)
    if isinstance(error, requests.exceptions.SSLError):
        return CertificateError(
            f"The certificate of {title}'s login server was refused.",
            remedy="Check the clock of this machine; behind a proxy that opens TLS, name its authority in "
            "REQUESTS_CA_BUNDLE.",
        )
    kind = ConnectError if _is_unsent(error) else UnansweredError
    if isinstance(error, requests.exceptions.Timeout):
        return kind(f"{title}'s login server did not answer in time.", remedy=later)
    if isinstance(error, requests.RequestException) and not isinstance(error, GarbageError):
        return kind(
            f"{title}'s login server cannot be reached.",
            remedy="Check the network of this machine; it is tried again by itself.",
        )
    detail = f" ({error})" if isinstance(error, GarbageError) else ""
    return UnansweredError(
        f"The answer of {title}'s login server cannot be understood{detail}.",
        remedy="Something between may answer in its place, such as a proxy. It is tried again by itself.",
    )


def _is_unsent(error: BaseException) -> bool:
    """Whether no connection came about, so that nothing was asked."""
    import requests  # noqa: PLC0415  comes with the extras
    from urllib3.exceptions import NewConnectionError  # noqa: PLC0415  the same

    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(reason, NewConnectionError)


def not_installed(title: str, extra: str) -> ConfigError:
    """The library for the provider is missing."""
    return ConfigError(
        f"The libraries for a login at {title} are not installed.",
        remedy=f"Run: {install(extra)}",
    )


def _shown(text: str, secret: str) -> str:
    if secret:
        text = text.replace(secret, "***")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return re.sub(r"\s+", " ", text).strip()[:300]
