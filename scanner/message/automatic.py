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
    submitted = first(fields, "auto-submitted")
    if submitted and submitted.partition(";")[0].partition("(")[0].strip().lower() != "no":
        return True
    if first(fields, "precedence").strip().lower() in _BULK:
        return True
    if any(mark in fields for mark in _MARKS):
        return True
    if first(fields, "content-type")[:16].lower() == "multipart/report":
        return True
    path = fields.get("return-path")
    if path and path[0].replace(" ", "") == "<>":
        return True
    suppress = first(fields, "x-auto-response-suppress")
    if suppress and submitted == "" and first(fields, "in-reply-to") and "x-autoreply" in fields:
        return True
    return _ROBOT.match(sender) is not None
