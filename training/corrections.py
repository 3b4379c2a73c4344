"""Signs in a mailbox that its owner corrected a message: seen by who looks back, never by the detector."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from scanner.message.names import address_name_tokens, fold, name_tokens
from scanner.message.retractions import Retraction, is_notice, retraction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scanner.message.model import Message
    from training.corpora import Mailbox

KINDS = {
    "taken back": "the sender writes that a mail went to the wrong party, within 72 hours",
    "sent again": "the same text goes to other recipients, like the first ones by name or in part the same",
    "recipient says so": "a recipient answers that the mail was not for them, within 14 days",
    "misspelt": "an address of one subject only and otherwise never heard of, within two edits of another "
    "that is written to more often, or later about the same",
}

_HOUR = 3_600.0
_TAKEN_BACK = 72 * _HOUR
_AGAIN = 72 * _HOUR
_AT_ONCE = 600.0
_ANSWERED = 14 * 24 * _HOUR
_LOOK_BACK = 40
_LEAST_TEXT = 30
_MANY = 40
_EDITS = 2
_LOCAL = 4
_OFTEN = 2
_NOTICED = 72 * _HOUR
_WORDS = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Correction:
    """One sign: `ordinal` is the place of the corrected message among the sent ones.

    `minutes` pass until the correction, None where the owner gave no sign of noticing; `wrong`
    are the wrong addresses where the sign tells which.
    """

    ordinal: int
    kind: str
    minutes: float | None
    wrong: frozenset[str] = frozenset()


def corrections(mailbox: Mailbox) -> list[Correction]:
    """Return the signs in one mailbox: one for each corrected message, the surest kind of several."""
    outgoing = [message for message, sent in mailbox.mail if sent]
    found: dict[int, Correction] = {}
    for signs in (_taken_back(outgoing), _again(outgoing), _notices(mailbox), _misspelt(mailbox, outgoing)):
        for sign in signs:
            found.setdefault(sign.ordinal, sign)
    return [found[ordinal] for ordinal in sorted(found)]


def _since(later: Message, earlier: Message) -> float | None:
    """Return the seconds between two messages, None where one is undated or they come the wrong way round."""
    if later.date is None or earlier.date is None:
        return None
    seconds = (later.date - earlier.date).total_seconds()
    return seconds if seconds >= 0.0 else None


def _people(message: Message) -> frozenset[str]:
    return frozenset(recipient.address for recipient in message.recipients)


def _before(outgoing: Sequence[Message], place: int, within: float) -> Iterator[tuple[int, float]]:
    """Yield (place, seconds) of the messages sent before one, the latest first."""
    for earlier in range(place - 1, max(-1, place - 1 - _LOOK_BACK), -1):
        seconds = _since(outgoing[place], outgoing[earlier])
        if seconds is not None and seconds <= within:
            yield earlier, seconds


def _taken_back(outgoing: Sequence[Message]) -> Iterator[Correction]:
    for place, message in enumerate(outgoing):
        if retraction(message) not in {Retraction.PARTY, Retraction.WITHDRAWN}:
            continue
        related = [
            (rank, -seconds, earlier)
            for earlier, seconds in _before(outgoing, place, _TAKEN_BACK)
            if (rank := _related(message, outgoing[earlier]))
        ]
        if related:
            _, seconds, earlier = max(related)
            yield Correction(earlier, "taken back", -seconds / 60.0)


def _related(later: Message, earlier: Message) -> int:
    """Return how surely one message speaks of another: the subject counts more than the people, both most."""
    return 2 * _same_subject(later, earlier) + bool(_people(later) & _people(earlier))


def _same_subject(one: Message, other: Message) -> bool:
    return one.base_subject == other.base_subject != ""


def _bare(text: str) -> str:
    return _WORDS.sub(" ", fold(text[:4_000])).strip()


def _again(outgoing: Sequence[Message]) -> Iterator[Correction]:
    texts = [(_bare(message.own_text), _bare(message.quoted_text)) for message in outgoing]
    for place, message in enumerate(outgoing):
        mine = _people(message)
        for earlier, seconds in _before(outgoing, place, _AGAIN):
            theirs = _people(outgoing[earlier])
            dropped, new = theirs - mine, mine - theirs
            if not dropped or not new:
                continue
            at_once = seconds <= _AT_ONCE and bool(mine & theirs)
            # What was passed on without a word has a new header block each time.
            bare = texts[place][0] == texts[earlier][0] and _same_subject(message, outgoing[earlier])
            if not (at_once and bare) and not _same(texts[place], texts[earlier]):
                continue
            like = _alike(outgoing[earlier], message, dropped, new)
            if like or at_once:
                yield Correction(earlier, "sent again", seconds / 60.0, like or dropped)
                break


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return any(len(mine) >= _LEAST_TEXT and mine == yours for mine, yours in zip(one, other, strict=True))


def _alike(earlier: Message, later: Message, dropped: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    """Return the dropped recipients who are like a new one by address or by a name."""
    if len(dropped) > _MANY or len(new) > _MANY:
        return frozenset()
    names = {r.address: r.name for message in (earlier, later) for r in message.recipients}
    tokens = {
        address: {
            token
            for token in (*address_name_tokens(address.rpartition("@")[0]), *name_tokens(names[address]))
            if len(token) > 2
        }
        for address in dropped | new
    }
    return frozenset(
        one
        for one in dropped
        for other in new
        if OSA.distance(one, other, score_cutoff=_EDITS) <= _EDITS or tokens[one] & tokens[other]
    )


def _notices(mailbox: Mailbox) -> Iterator[Correction]:
    outgoing: list[Message] = []
    for message, sent in mailbox.mail:
        if sent:
            outgoing.append(message)
        elif is_notice(message) and message.sender.address not in mailbox.owner:
            for place in range(len(outgoing) - 1, max(-1, len(outgoing) - 1 - 10 * _LOOK_BACK), -1):
                seconds = _since(message, outgoing[place])
                if seconds is None or seconds > _ANSWERED:
                    continue
                if _answers(message, outgoing[place]):
                    wrong = frozenset({message.sender.address})
                    yield Correction(place, "recipient says so", seconds / 60.0, wrong)
                    break


def _answers(answer: Message, sent: Message) -> bool:
    by_id = bool(sent.message_id) and sent.message_id in (answer.in_reply_to, *answer.references)
    by_subject = answer.base_subject == sent.base_subject != ""
    return answer.sender.address in _people(sent) and (by_id or by_subject)


def _misspelt(mailbox: Mailbox, outgoing: Sequence[Message]) -> Iterator[Correction]:
    written: dict[str, list[int]] = defaultdict(list)
    for place, message in enumerate(outgoing):
        for address in _people(message) - mailbox.owner:
            written[address].append(place)
    heard = _heard(mailbox)
    known = list(written)
    for address, places in written.items():
        message = outgoing[places[0]]
        subjects = {outgoing[place].base_subject for place in places}
        if len(subjects) > 1 or len(address.rpartition("@")[0]) < _LOCAL or heard[address] - subjects:
            continue
        for other, _, _ in process.extract(address, known, scorer=OSA.distance, score_cutoff=_EDITS, limit=9):
            if other == address or not _may_be_one(address, other, message, outgoing[written[other][0]]):
                continue
            minutes = _noticed(outgoing, places[0], written[other])
            if len(written[other]) >= _OFTEN * len(places) or minutes is not None:
                yield Correction(places[0], "misspelt", minutes, frozenset({address}))
                break


def _heard(mailbox: Mailbox) -> defaultdict[str, set[str]]:
    """Return address -> the subjects of received mail with it; a sender has one more, its own."""
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for message, sent in mailbox.mail:
        if not sent:
            heard[message.sender.address].add(f"from {message.sender.address}")
            for address in _people(message):
                heard[address].add(message.base_subject)
    return heard


def _may_be_one(address: str, other: str, message: Message, usual: Message) -> bool:
    """Return whether an address may be a slip for another: not both on the message, no other name."""
    if other in _people(message):
        return False
    mine, yours = _name(message, address), _name(usual, other)
    if len(mine) < 2 or len(yours) < 2:
        return True
    return OSA.distance(mine[0], yours[0]) <= 1 and OSA.distance(mine[-1], yours[-1]) <= 1


def _name(message: Message, address: str) -> tuple[str, ...]:
    return name_tokens(next(r.name for r in message.recipients if r.address == address))


def _noticed(outgoing: Sequence[Message], place: int, right: Sequence[int]) -> float | None:
    """Return the minutes until the same subject went to the right address, None where it never did."""
    for later in right:
        if later > place and _same_subject(outgoing[later], outgoing[place]):
            seconds = _since(outgoing[later], outgoing[place])
            if seconds is not None and seconds <= _NOTICED:
                return seconds / 60.0
    return None
