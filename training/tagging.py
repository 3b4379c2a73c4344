"""Which hard set a message belongs to, from what the mailbox knew strictly before it.

A clean message is put into the sets of legitimate mail that looks odd, a simulated mistake
into those of mistakes that look right (`CLEAN_SETS`, `MISTAKE_SETS`). Nothing here is seen by the
detector.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from scanner.detect.features.address import distance, same_local, same_name
from scanner.detect.organisations import is_freemail, organisation
from scanner.history.contacts import DAY
from scanner.message.languages import language
from scanner.message.model import Kind
from scanner.message.names import address_name_tokens, fold, is_given_name, name_tokens, same_given_name
from training.verdicts import is_real_mistake
from training.wording import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanner.detect.features.context import Context
    from scanner.history.contacts import Contact, Contacts
    from scanner.history.facts import Facts
    from scanner.message.model import Message

CLEAN_SETS = {
    "first contact": "somebody never written to before",
    "introduction": "two people made known to each other, at least one of them known already",
    "joke or personal forward": "passed on without a word, or a joke, to a private address seldom used",
    "delegation": "one line without greeting or anything that names the recipient, to known people",
    "group greeting": "greets a group",
    "own other address": "to an address that bears the owner's own name",
    "resend": "the same text, or the same mail passed on, was sent in the last seven days",
    "mailing list": "to an address that reads or behaves like a list",
    "bilingual contact": "to somebody with whom mail goes in more than one language",
    "long silent": "to a contact neither written to nor heard from for 180 days",
    "new address of a known person": "never written to, and the name or local part is a contact's",
}
"""Sets of clean messages and what puts a message there."""

MISTAKE_SETS = {
    "same first name": "the wrong recipient and the one meant, or a right one, share a given name",
    "client instead of boss": "an outsider where one of the own organisation stood, or the other way",
    "talked-about person": "the person whom the text talks about",
    "wrong attachment name": "an attachment bears the name of somebody, or a firm, not on the message",
    "exposed list": "a list in To or Cc that belongs in Bcc",
    "stale list": "somebody of the circle who dropped out of it",
    "look-alike of a known person": "a new address within two edits of the one meant, or the same local "
    "part at a domain within two edits",
}
"""Sets of mistakes and what puts a mistake there."""

REAL_MISTAKE = "real mistake"
"""Tag of a message that counts as clean though a person has read that it had gone to a wrong party."""

_SILENT = 180.0 * DAY
_SELDOM = 10
_ONE_LINE = 80
_SHORT_NOTE = 160
_RESENT = 7.0 * DAY
_RECENT = 200
_LEAST_TEXT = 40
_LANGUAGE_TEXT = (80, 400)
_LANGUAGE_TIMES = 2
_LIST_SEEN = 20
_EDITS = 2
_OPENING = 1_000
_TALKED_ABOUT, _STALE, _EXPOSED, _MISTYPED = 10, 8, 11, 7
_SPACE = re.compile(r"\s+")
_STEM = re.compile(r"[^\W\d_]{4,}")


class Tagger:
    """Says for each message of one mailbox, in order, to which sets it belongs: tag first, learn second."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, frozenset[int]]] = deque(maxlen=_RECENT)
        self._languages: dict[str, dict[str, int]] = {}

    def clean(self, context: Context) -> frozenset[str]:
        """Return the clean sets of a message as it was sent."""
        return frozenset(self._clean(context))

    def _clean(self, context: Context) -> Iterator[str]:  # noqa: C901 - one line for each set
        message, parties, contacts = context.message, context.parties, context.history.contacts
        new = [party for party in parties if not party.sent]
        if is_real_mistake(message):
            yield REAL_MISTAKE
        if new:
            yield "first contact"
        if any(same_name(party, contacts) or same_local(party, contacts) for party in new):
            yield "new address of a known person"
        if _introduces(context):
            yield "introduction"
        if _for_fun(context):
            yield "joke or personal forward"
        if _delegates(context):
            yield "delegation"
        if message.salutation is not None and message.salutation.group:
            yield "group greeting"
        if any(_is_owners(party, context) for party in parties):
            yield "own other address"
        if self._resent(_marks(message), context.now):
            yield "resend"
        if any(_is_list(party) for party in parties):
            yield "mailing list"
        if any(self._bilingual(party.address) for party in parties):
            yield "bilingual contact"
        if any(
            party.sent and context.now - max(party.sent_at, party.received_at) > _SILENT for party in parties
        ):
            yield "long silent"

    def _resent(self, marks: frozenset[int], now: float) -> bool:
        return bool(marks) and any(now - at <= _RESENT and marks & earlier for at, earlier in self._recent)

    def _bilingual(self, address: str) -> bool:
        counts = self._languages.get(address, {})
        return sum(count >= _LANGUAGE_TIMES for count in counts.values()) > 1

    def learn(self, message: Message, facts: Facts) -> None:
        """Note a message, sent or received, once it was tagged."""
        if facts.sent and facts.at is not None:
            self._recent.append((facts.at, _marks(message)))
        if len(message.own_text) >= _LANGUAGE_TEXT[0]:
            spoken = language(message.own_text[: _LANGUAGE_TEXT[1]])
            with_whom = [address for address, _, _ in facts.recipients] if facts.sent else [facts.sender]
            if spoken and len(with_whom) == 1:
                counts = self._languages.setdefault(with_whom[0], {})
                counts[spoken] = counts.get(spoken, 0) + 1


def mistake(
    context: Context, stratum: int, mode: str, wrong: frozenset[str], meant: str | None
) -> frozenset[str]:
    """Return the sets of a simulated mistake: who is `wrong` on it, who was `meant` (if one was)."""
    return frozenset(_mistake(context, stratum, mode, wrong, meant))


