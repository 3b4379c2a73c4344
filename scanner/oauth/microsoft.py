"""Microsoft 365 by msal: a device code for a person, client credentials for an administrator.

Each grant makes a client of its own from the text that was kept, so that nothing of an earlier one
lives on in memory, and a secret or certificate that was changed meanwhile counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.errors import ConfigError, ScannerError
from scanner.oauth import trouble
from scanner.oauth.tokens import Grant

TITLE = "Microsoft"
AUTHORITY = "https://login.microsoftonline.com"
IMAP_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All"
SMTP_SCOPE = "https://outlook.office.com/SMTP.Send"
APP_SCOPE = "https://outlook.office365.com/.default"

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RuntimeError, IndexError)
"""What msal raises on answers that are JSON and yet no answers."""


@dataclass(frozen=True)
class _Client:
    mailbox: str
    client_id: str
    tenant: str
    account: str
    scopes: tuple[str, ...]
    authority: str = AUTHORITY
    timeout: float = 30.0

    @property
    def title(self) -> str:
        """See `Provider`."""
        return TITLE

    @property
    def identity(self) -> str:
        """See `Provider`."""
        kind = type(self).__name__
        return " ".join((kind, self.authority, self.tenant, self.client_id, self.account, *self.scopes))

    def _made(self, web: Any, kind: str, **more: Any) -> Any:  # noqa: ANN401  msal carries no types
        """A client of msal. It looks the tenant up at once."""
        import msal  # noqa: PLC0415

        try:
            return getattr(msal, kind)(
                self.client_id,
                authority=f"{self.authority.rstrip('/')}/{self.tenant}",
                http_client=web,
                instance_discovery=False,  # the authority stands in the user's own configuration
                **more,
            )
        except ValueError:
            raise ConfigError(
                f"{TITLE} does not know the tenant {self.tenant}, or the application's key cannot be read.",
                remedy="Check tenant, and the certificate where there is one, in [mailbox.oauth].",
            ) from None

    def _granted(self, ask: Callable[[Any], Grant]) -> Grant:
        """Do it, with every fault as one of ours; nothing behind it, which could hold what was sent."""
        try:
            import msal  # noqa: F401, PLC0415  an extra; looked for here once
        except ImportError:
            raise trouble.not_installed(TITLE, "microsoft") from None
        import requests  # noqa: PLC0415  comes with msal

        from scanner.oauth.web import session  # noqa: PLC0415

        fault: ScannerError
        try:
            with session(self.timeout) as web:
                return ask(web)
        except requests.RequestException as error:
            fault = trouble.unreachable(TITLE, error)
        except ScannerError:
            raise
        except _BROKEN as error:
            fault = trouble.unreachable(TITLE, error)
        raise fault  # here, without the library's error behind it

    def _grant(self, result: Any, state: str = "", secret: str = "") -> Grant:  # noqa: ANN401
        if not result or "access_token" not in result:
            raise trouble.refused(
                TITLE,
                str((result or {}).get("error", "")),
                str((result or {}).get("error_description", "")),
                mailbox=self.mailbox,
                client=self.client_id,
                scopes=self.scopes,
                secret=secret,
            )
        return Grant(str(result["access_token"]), float(result.get("expires_in", 0)), state)


@dataclass(frozen=True)
class MicrosoftUser(_Client):
    """A person's mailbox: the person types a code into a browser on any machine (RFC 8628).

    `account` is the user name at the mail server; it may be a shared mailbox that the person may open.
    """

    needs_login: bool = True

    def login(self, tell: Callable[[str], None]) -> Grant:
        """See `UserProvider`."""
        return self._granted(lambda web: self._login(web, tell))

    def refresh(self, state: str) -> Grant:
        """See `Provider`. What comes back holds the new refresh token where there is one."""
        return self._granted(lambda web: self._refresh(web, state))

    def _login(self, web: Any, tell: Callable[[str], None]) -> Grant:  # noqa: ANN401
        cache = _cache()
        client = self._made(web, "PublicClientApplication", token_cache=cache)
        flow = client.initiate_device_flow(list(self.scopes))
        if "user_code" not in flow:
            return self._grant(flow)
        tell(f"Open {flow['verification_uri']} in a browser and type the code {flow['user_code']} there.")
        result = client.acquire_token_by_device_flow(flow)
        grant = self._grant(result, cache.serialize())
        granted = str(result.get("scope", "")) or " ".join(self.scopes)
        if lacking := _lacking(self.scopes, granted):
            raise trouble.refused(
                TITLE,
                "insufficient_scope",
                granted,
                mailbox=self.mailbox,
                client=self.client_id,
                scopes=lacking,
            )
        return grant

    def _refresh(self, web: Any, state: str) -> Grant:  # noqa: ANN401
        cache = _cache()
        cache.deserialize(state)
        client = self._made(web, "PublicClientApplication", token_cache=cache)
        accounts = client.get_accounts()
        if not accounts:
            return self._grant({"error": "invalid_grant", "error_description": "no account is kept"})
        result = client.acquire_token_silent_with_error(
            list(self.scopes), account=accounts[0], force_refresh=True
        )
        return self._grant(result, cache.serialize())


@dataclass(frozen=True)
class MicrosoftApplication(_Client):
    """Any mailbox that an administrator has opened to the application (IMAP.AccessAsApp).

    Exactly one of `secret` and `certificate` is given; `certificate` gives a PEM text with the private
    key and its certificate.
    """

    secret: Callable[[], str] | None = field(default=None, repr=False)
    certificate: Callable[[], str] | None = field(default=None, repr=False)
    needs_login: bool = False

    def refresh(self, state: str) -> Grant:
        """See `Provider`."""
        del state
        return self._granted(self._refresh)

    def _refresh(self, web: Any) -> Grant:  # noqa: ANN401
        secret = self.secret() if self.secret is not None else ""
        credential = pair(self.certificate()) if self.certificate is not None else secret
        client = self._made(web, "ConfidentialClientApplication", client_credential=credential)
        return self._grant(client.acquire_token_for_client(list(self.scopes)), secret=secret)


def pair(pem: str) -> dict[str, str]:
    """The private key and the certificate in a PEM text, as msal wants them. Raises `ConfigError`."""
    key = re.search(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", pem, re.DOTALL)
    certificate = re.search(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    if key is None or certificate is None:
        raise ConfigError(
            "The file of certificate_file does not hold both a private key and its certificate.",
            remedy="Put both into one PEM file: cat key.pem cert.pem > both.pem; chmod 600 both.pem.",
        )
    return {"private_key": key[0], "public_certificate": certificate[0]}


def _cache() -> Any:  # noqa: ANN401
    import msal  # noqa: PLC0415

    return msal.SerializableTokenCache()


def _lacking(wanted: Sequence[str], granted: str) -> list[str]:
    """Of the scopes wanted those that were not granted; a resource may be written in several ways."""
    have = {name.rpartition("/")[2].lower() for name in granted.split()}
    return [name for name in wanted if name.rpartition("/")[2].lower() not in have]
