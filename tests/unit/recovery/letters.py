"""Every draft in every language and register, the kit, the record: made here, stored in `snapshots`.

`<language>/<addressee>.<register>.txt` is a draft with all facts, `<language>/bare.<register>.txt` the four
of them with as few facts as can be, `<language>/kit.txt` facts, steps, options, rules and clock, and
`<language>/record.md` the incident record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scanner.message.model import Person
from scanner.recovery import Case, Draft, Relation, Times, drafts, sentences
from scanner.recovery.facts import facts, full, why
from scanner.recovery.options import announcement, options, rules, sieve
from scanner.recovery.record import as_markdown, clock_lines
from scanner.recovery.scope import scope, summary
from scanner.recovery.steps import steps
from scanner.words import LANGUAGES, Words
from tests.snapshots import Snapshots
from tests.unit.recovery.cases import ALERTED, CONFIRMED, NOW, SENT, case, low, many, middle

_FULL = case(
    times=Times(SENT, ALERTED, CONFIRMED),
    relations={"marco.rossi@acme.example": Relation(known=True, since=SENT)},
)
_BARE = replace(
    case(low(), meant=None, times=Times()),
    subject="",
    sender=Person("", "anna.neri@firm.example"),
    parties=tuple(replace(one, name="") for one in case(low()).parties),
)
_LIST = case(many(), wrong=[f"p{number}@house{number}.example" for number in range(1, 4)], meant=None)


def make() -> Mapping[str, str]:
    """Make the text of each file."""
    made = {}
    for language in LANGUAGES:
        words = sentences(language)
        for formal in (True, False):
            register = "formal" if formal else "informal"
            for draft in drafts(_FULL, language=language, formal=formal, now=NOW):
                made[f"{language}/{draft.addressee}.{register}.txt"] = shown(draft)
            bare = drafts(_BARE, language=language, formal=formal, now=NOW)
            made[f"{language}/bare.{register}.txt"] = "\n---\n\n".join(map(shown, bare))
        kit = [_kit(one, words) for one in (case(low()), case(middle(), client="thunderbird"), _FULL, _LIST)]
        made[f"{language}/kit.txt"] = "\n---\n\n".join(kit)
        made[f"{language}/record.md"] = as_markdown(_FULL, words, now=NOW)
    return made


def shown(draft: Draft) -> str:
    """Show a draft with its address lines."""
    lines = [f"To: {full(one)}" for one in draft.to] + [f"Bcc: {full(one)}" for one in draft.bcc]
    return "\n".join([*lines, f"Subject: {draft.subject}", "", draft.text])


def _kit(about: Case, words: Words) -> str:
    lines = [words.labelled(label, value) for label, value in facts(about, words, now=NOW)]
    lines += ["", words.say("severity", about.severity.value), why(about, words), ""]
    lines += [f"{number}. {step}" for number, step in enumerate(steps(about, words), 1)]
    lines += ["", summary(scope(about), words), words.say("scope", "reminder")]
    lines += ["", announcement(about, words, now=NOW)]
    lines += [
        f"{words.say('options', one.cost)}{' *' if one.recommended else ''}: {one.what} | {one.risk}"
        for one in options(about, words)
    ]
    lines += ["", *rules(about, words), words.say("rule", "sieve"), sieve(about)]
    return "\n".join([*lines, *clock_lines(about, words, now=NOW)]) + "\n"


SNAPSHOTS = Snapshots(Path(__file__).parent / "snapshots", make)
