"""Gmail by google-auth: a browser with a loopback redirect for a person, a service account for a domain."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scanner.errors import ConfigError, ScannerError
from scanner.oauth import trouble
from scanner.oauth.tokens import Grant

TITLE = "Google"
SCOPE = "https://mail.google.com/"
AUTHORISE = "https://accounts.google.com/o/oauth2/auth"
TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105  an address

_BROKEN = (ValueError, KeyError, TypeError, AttributeError)
"""What the libraries raise on answers that are JSON and yet no answers."""


@dataclass(frozen=True)
class _Client:
    mailbox: str
    account: str
    scopes: tuple[str, ...] = (SCOPE,)
    timeout: float = 30.0

    @property
    def title(self) -> str:
        """See `Provider`."""
        return TITLE

    @property
    def client(self) -> str:
        """The application's name in sentences."""
        return ""

    @property
    def identity(self) -> str:
        """See `Provider`."""
        return " ".join((type(self).__name__, self.client, self.account, *self.scopes))

    def _granted(self, ask: Callable[[], Grant], secret: str = "") -> Grant:
        """Do it, with every fault as one of ours; nothing behind it, which could hold what was sent."""
        try:
            import google_auth_oauthlib.flow  # noqa: F401, PLC0415  an extra; looked for here once
            import requests  # noqa: PLC0415
            from google.auth.exceptions import RefreshError, TransportError  # noqa: PLC0415
            from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415
        except ImportError:
            raise trouble.not_installed(TITLE, "google") from None
        fault: ScannerError
        try:
            return ask()
        except ScannerError:
            raise
        except RefreshError as error:
            table = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
            words = str(table.get("error_description", "")) or str(error.args[0] if error.args else "")
            fault = self._refused(str(table.get("error", "")), words, secret)
        except OAuth2Error as error:
            fault = self._refused(str(error.error), str(error.description or ""), secret)
        except Warning as error:  # oauthlib's way to say that fewer scopes were granted
            fault = self._refused("insufficient_scope", str(error), secret)
        except TransportError as error:
            cause = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
            fault = trouble.unreachable(TITLE, cause)
        except requests.RequestException as error:
            fault = trouble.unreachable(TITLE, error)
        except _BROKEN as error:
            fault = trouble.unreachable(TITLE, error)
        raise fault  # here, without the library's error behind it

    def _refused(self, code: str, words: str, secret: str) -> ScannerError:
        return trouble.refused(
            TITLE,
            code,
            words,
            mailbox=self.mailbox,
            client=self.client,
            scopes=self.scopes,
            secret=secret,
        )

    def _refreshed(self, credentials: Any) -> Grant:  # noqa: ANN401  two classes of the library
        from google.auth.transport.requests import Request  # noqa: PLC0415

        from scanner.oauth import web  # noqa: PLC0415

        with web.session(self.timeout) as line:
            credentials.refresh(Request(session=line))
        return Grant(
            str(credentials.token), _seconds(credentials.expiry), getattr(credentials, "refresh_token", "")
        )


@dataclass(frozen=True)
class GoogleUser(_Client):
    """A person's mailbox: the browser comes back to a port of this machine (RFC 8252 section 7.3).

    `browser` opens one here; without it the person opens the address that `tell` shows, on this
    machine or through a tunnel to `port`. `patience` in seconds is for the person.
    """

    client_id: str = ""
    secret: Callable[[], str] | None = field(default=None, repr=False)
    browser: bool = False
    port: int = 0
    patience: int = 900
    authorise_url: str = AUTHORISE
    token_url: str = TOKEN
    needs_login: bool = True

    @property
    def client(self) -> str:
        """See `_Client`."""
        return self.client_id

    def login(self, tell: Callable[[str], None]) -> Grant:
        """See `UserProvider`."""
        secret = self._secret()
        return self._granted(lambda: self._login(tell, secret), secret)

    def refresh(self, state: str) -> Grant:
        """See `Provider`. What comes back holds the new refresh token where there is one."""
        secret = self._secret()
        return self._granted(lambda: self._refresh(state, secret), secret)

    def _secret(self) -> str:
        return self.secret() if self.secret is not None else ""

    def _login(self, tell: Callable[[str], None], secret: str) -> Grant:
        import requests  # noqa: PLC0415
        from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415

        from scanner.oauth import web  # noqa: PLC0415

        class Telling(InstalledAppFlow):  # type: ignore[misc]  # the library carries no types
            def authorization_url(self, **kwargs: Any) -> Any:  # noqa: ANN401
                found = super().authorization_url(**kwargs)
                tell(f"Open this address in a browser and agree:\n{found[0]}")
                return found

        flow = Telling.from_client_config(
            {
                "installed": {
                    "client_id": self.client_id,
                    "client_secret": secret,
                    "auth_uri": self.authorise_url,
                    "token_uri": self.token_url,
                    "redirect_uris": ["http://127.0.0.1"],
                }
            },
            scopes=list(self.scopes),
        )
        web.quiet()
        web.patient(flow.oauth2session, self.timeout)
        try:
            with flow.oauth2session:
                credentials = flow.run_local_server(
                    host="127.0.0.1",
                    port=self.port,
                    open_browser=self.browser and _has_browser(),
                    authorization_prompt_message=None,
                    success_message="Oopsee has what it needs. This window can be closed.",
                    timeout_seconds=self.patience,
                    prompt="consent",  # else a second login brings no refresh token
                    login_hint=self.account,
                )
        except OSError as error:
            if isinstance(error, requests.RequestException):
                raise
            raise ConfigError(
                f"The port {self.port} for the browser's answer cannot be used: {error.strerror}.",
                meaning="The login did not begin.",
                remedy="Name another one with --port.",
            ) from None
        except AttributeError:  # what the library raises where nobody came
            raise self._refused("expired_token", "nobody came back from the browser", secret) from None
        granted = credentials.granted_scopes
        if granted is not None and not set(self.scopes) <= set(granted):
            raise self._refused("insufficient_scope", " ".join(granted), secret)
        if not credentials.refresh_token:
            raise self._refused("invalid_grant", "no refresh token came with the login", secret)
        return Grant(str(credentials.token), _seconds(credentials.expiry), str(credentials.refresh_token))

    def _refresh(self, state: str, secret: str) -> Grant:
        from google.oauth2.credentials import Credentials  # noqa: PLC0415

        return self._refreshed(
            Credentials(  # type: ignore[no-untyped-call]
                None,
                refresh_token=state,
                token_uri=self.token_url,
                client_id=self.client_id,
                client_secret=secret,
                scopes=list(self.scopes),
            )
        )


@dataclass(frozen=True)
class GoogleServiceAccount(_Client):
    """Any mailbox of a domain that has delegated itself to a service account.

    `key` gives the JSON text of the account's key file.
    """

    key: Callable[[], str] = field(default=str, repr=False)
    needs_login: bool = False

    @property
    def client(self) -> str:
        """See `_Client`."""
        return "of the service account"

    def refresh(self, state: str) -> Grant:
        """See `Provider`."""
        del state
        return self._granted(self._refresh)

    def _refresh(self) -> Grant:
        from google.oauth2.service_account import Credentials  # noqa: PLC0415

        try:
            credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                json.loads(self.key()), scopes=list(self.scopes), subject=self.account
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigError(
                "The file of service_account_file is no key of a Google service account.",
                remedy="Make a key of type JSON for the service account and name that file.",
            ) from None
        return self._refreshed(credentials)


def _seconds(expiry: datetime | None) -> float:
    """How long a token holds; the library has made a moment of the seconds, by the machine's clock."""
    if expiry is None:
        return 0.0
    return (expiry.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
