"""What to do, in order, by severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.detect.verdict import Severity
from scanner.message.sensitive import Sensitive

if TYPE_CHECKING:
    from scanner.recovery.case import Case
    from scanner.words import Words


def steps(case: Case, words: Words) -> list[str]:
    """Say what to do first, second and so on.

    What cannot wait (a password, a card) comes first; where all of it came back, nothing but the
    right address is needed; a second note is not written where one has gone.
    """
    if case.returned:
        return [words.say("steps", "returned")]
    found = urgent(case, words)
    if case.severity is not Severity.MIDDLE or not case.taken_back:
        found += words.several("steps", case.severity.value)
    if case.taken_back:
        found.append(words.say("steps", "taken_back"))
    if case.is_list:
        found.append(words.say("steps", "list"))
    if case.meant is not None:
        found.append(words.say("steps", "meant"))
    if case.severity is not Severity.LOW:
        found.append(words.say("steps", "record"))
    return found


def urgent(case: Case, words: Words) -> list[str]:
    """Say what cannot wait for anything else."""
    kinds = (Sensitive.CREDENTIALS, Sensitive.CARD)
    return [words.say("steps", kind.value) for kind in kinds if kind in case.kinds]
