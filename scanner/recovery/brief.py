"""The short form that an alert can carry."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scanner.alert.safe import one_line
from scanner.detect.severity import Load, grade
from scanner.recovery.case import Times, assess
from scanner.recovery.facts import why
from scanner.recovery.steps import steps, urgent

if TYPE_CHECKING:
    from collections.abc import Collection

    from scanner.detect.verdict import Verdict
    from scanner.message.model import Message
    from scanner.recovery.case import Case
    from scanner.words import Words

_MOST = 3
_ID = 1_000


@dataclass(frozen=True, slots=True)
class Brief:
    """Severity with its reason in one line, the first steps, and where the rest is.

    `urgent` are the steps that the severity alone does not tell; `heading` stands over the reason.
    """

    severity: str
    heading: str
    why: str
    steps: tuple[str, ...]
    urgent: tuple[str, ...]
    more: str
    command: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What stands under the heading, the command aside."""
        return tuple(one for one in (self.why, *self.urgent, self.more) if one)


def brief(case: Case, words: Words) -> Brief:
    """Say the most important of a case in a few lines."""
    return Brief(
        severity=words.say("severity", case.severity.value),
        heading=words.say("brief", "why"),
        why=f"{why(case, words)}.",
        steps=tuple(steps(case, words)[:_MOST]),
        urgent=tuple(urgent(case, words)),
        more=words.say("brief", "more"),
        command=_command(case.reference, words),
    )


def at_once(message: Message, verdict: Verdict, *, own: Collection[str], words: Words) -> Brief:
    """Say it of a message that has just gone: nothing has come after it, and the history is not asked.

    Where the verdict is graver than what can be seen here, its history knew an organisation that the text
    names. Where `message` is another, such as the notice that the verdict follows from, nothing is said of
    what the first one carried.
    """
    if message.digest != verdict.digest:
        return Brief(
            severity=words.say("severity", verdict.severity.value),
            heading=words.say("label", "record"),
            why="",
            steps=(),
            urgent=(),
            more=words.say("brief", "more"),
            command=_command(verdict.message_id or verdict.digest, words),
        )
    times = Times(sent_at=message.date)
    case = assess(message, verdict, own=own, times=times, score_after=verdict.score, relations={})
    by_name = case.load < Load.TOUCHY and case.severity is not verdict.severity
    if by_name and case.reach is not None and grade(Load.TOUCHY, case.reach) is verdict.severity:
        case = replace(case, named=("",), severity=verdict.severity)
    return brief(case, words)


def _command(reference: str, words: Words) -> str:
    return words.say("brief", "command", reference=shlex.quote(one_line(reference, _ID)))
