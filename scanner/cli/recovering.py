"""Gathering what `oopsee recover` works with: from the store and the mailbox, or from files alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scanner.audit import Past
from scanner.cli.past import from_files, ordered
from scanner.cli.progress import Show
from scanner.cli.wiring import kept_history
from scanner.detect.evidence import SIGN_SOURCES, Evidence, Lookback, score_after
from scanner.detect.mentions import Mentions
from scanner.detect.organisations import organisation, own_organisations
from scanner.detect.verdict import Verdict
from scanner.errors import FolderError, UsageError
from scanner.history.contacts import Contact
from scanner.history.history import History
from scanner.message.model import Kind, Message, Person, Recipient
from scanner.message.owner import Owner
from scanner.recovery import Action, Case, Later, Relation, Times, assess
from scanner.recovery.clients import FIELDS, client
from scanner.recovery.later import later_mail
from scanner.settings import Mailbox, Settings
from scanner.store import MailboxStore, OutboxState, StoredVerdict, alert_key
from scanner.store.signs import KEPT

_LATER = 8
"""Recipients whose later mail is looked for on the server, the most suspicious first."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case with its message, which the register of the drafts is read from; `language` as configured.

    `mailbox` is the name of the configured mailbox, "" where it came out of files.
    """

    case: Case
    message: Message
    language: str = ""
    mailbox: str = ""


def from_sources(message_id: str, sources: Sequence[Path], me: Sequence[str], show: Show) -> Gathered:
    """Find the message in files and replay what came before it. Raises `UsageError`."""
    from scanner.audit import judged, with_evidence
    from scanner.cli import wiring

    owner = Owner(me)
    if not owner or not all("@" in address for address in owner):
        text = "Whose mail is this?" if not owner else "Each --me must be an address."
        raise UsageError(text, remedy="Name the owner: --me anna@example.org, once more for each alias.")
    past = ordered(from_files(sources, show), owner, show)
    found = _in_past(past, message_id)
    message = found.message
    mail = [one for one in past if not _long_after(one.message, message)]
    judge = wiring.judge(owner, None)
    findings = list(show.each(judged(mail, judge), "Judging"))
    findings = with_evidence(mail, findings, Lookback(owner, near=judge.near))
    finding = next(one for one in findings if one.message is message)
    verdict = finding.verdict
    received = (one.message for one in mail if not one.sent)
    later = later_mail(
        received,
        message_id=message.message_id,
        sent_at=message.date,
        recipients={one.address for one in verdict.recipients},
    )
    case = _assessed(
        message,
        verdict,
        judge.history,
        own=own_organisations(owner, ()),
        times=Times(sent_at=message.date),
        finding_score=score_after(verdict, finding.evidence),
        evidence=finding.evidence,
        later=later,
        client=_client_in(sources, message.message_id),
    )
    return Gathered(case, message)


def from_store(
    settings: Settings, box: Mailbox, here: MailboxStore, found: StoredVerdict, show: Show
) -> Gathered:
    """Read the message of a stored verdict again from its mailbox, and what came after it."""
    verdict = found.verdict
    about = verdict.message_id or verdict.digest
    evidence = here.evidence(about)
    history = kept_history(box, here)
    message, header, received = _from_server(settings, box, found, show)
    read = message is not None
    if message is None:
        message = _stand_in(box, verdict)
    later = later_mail(
        received,
        message_id=verdict.message_id,
        sent_at=verdict.date,
        recipients={one.address for one in verdict.recipients},
    )
    labels = [one for one in here.labels_of(about) if one.source not in SIGN_SOURCES]
    wrong = [one for one in labels if one.wrong]
    alert = here.outbox_entry(alert_key(verdict.message_id, verdict.digest))
    times = Times(
        sent_at=verdict.date,
        alerted_at=alert.finished_at if alert is not None and alert.state is OutboxState.DELIVERED else None,
        confirmed_at=here.first_said_wrong(about) if wrong else None,
        fine=bool(labels) and not wrong,
    )
    case = _assessed(
        message,
        replace(verdict, subject=message.subject),
        history,
        own=own_organisations(box.owner, settings.policy.own_domains),
        times=times,
        finding_score=score_after(verdict, evidence),
        evidence=evidence,
        later=later,
        actions=[Action(one.kind, one.detail, one.at) for one in here.deeds(about)],
        labelled={one.recipient: one.wrong for one in labels if one.recipient is not None},
        client=client(header),
        read=read,
    )
    return Gathered(case, message, _language(box, here, message), box.name)


def relations(history: History, addresses: Iterable[str], before: datetime | None) -> dict[str, Relation]:
    """Tell which addresses the mailbox had to do with before a moment, and since when."""
    found = {}
    for address in addresses:
        contact = history.contacts.get(address)
        if contact is not None and (before is None or contact.first_at < before.timestamp()):
            found[address] = Relation(known=True, since=_first(contact))
    return found


def _assessed(
    message: Message,
    verdict: Verdict,
    history: History,
    *,
    own: frozenset[str],
    times: Times,
    finding_score: float,
    evidence: Sequence[Evidence] = (),
    later: Sequence[Later] = (),
    actions: Sequence[Action] = (),
    labelled: dict[str, bool] | None = None,
    client: str = "",
    read: bool = True,
) -> Case:
    parties = [one.address for one in verdict.recipients]
    houses = {organisation(address.rpartition("@")[2]) for address in parties}
    return assess(
        message,
        verdict,
        own=own,
        times=times,
        score_after=finding_score,
        relations=relations(history, parties, message.date),
        evidence=evidence,
        later=later,
        actions=actions,
        labelled=labelled,
        named=Mentions(history.contacts).named(message, besides=own | houses) if read else (),
        client=client,
        read=read,
    )


def _first(contact: Contact) -> datetime | None:
    try:
        return datetime.fromtimestamp(contact.first_at, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _in_past(past: Sequence[Past], message_id: str) -> Past:
    plain = message_id.strip()
    spelt = {plain, f"<{plain}>"}
    for one in past:
        if one.message.message_id in spelt or one.message.digest == plain:
            if one.sent:
                return one
            text = f"The message {plain} is in these files, but the owner did not send it."
            raise UsageError(text, remedy="Name all addresses of the owner with --me, and the Sent folder.")
    text = f"No message with the Message-ID {plain} is in these files."
    raise UsageError(text, remedy="Copy the id from the header of the message, and name the file it is in.")


def _long_after(message: Message, than: Message) -> bool:
    return message.date is not None and than.date is not None and message.date - than.date > KEPT


def _client_in(sources: Sequence[Path], message_id: str) -> str:
    """Read the header once more: what files become does not say which program wrote a message."""
    from scanner.mailbox import local

    wanted = message_id.encode("utf-8", "replace")
    for source in sources if wanted else ():
        try:
            for raw in local.read_raw(source, report=lambda _: None):
                header = raw.octets.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
                if wanted in header and (name := _of_message(header, message_id)):
                    return name
        except UsageError:  # JSON Lines have no header
            continue
    return ""


def _of_message(header: bytes, message_id: str) -> str:
    from scanner.message.parse import build

    return client(header) if build(header, (), ()).message_id == message_id else ""


def _from_server(
    settings: Settings, box: Mailbox, found: StoredVerdict, show: Show
) -> tuple[Message | None, bytes, list[Message]]:
    """Read the message, its header and what came after it. None where the message has gone."""
    from scanner.cli.wiring import session
    from scanner.mailbox import folders, single

    verdict = found.verdict
    place = None
    if found.folder is not None and found.uidvalidity is not None and found.uid is not None:
        place = single.Place(found.folder, found.uidvalidity, found.uid)
    with session(settings, box) as connection:
        known = folders.discover(connection, box.folders.sent)
        everywhere = [*known.sent, *known.sent_below, *filter(None, (known.all_mail, known.trash))]
        one = single.find(
            connection,
            message_id=verdict.message_id,
            digest=verdict.digest,
            place=place,
            folders=everywhere,
            fields=FIELDS,
        )
        received: list[Message] = []
        if verdict.date is not None:
            suspects = sorted(verdict.recipients, key=lambda recipient: -recipient.score)[:_LATER]
            senders = [recipient.address for recipient in suspects]
            try:
                inbox = known.all_mail or box.folders.inbox
                received = list(single.since(connection, inbox, senders, verdict.date.date()))
            except FolderError as error:
                show.warn(str(error))
    return (one.message, one.header, received) if one is not None else (None, b"", received)


def _language(box: Mailbox, here: MailboxStore, message: Message) -> str:
    """In which the owner is written to: the same as that of the alert."""
    from scanner.cli.wiring import locale_language, now
    from scanner.worker import Tongue

    tongue = Tongue(here, chosen=box.language, locale=locale_language(os.environ), clock=now)
    return tongue.about(message)


def _stand_in(box: Mailbox, verdict: Verdict) -> Message:
    """Stand in for a message that has gone: what the verdict on it still says."""
    return Message(
        message_id=verdict.message_id,
        digest=verdict.digest,
        date=verdict.date,
        sender=Person("", box.address),
        recipients=tuple(Recipient(one.address, one.name, one.role) for one in verdict.recipients),
        subject=verdict.subject,
        base_subject=verdict.subject,
        kind=Kind.NEW,
        own_text="",
        quoted_text="",
    )
