"""The token of one mailbox: asked at every login, renewed in time, kept before it is used.

A provider may give a new refresh token with each renewal and take the old one no more. Between its
answer and our disk that token can be lost: to a power cut, a kill, a line that broke under the answer.
So it is written down before the provider is asked that a renewal is under way, the old token stays
until the new one is on the disk (many providers take it for a while), and Ctrl-C and SIGTERM wait for
the answer. Where the old one is refused after such a loss, the owner is told what happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from scanner.errors import LoginError, ScannerError
from scanner.oauth.kept import Keeping
from scanner.oauth.trouble import SpentLoginError, UnansweredError
from scanner.oauth.uninterrupted import uninterrupted

MARGIN = 300.0
"""Seconds before its end at which a token counts as spent: clocks differ and logins take time."""

_FORM = 1


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider gave: an access token, for how many seconds, and what renews it.

    `state` is the provider's own text (with the refresh token in it); "" where none is needed.
    """

    token: str = field(repr=False)
    seconds: float
    state: str = field(default="", repr=False)


class Provider(Protocol):
    """Gets tokens without anybody at hand."""

    @property
    def title(self) -> str:
        """Its name for people."""

    @property
    def identity(self) -> str:
        """What a kept token belongs to: provider, application, account. Others' tokens are not used."""

    @property
    def needs_login(self) -> bool:
        """Whether somebody must have logged in once."""

    def refresh(self, state: str) -> Grant:
        """A new token. Raises errors of `scanner.errors`."""


class UserProvider(Provider, Protocol):
    """A provider at which a person logs in."""

    def login(self, tell: Callable[[str], None]) -> Grant:
        """Let the person log in; `tell` shows them what to do. Raises errors of `scanner.errors`."""


class Tokens:
    """Gives an access token whenever it is called. Its representation holds no secret.

    Parameters
    ----------
    mailbox
        The name of the mailbox, for sentences.
    clock
        The present moment in seconds since 1970.
    """

    def __init__(
        self, provider: Provider, kept: Keeping, *, mailbox: str, clock: Callable[[], float]
    ) -> None:
        self._provider = provider
        self._kept = kept
        self._mailbox = mailbox
        self._clock = clock

    def __call__(self) -> str:
        """A token that holds for some minutes at least."""
        return self._get("")

    def renew(self, refused: str) -> str:
        """Another token than `refused`, which the server did not take although it seemed good."""
        return self._get(refused)

    def login(self, provider: UserProvider, tell: Callable[[str], None]) -> None:
        """Let the person log in at `provider` and keep what comes of it."""
        grant = provider.login(tell)
        with self._kept.alone():
            self._keep(grant)

    def _get(self, refused: str) -> str:
        return uninterrupted(lambda: self._current(refused))

    def _current(self, refused: str) -> str:
        with self._kept.alone():
            text = self._kept.load()
            held = self._held(text)
            if held is not None and held.token != refused and self._fresh(held):
                return held.token
            if held is None and self._provider.needs_login:
                raise self._no_login("Nobody has logged in")
            grant = self._provider.refresh("") if held is None else self._renewed(held, text)
            self._keep(grant)
            return grant.token

    def _renewed(self, held: _Held, text: str) -> Grant:
        # Before the refresh token is spent; a full disk shows here too.
        self._kept.save(json.dumps(json.loads(text) | {"renewing": True}))
        try:
            return self._provider.refresh(held.state)
        except UnansweredError:
            raise  # the provider may have given another refresh token all the same
        except SpentLoginError as error:
            self._kept.save(text)
            if not held.renewing:
                raise
            raise LoginError(
                "An earlier renewal of the login was cut off before its outcome was on the disk, and the "
                f"login from before it is refused. {error}",
                remedy=error.remedy,
            ) from None
        except ScannerError:
            self._kept.save(text)
            raise

    def _fresh(self, held: _Held) -> bool:
        # A token from the future was got before the clock was put back: nothing is known of its age.
        return held.obtained <= self._clock() + MARGIN and self._clock() < held.expires - MARGIN

    def _keep(self, grant: Grant) -> None:
        now = self._clock()
        self._kept.save(
            json.dumps(
                {
                    "form": _FORM,
                    "identity": self._provider.identity,
                    "token": grant.token,
                    "obtained": now,
                    "expires": now + grant.seconds,
                    "state": grant.state,
                }
            )
        )

    def _held(self, text: str) -> _Held | None:
        """What was kept; None where nothing was. Raises `LoginError` where it is of no use."""
        if not text:
            return None
        try:
            table = json.loads(text)
            form, identity = table["form"], table["identity"]
            held = _Held(
                str(table["token"]),
                float(table["obtained"]),
                float(table["expires"]),
                str(table["state"]),
                renewing=table.get("renewing") is True,
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._no_login("The kept login cannot be read") from None
        if form != _FORM or identity != self._provider.identity:
            raise self._no_login("The kept login is of another application, account or version")
        return held

    def _no_login(self, what: str) -> LoginError:
        return LoginError(
            f"{what} at {self._provider.title} for the mailbox {self._mailbox}.",
            remedy=f"Run 'oopsee login {self._mailbox}'.",
        )


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    obtained: float
    expires: float
    state: str = field(repr=False)
    renewing: bool = False