def _mistake(
    context: Context, stratum: int, mode: str, wrong: frozenset[str], meant: str | None
) -> Iterator[str]:
    contacts = context.history.contacts
    named = {_TALKED_ABOUT: "talked-about person", _STALE: "stale list", _EXPOSED: "exposed list"}
    if stratum in named:
        yield named[stratum]
    if attachment_elsewhere(context):
        yield "wrong attachment name"
    if mode not in {"add", "replace"}:
        return
    bad = [party for party in context.parties if party.address in wrong]
    right = [party for party in context.parties if party.address not in wrong]
    known = contacts.get(meant) if meant else None
    beside = [known] if known is not None else right
    typed = stratum == _MISTYPED
    if not typed and any(_share_given_name(one, other) for one in bad for other in beside):
        yield "same first name"
    if meant and mode == "replace" and not typed:
        inside = _is_inside(meant.rpartition("@")[2], context)
        if any(_is_inside(party.domain, context) is not inside for party in bad):
            yield "client instead of boss"
    if meant and any(party.index < 0 and look_alike(party.address, meant) for party in bad):
        yield "look-alike of a known person"


def look_alike(address: str, known: str) -> bool:
    """Return whether an address is within two edits of a known one, or the same person's at a near domain."""
    local, _, domain = address.rpartition("@")
    other_local, _, other_domain = known.rpartition("@")
    near = distance(address, known) <= _EDITS
    return address != known and (near or (local == other_local and distance(domain, other_domain) <= _EDITS))


def attachment_elsewhere(context: Context) -> bool:
    """Return whether an attachment bears a name of somebody, or of a firm, known but not on the message.

    A person by two name tokens, an organisation by the first label of its domain; not if the
    name fits a recipient as well.
    """
    contacts = context.history.contacts
    here = {token for party in context.parties for token in party.tokens}
    here |= {_label(party.domain) for party in context.parties} | {
        _label(o) for o in context.own_organisations
    }
    for attachment in context.message.attachments[:20]:
        stem = attachment.name.rpartition(".")[0] or attachment.name
        tokens = tuple(dict.fromkeys(_STEM.findall(fold(stem))))
        if not tokens or here.intersection(tokens):
            continue
        if _people(tokens, contacts) or any(_label(domain) in tokens for domain in contacts.by_domain):
            return True
    return False


def _people(tokens: tuple[str, ...], contacts: Contacts) -> bool:
    pairs = ((one, other) for place, one in enumerate(tokens) for other in tokens[place + 1 :])
    return any(contacts.named(pair) for pair in pairs)


def _label(domain: str) -> str:
    return organisation(domain).partition(".")[0]


def _is_inside(domain: str, context: Context) -> bool:
    return organisation(domain) in context.own_organisations


def _given(contact: Contact) -> str:
    tokens = name_tokens(contact.name) or address_name_tokens(contact.local)
    return tokens[0] if len(tokens) > 1 and len(tokens[0]) > 1 else ""


def _share_given_name(one: Contact, other: Contact) -> bool:
    mine, yours = _given(one), _given(other)
    return bool(mine and yours) and (mine == yours or same_given_name(mine, yours))


def _introduces(context: Context) -> bool:
    known = any(party.sent or party.received for party in context.parties)
    if len(context.parties) < 2 or not known:
        return False
    indexes = [party.index for party in context.parties]
    together = context.history.groups.together
    apart = any(
        index < 0 or other < 0 or not together(index, other)
        for place, index in enumerate(indexes[:20])
        for other in indexes[place + 1 : 20]
    )
    return apart and bool(words().introduction.search(fold(context.message.own_text[:_OPENING])))


def _for_fun(context: Context) -> bool:
    message = context.message
    private = any(is_freemail(party.domain) and party.sent <= _SELDOM for party in context.parties)
    if not private or len(message.own_text) > _SHORT_NOTE:
        return False
    return message.kind is Kind.FORWARD or bool(words().joke.search(fold(message.base_subject)))


def _delegates(context: Context) -> bool:
    message = context.message
    text = message.own_text.strip()
    named = {*context.quoted_from, *context.quoted_to}
    return (
        bool(text)
        and len(text) <= _ONE_LINE
        and "\n" not in text
        and message.salutation is None
        and message.kind is not Kind.REPLY
        and all(party.sent and party.index not in named for party in context.parties)
    )


def _is_owners(party: Contact, context: Context) -> bool:
    mine = set(context.owner_tokens)
    tokens = {*address_name_tokens(party.local), *name_tokens(party.name)}
    owner = context.message.sender.address.rpartition("@")[0]
    return (len(mine) > 1 and mine <= tokens) or (len(owner) > 3 and party.local == owner)


def _is_list(party: Contact) -> bool:
    tokens = {*address_name_tokens(party.local), *name_tokens(party.name)}
    if words().list & tokens:
        return True
    person = any(is_given_name(token) for token in tokens)
    return not person and not party.received and party.together >= _LIST_SEEN


def _marks(message: Message) -> frozenset[int]:
    """What makes two mails the same: the text if there is enough of it, or what is passed on."""
    own = _SPACE.sub(" ", fold(message.own_text)).strip()
    found = {hash(("own", own))} if len(own) >= _LEAST_TEXT else set()
    if message.kind is not Kind.REPLY and len(message.quoted_text) >= _LEAST_TEXT:
        found.add(hash(("quoted", _SPACE.sub(" ", message.quoted_text[:4_000]).strip())))
    return frozenset(found)
