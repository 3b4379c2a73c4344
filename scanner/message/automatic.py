"""Whether a person wrote a mail or a machine did (RFC 3834, RFC 2919, RFC 3464)."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.headers import Fields, first

_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_MARKS: Final = (
    "list-id",
    "list-unsubscribe",
    "x-autoreply",
    "x-autorespond",
    "x-auto-reply-from",
    "x-failed-recipients",
)
_ROBOT: Final = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|(?:do[._-]?)?no[._-]?t?[._-]?reply|no[._-]?responder|nepasrepondre"
    r"|ne[._-]pas[._-]repondre|nicht[._-]?antworten|notifications?|auto[._-]?(?:reply|responder|confirm))(?:[+._=-].*)?@",
)


def is_automatic(fields: Fields, sender: str) -> bool:
    """Whether the header says that no person wrote this message.

    True for Auto-Submitted other than "no" (RFC 3834), Precedence bulk, list or junk, mailing
    list fields (RFC 2919, RFC 2369), delivery and other reports (RFC 3464), an empty Return-Path, automatic
    replies marked by other fields, and senders that are robots by their name.
    """
    submitted = first(fields, "auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    path = fields.get("return-path")
    return (
        submitted not in {"", "no"}
        or any(mark in fields for mark in _MARKS)
        or first(fields, "precedence").lower() in _BULK
        or first(fields, "content-type")[:16].lower() == "multipart/report"
        or (path is not None and path[0].replace(" ", "") == "<>")
        or _ROBOT.match(sender) is not None
    )
