"""The owner's word on a message, given by an answer to the alert, a folder, a keyword or a command."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from scanner.alert.answers import Answer, read_answer
from scanner.detect.evidence import Evidence, Kind
from scanner.detect.organisations import is_freemail
from scanner.detect.verdict import SUSPECT_SHARE, Verdict
from scanner.message.model import Message
from scanner.store import Aftermath, MailboxStore, Mute

SILENT = timedelta(days=90)
"""After 'fine' the same recipients cause no alert, and others of their domain fewer, for so long."""


def answered(
    message: Message, owner: AbstractSet[str], store: MailboxStore, now: datetime
) -> Aftermath | None:
    """What follows from a sent message that answers an alert; None where it answers none.

    Only what lies in a Sent folder counts, and only from the owner to the owner: nobody else can put
    mail there. The alert's Message-ID, which only the owner's mailbox has seen, is the token; a mail
    to anybody else in that thread is ordinary mail. An answer that says nothing known changes nothing.
    """
    if message.sender.address not in owner:
        return None
    if not all(one.address in owner for one in message.recipients):
        return None
    about = store.alert_about({message.in_reply_to, *message.references} - {""})
    stored = store.verdict(about) if about else None
    if stored is None:
        return None
    word = read_answer(message.own_text)
    if word is None:
        return Aftermath()
    return said(stored.verdict, word, at=message.date or now, now=now, by=message.message_id)


def said(
    verdict: Verdict,
    word: Answer,
    *,
    at: datetime,
    now: datetime,
    by: str = "",
    recipient: str | None = None,
    note: str = "",
) -> Aftermath:
    """What follows from the owner's word on a message, or on one `recipient` of it.

    `at` is when it was said, `by` the Message-ID of the mail that says it, if any.
    """
    about = verdict.message_id or verdict.digest
    meant = [recipient] if recipient is not None else suspects(verdict)
    addresses = tuple(meant) if len(meant) == 1 and len(verdict.recipients) > 1 else ()
    wrong = word is Answer.WRONG
    worth = "said wrong" if wrong else "said fine"
    if recipient is not None:
        addresses = (recipient,)
    evidence = Evidence(Kind.ANSWER, about, by, at, worth, addresses, note=note)
    domains = sorted({one.rpartition("@")[2] for one in meant})
    if wrong:
        return Aftermath(evidence=(evidence,), unmuted=(*meant, *domains))
    firms = [one for one in domains if not is_freemail(one)]
    calm = [Mute("calm", one, now, about, now + SILENT) for one in firms]
    mutes = {
        Answer.FINE: [Mute("pair", one, now, about, now + SILENT) for one in meant] + calm,
        Answer.NEVER: [Mute("pair", one, now, about) for one in meant] + calm,
        Answer.DOMAIN: [Mute("domain", one, now, about) for one in firms]
        + [Mute("pair", one, now, about) for one in meant],
    }[word]
    return Aftermath(evidence=(evidence,), settled=(about,), mutes=tuple(mutes))


def suspects(verdict: Verdict) -> Sequence[str]:
    """The recipients that an alert about the message names."""
    return [one.address for one in verdict.recipients if one.score >= SUSPECT_SHARE * verdict.score]
