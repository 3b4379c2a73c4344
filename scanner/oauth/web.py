"""The line to a provider's token endpoint: one patience for every answer, and answers that can be read."""

from __future__ import annotations

import json
import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter

TIMEOUT = 30.0
"""Seconds for connecting and for each part of an answer."""

_TALKATIVE = ("msal", "google", "google_auth_oauthlib", "oauthlib", "requests_oauthlib", "urllib3")


class BusyError(requests.RequestException):
    """The endpoint has trouble of its own or asks for patience."""


class GarbageError(requests.RequestException):
    """The answer is not what a token endpoint says."""


class _Patient(HTTPAdapter):
    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  as the library calls it
        """Send with the patience of this adapter, whatever the caller's is."""
        answer = super().send(request, *args, **{**kwargs, "timeout": self._timeout})
        body = answer.content  # read to its end, so that the line is free again
        if answer.status_code == requests.codes.too_many_requests or answer.status_code >= 500:
            raise BusyError(f"status {answer.status_code}")
        if answer.is_redirect:
            return answer
        try:
            readable = isinstance(json.loads(body), dict)
        except (ValueError, RecursionError):
            readable = False
        if not readable:
            raise GarbageError(f"status {answer.status_code}, no JSON object")
        return answer


def quiet() -> None:
    """Keep the libraries from logging: what they say can hold tokens and whole answers."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def session(timeout: float) -> requests.Session:
    """A session with the patience given; certificates are checked, REQUESTS_CA_BUNDLE adds authorities."""
    quiet()
    made = requests.Session()
    patient(made, timeout)
    return made


def patient(made: requests.Session, timeout: float) -> None:
    """Give a session of another library the same patience."""
    made.mount("https://", _Patient(timeout))
