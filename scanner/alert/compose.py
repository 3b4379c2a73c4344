"""Writing to the owner: one alert about one message, one digest about several, one notice of trouble."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from scanner.alert import mime, render, safe
from scanner.alert.content import Block, content, headline
from scanner.words import FALLBACK, Words
from scanner.words import words as words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scanner.detect.verdict import Verdict
    from scanner.message.model import Person

ANSWER_FOLDERS = ("Oopsee/Wrong", "Oopsee/Fine")
"""Into which folder an alert is moved to answer it."""

MOST_IN_DIGEST = 30
"""Messages that one digest describes; further ones are counted."""


def alert(
    verdict: Verdict,
    *,
    owner: Person,
    now: datetime,
    message_id: str,
    references: Sequence[str] = (),
    budget: float | None = None,
    language: str = FALLBACK,
    answers: bool = False,
    folders: bool = False,
    blocks: Sequence[Block] = (),
) -> bytes:
    """Give the alert about one sent message as a whole mail from the owner to the owner.

    Parameters
    ----------
    verdict
        With its subject. Its recipients with at least a quarter of the highest score are named.
    now
        Becomes the Date; times are shown in its zone.
    message_id
        Of the alert itself; a repeat of the alert bears the same.
    references
        Those of the sent message (RFC 5322 section 3.6.4), so that the alert joins its thread.
    budget
        Alerts per 1,000 sent messages that the policy aims at; said where given.
    language
        Of the owner: one of the six, else English is written.
    answers
        Whether somebody reads the owner's answer to the alert; without, it says how to answer by command.
    folders
        Whether the alert may also be moved into a folder as an answer.
    blocks
        What else is said, after the first steps; their text must be harmless (`scanner.alert.safe`).

    Raises ConfigError where the owner's address cannot stand in a header.
    """
    words = words_of(language)
    about = content(verdict, now=now, words=words)
    subject = headline(about, words)
    text, html = render.alert(
        about,
        title=subject,
        answers=answers,
        folders=ANSWER_FOLDERS if folders else None,
        blocks=blocks,
        foot=_foot(words, owner, budget),
        words=words,
    )
    return mime.build(
        kind="alert",
        owner=owner.address,
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        date=now,
        references=[*references, verdict.message_id],
    )


def digest(
    verdicts: Sequence[Verdict],
    *,
    owner: Person,
    now: datetime,
    message_id: str,
    budget: float | None = None,
    language: str = FALLBACK,
) -> bytes:
    """Give one mail about several sent messages, in the order given. Parameters as for `alert`."""
    words = words_of(language)
    items = [content(one, now=now, words=words) for one in verdicts[:MOST_IN_DIGEST]]
    subject = words.count("subject", "digest", len(verdicts))
    text, html = render.digest(
        items,
        first=words.count("first", "digest", len(verdicts)),
        title=subject,
        more=len(verdicts) - len(items),
        foot=_foot(words, owner, budget),
        words=words,
    )
    return mime.build(
        kind="digest",
        owner=owner.address,
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        date=now,
    )


def notice(
    cause: str,
    *,
    name: str,
    owner: Person,
    since: datetime,
    now: datetime,
    message_id: str,
    what: str,
    meaning: str = "",
    remedy: str = "",
    language: str = FALLBACK,
) -> bytes:
    """Give one mail that says why sent mail is not watched, or not as it should be.

    `cause` is a key of the section [blind] of the sentences, `name` what the owner calls the
    mailbox. `what`, `meaning` and `remedy` are those of the error: English, and perhaps a server's
    words, hence quoted below what the owner's language says. `since` is shown in its own zone.
    """
    words = words_of(language)
    subject = words.say("blind", cause, name=safe.one_line(name, 80))
    text, html = render.notice(
        meaning=words.say("blind_meaning", cause),
        remedy=words.say("blind_remedy", cause),
        detail=[line for line in (safe.one_line(one, 500) for one in (what, meaning, remedy)) if line],
        since=words.moment(since),
        title=subject,
        foot=_foot(words, owner, None)[:1],
        words=words,
    )
    return mime.build(
        kind="notice",
        owner=owner.address,
        subject=subject,
        text=text,
        html=html,
        message_id=message_id,
        date=now,
    )


def recalled(
    outcome: str,
    *,
    owner: Person,
    recipient: str,
    folder: str,
    subject: str,
    now: datetime,
    message_id: str,
    language: str = FALLBACK,
) -> bytes:
    """Give one mail to the sender of a recalled message: `outcome` is "moved", "read" or "gone"."""
    words = words_of(language)
    shown = safe.one_line(subject, 80)
    what = words.say("subject", "quoted", subject=shown) if shown else words.say("subject", "no_subject")
    values = {"recipient": safe.one_line(recipient, 254), "folder": folder}
    paragraphs = [words.say("recalled", outcome, **values)]
    if outcome == "moved":
        paragraphs += [words.say("recalled", "told"), words.say("recalled", "allowed")]
    return _told(
        words.say("recalled", "subject", what=what),
        paragraphs,
        words.say("recalled", "why_sender"),
        owner=owner,
        now=now,
        message_id=message_id,
        words=words,
    )


def recalled_here(
    *,
    owner: Person,
    sender: str,
    sent: datetime | None,
    folder: str,
    now: datetime,
    message_id: str,
    language: str = FALLBACK,
) -> bytes:
    """Give one mail to the owner of an inbox that an unread message was moved out of; without its subject."""
    words = words_of(language)
    lines = [words.labelled(words.say("recalled", "sender"), safe.one_line(sender, 254))]
    if sent is not None:
        lines.append(words.labelled(words.say("labels", "sent"), words.moment(sent.astimezone(now.tzinfo))))
    return _told(
        words.say("recalled", "subject_recipient"),
        [
            words.say("recalled", "recipient", folder=folder),
            words.say("recalled", "please"),
            *lines,
            words.say("recalled", "allowed"),
        ],
        words.say("recalled", "why", owner=safe.one_line(owner.address, 254)),
        owner=owner,
        now=now,
        message_id=message_id,
        words=words,
    )


def _told(
    title: str,
    paragraphs: Sequence[str],
    foot: str,
    *,
    owner: Person,
    now: datetime,
    message_id: str,
    words: Words,
) -> bytes:
    text, html = render.told(paragraphs=paragraphs, title=title, foot=[foot], words=words)
    return mime.build(
        kind="notice",
        owner=owner.address,
        subject=title,
        text=text,
        html=html,
        message_id=message_id,
        date=now,
    )


def plain_terminal(raw: bytes) -> str:
    """Give the text part of a mail such that printing it does nothing to a terminal but show it."""
    parsed = message_from_bytes(raw, policy=policy.default)
    body = parsed.get_body(preferencelist=("plain",))
    return safe.lines(str(body.get_content())) if body is not None else ""


def _foot(words: Words, owner: Person, budget: float | None) -> list[str]:
    lines = [
        words.say("foot", "why", owner=safe.one_line(owner.address, 254)),
        words.say("foot", "unsure"),
    ]
    if budget is not None:
        lines.append(words.count("foot", "budget", budget))
    return lines
