"""For the house: three ways to keep it from happening again, and the rule for the owner's mail program."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scanner.detect.verdict import Severity
from scanner.message.model import Role

if TYPE_CHECKING:
    from scanner.recovery.case import Case
    from scanner.words import Words

COSTS = ("cheap", "middle", "dear")
_CLIENTS = ("gmail", "outlook", "thunderbird")


@dataclass(frozen=True, slots=True)
class Option:
    """One way: what it costs (a key of `COSTS`), what it is, and what it leaves open."""

    cost: str
    what: str
    risk: str
    recommended: bool


def options(case: Case, words: Words) -> list[Option]:
    """Give the three options; the middle one is recommended where it was bad, else the cheap one."""
    kind = "list" if case.is_list else "one"
    best = "middle" if case.severity is Severity.HIGH else "cheap"
    found = []
    for cost in COSTS:
        what, risk = words.sections["options"][kind][cost]
        found.append(Option(cost, what, risk, recommended=cost == best))
    return found


def announcement(case: Case, words: Words, *, now: datetime) -> str:
    """Say how and when to tell the house: within two days, not on the day itself."""
    known = (case.times.confirmed_at or now).astimezone(now.tzinfo)
    first, last = (words.day(known + timedelta(days=days)) for days in (1, 2))
    return words.say("options", "intro", first=first, last=last)


def rules(case: Case, words: Words) -> list[str]:
    """Say what would have caught it, for the mail program that sent it; else for the usual three."""
    if case.client in _CLIENTS:
        found = [words.say("rule", case.client)]
    elif case.client:
        found = [words.say("rule", "other")]
    else:
        found = [words.say("rule", client) for client in _CLIENTS]
    if case.is_list and any(one.role is not Role.BCC for one in case.parties):
        found.append(words.say("rule", "bcc"))
    if case.severity is Severity.HIGH:
        found.append(words.say("rule", "eyes"))
    return found


def sieve(case: Case) -> str:
    """Give a Sieve script (RFC 5228, 5232) that flags what the wrong recipients write; "" without any."""
    addresses = [one.address for one in case.wrong if not one.bounced and _plain(one.address)]
    if not addresses:
        return ""
    listed = ", ".join(f'"{address}"' for address in addresses)
    return f'require ["imap4flags"];\nif address :is "from" [{listed}] {{\n    addflag "\\\\Flagged";\n}}\n'


def _plain(address: str) -> bool:
    """Whether an address can stand in a quoted string as it is."""
    return address.isprintable() and not set(address) & set('"\\ ')
