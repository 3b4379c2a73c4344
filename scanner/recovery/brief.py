"""The short form that an alert can carry."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.recovery.facts import why
from scanner.recovery.steps import steps

if TYPE_CHECKING:
    from scanner.recovery.case import Case
    from scanner.words import Words

_MOST = 3


@dataclass(frozen=True, slots=True)
class Brief:
    """Severity with its reason in one line, the first steps, and where the rest is."""

    severity: str
    why: str
    steps: tuple[str, ...]
    more: str
    command: str


def brief(case: Case, words: Words) -> Brief:
    """Say the most important of a case in a few lines."""
    return Brief(
        severity=words.say("severity", case.severity.value),
        why=why(case, words),
        steps=tuple(steps(case, words)[:_MOST]),
        more=words.say("brief", "more"),
        command=words.say("brief", "command", reference=shlex.quote(case.reference)),
    )
