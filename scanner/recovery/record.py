"""The incident record: times, recipients, reasons, evidence, what was done; no text of the message."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scanner.alert.safe import one_line
from scanner.recovery.clock import clock
from scanner.recovery.facts import begun, facts, next_look, why
from scanner.recovery.scope import COLUMNS, cells, scope
from scanner.recovery.sentences import moment
from scanner.words import words as common

if TYPE_CHECKING:
    from scanner.detect.verdict import Reason
    from scanner.message.model import Person
    from scanner.recovery.case import Action, Case
    from scanner.words import Words

FORMAT = 1
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


def as_json(case: Case, *, now: datetime) -> dict[str, Any]:
    """Give the record as plain values, times in RFC 3339 and UTC. Subject and attachment names, no text.

    Keys and kinds are English in every language.
    """
    state = clock(case.times)
    rows = scope(case)
    return {
        "format": FORMAT,
        "made_at": _zulu(now),
        "message_id": case.reference,
        "subject": case.subject,
        "message_read": case.read,
        "times": {
            "sent_at": _zulu(case.times.sent_at),
            "alerted_at": _zulu(case.times.alerted_at),
            "confirmed_at": _zulu(case.times.confirmed_at),
        },
        "clock": {
            "state": state.state.value,
            "article_33_counted_from": _zulu(state.since),
            "article_33_ends": _zulu(state.due),
            "legal_advice": False,
        },
        "next_look": _zulu(next_look(case, now)),
        "severity": case.severity.value,
        "load": case.load.name.lower(),
        "reach": case.reach.name.lower() if case.reach is not None else "returned",
        "kinds": [kind.value for kind in case.kinds],
        "attachments": list(case.attachments),
        "organisations_named": list(case.named),
        "score": case.score,
        "score_after": case.score_after,
        "meant": _person(case.meant),
        "recipients": [
            {
                "address": one.address,
                "name": one.name,
                "role": one.role.value,
                "inside": one.inside,
                "wrong": one.wrong,
                "bounced": one.bounced,
                "relation_before": one.relation.known,
                "first_contact": _zulu(one.relation.since),
                "apology": next(row.apology for row in rows if row.address == one.address),
                "score": one.score,
                "reasons": [reason.text for reason in one.reasons],
            }
            for one in case.parties
        ],
        "evidence": [
            {
                "kind": sign.kind.value,
                "message_id": sign.message_id,
                "at": _zulu(sign.at),
                "addresses": list(sign.addresses),
            }
            for sign in case.evidence
        ],
        "later_mail": [
            {"kind": one.kind, "address": one.address, "at": _zulu(one.at), "message_id": one.message_id}
            for one in case.later
        ],
        "actions": [{"kind": one.kind, "detail": one.detail, "at": _zulu(one.at)} for one in case.actions],
    }


def as_markdown(case: Case, words: Words, *, now: datetime) -> str:
    """Give the record as a page of Markdown in a language."""
    page = [f"# {words.say('label', 'record')}", ""]
    page += [f"- {_bare(words.labelled(label, value))}" for label, value in facts(case, words, now=now)]
    severity = words.say("severity", case.severity.value)
    page += ["", f"## {words.say('label', 'severity')}", ""]
    page.append(f"{_bare(words.labelled(begun(severity, words), why(case, words)))}.")
    page += ["", f"## {words.say('label', 'clock')}", ""]
    for name, otherwise in (("sent_at", "unknown"), ("alerted_at", "unknown"), ("confirmed_at", "not_yet")):
        when = moment(words, getattr(case.times, name), now) or words.say("value", otherwise)
        page.append(f"- {words.labelled(words.say('label', name), when)}")
    for line in clock_lines(case, words, now=now):
        page += ["", line]
    page += ["", f"## {words.say('label', 'scope')}", "", *_table(case, words)]
    reasons = [(one, reason) for one in case.parties if one.wrong for reason in one.reasons]
    if reasons:
        page += ["", f"## {words.say('label', 'reasons')}", ""]
        page += [
            f"- {_bare(words.labelled(one.address, say_reason(reason, words)))}"
            for one, reason in reasons[:12]
        ]
    if case.actions:
        page += ["", f"## {words.say('label', 'actions')}", ""]
        page += [
            f"- {_bare(words.labelled(moment(words, one.at, now), say_action(one, words)))}"
            for one in case.actions
        ]
    return "\n".join(page) + "\n"


def clock_lines(case: Case, words: Words, *, now: datetime) -> list[str]:
    """Say how the clock stands; that it is no legal advice stands on it always."""
    state = clock(case.times)
    values = {"when": moment(words, state.since, now), "due": moment(words, state.due, now)}
    return [words.say("clock", state.state.value, **values), words.say("clock", "legal")]


def say_reason(reason: Reason, words: Words) -> str:
    """Say a reason in a language; in English where the sentence is not known any more."""
    try:
        values = [(name, one_line(value)) for name, value in reason.values]
        return common(words.language).reason(reason.key, values)
    except KeyError:
        return one_line(reason.text, 240)


def say_action(action: Action, words: Words) -> str:
    """Say what was done in a language: a draft, a step of a recall, an answer; else as it was noted."""
    who, _, step = action.detail.partition(" ")
    if action.kind == "draft" and who in words.sections["draft"]:
        return words.say("done", "draft", addressee=words.say("draft", who))
    if action.kind == "recall" and (key := step.partition(":")[0]) in words.sections["recall"]:
        return words.say("recall", key, recipient=who)
    if action.kind == "keyword" and action.detail in {"wrong", "fine"}:
        return words.say("answer", action.detail)
    return f"{action.kind} {action.detail}"


def _table(case: Case, words: Words) -> list[str]:
    head = [words.say("scope", column) for column in COLUMNS]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(map(_bare, cells(row, words)))} |" for row in scope(case)]
    return lines


def _bare(text: str) -> str:
    """Take from a text what it could do in Markdown."""
    return _MARKUP.sub(r"\\\1", text)


def _person(person: Person | None) -> dict[str, str] | None:
    return None if person is None else {"name": person.name, "address": person.address}


def _zulu(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
