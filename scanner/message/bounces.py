"""Reports that a mail could not be delivered (RFC 3464), wherever their fields stand in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scanner.message.addresses import normalise_address

MOST: Final = 50
"""Recipients of one report that are looked at."""

_SENDER: Final = re.compile(r"(?:mailer-daemon|postmaster|microsoftexchange[0-9a-f]*)(?:[+._=-].*)?@")
_FIELD: Final = re.compile(
    r"^[ \t>]*(final-recipient|original-recipient|action|status|message-id)[ \t]*:[ \t]*(.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ID: Final = re.compile(r"<[^<>\s]{1,900}>")
_ADDRESS: Final = re.compile(r"[^\s<>\",;:()\[\]]{1,64}@[^\s<>\",;:()\[\]]{1,255}")
_LINES: Final = 3
"""A server's words about an address: its line, and so many after it."""

_TEXT: Final = 60_000


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """One recipient whom a mail did not reach for good.

    `address` is the final recipient, `status` the enhanced status code (RFC 3463), `message_id`
    that of the mail which came back, "" where the report does not give it.
    """

    address: str
    status: str
    message_id: str = ""


def reports_delivery(sender: str) -> bool:
    """Whether reports of delivery come from this address, by its name."""
    return _SENDER.match(sender) is not None


def delivery_failures(text: str) -> tuple[DeliveryFailure, ...]:
    """Return the failures that the text of a report names; delays and successes are none.

    The fields of RFC 3464 count where there are some (`Final-Recipient`, `Action`, `Status`), else an
    address with a status 5.x.x behind it, as servers write it for people.
    """
    text = text[:_TEXT]
    groups: list[dict[str, str]] = []
    original = ""
    for found in _FIELD.finditer(text):
        name, value = found[1].lower(), found[2].strip()
        if name == "message-id":
            named = _ID.search(value)
            original = named[0] if named else original
        elif name == "original-recipient" or not value:
            continue
        elif name == "final-recipient":
            groups.append({name: value})
        elif groups:
            groups[-1].setdefault(name, value)
    if groups:
        return tuple(
            DeliveryFailure(address, status[1], original)
            for group in groups[:MOST]
            if group.get("action", "").lower().startswith("failed")
            and (status := _STATUS.search(group.get("status", "")))
            and status[1].startswith("5")
            and "@" in (address := normalise_address(group["final-recipient"].rpartition(";")[2]))
        )
    return tuple(
        DeliveryFailure(address, status, original)
        for address, status in list(_in_words(text.splitlines()).items())[:MOST]
    )


def _in_words(lines: list[str]) -> dict[str, str]:
    """Return the addresses that have a status 5.x.x in their line or shortly below, with it."""
    found: dict[str, str] = {}
    waiting: dict[str, int] = {}
    for place, line in enumerate(lines):
        for each in _ADDRESS.findall(line[:1_000])[:_LINES]:
            waiting[normalise_address(each)] = place
        status = _STATUS.search(line[:1_000])
        if status is None:
            continue
        if status[1].startswith("5"):
            found |= {who: status[1] for who, where in waiting.items() if place - where <= _LINES}
        waiting.clear()
    return found
