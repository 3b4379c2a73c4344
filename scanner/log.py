"""What the daemon says: console lines or JSON, and nobody's address, subject or text above debug."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

_ADDRESS = re.compile(r"[^\s<>@,;:\"'()\[\]]+@[^\s<>@,;:\"'()\[\]]+")
_PRIVATE = frozenset({"subject", "text", "body"})
_QUIET = ("alembic", "apscheduler", "imapclient", "sqlalchemy", "aiosmtpd")

Event = MutableMapping[str, Any]


def digest(address: str, key: bytes) -> str:
    """A short stand-in for an address: the same for the same address and key, and of no use to others."""
    return (
        "~"
        + hashlib.blake2b(
            address.lower().encode("utf-8", "surrogatepass"), key=key[:64], digest_size=4
        ).hexdigest()
    )


class Discreet:
    """A structlog processor that puts digests in the place of addresses and drops subjects and texts.

    It works on every string of an event, also in the words of a server or an exception. Below
    the level info nothing is changed.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, _logger: object, method: str, event: Event) -> Event:
        """The event as it may be shown."""
        if method == "debug":
            return event
        return {name: self._cleaned(value) for name, value in event.items() if name not in _PRIVATE}

    def _cleaned(self, value: object) -> object:
        if isinstance(value, str):
            return _ADDRESS.sub(self._stand_in, value)
        if isinstance(value, list | tuple):
            return [self._cleaned(part) for part in value]
        if isinstance(value, dict):
            return {name: self._cleaned(part) for name, part in value.items()}
        return value

    def _stand_in(self, found: re.Match[str]) -> str:
        address = found[0].rstrip(".")  # the end of a sentence is no part of an address
        return digest(address, self._key) + found[0][len(address) :]


def configure(
    *,
    form: Literal["console", "json"],
    level: Literal["debug", "info", "warning", "error"],
    key: bytes,
    stream: TextIO | None = None,
) -> None:
    """Say everything in one form on `stream` (standard error), that of the libraries included.

    `key` makes the digests of addresses; with the same key the same address reads the same.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Discreet(key),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    target = stream or sys.stderr
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty())
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
