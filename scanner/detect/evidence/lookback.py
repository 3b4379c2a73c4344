"""Recognises evidence: takes one mailbox's mail in order and says what each mail shows of earlier sent ones.

A phrase proves nothing by itself. What it is about follows from who wrote to whom before: a sender
takes back what went to the same person within three days, a recipient complains of a mail that was
really sent to them. What strangers write about mail that never went out is no evidence.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from scanner.detect.evidence.compare import answered, part, replaced, same, same_house
from scanner.detect.evidence.signs import Evidence, Kind
from scanner.detect.evidence.trail import Marks, Trail
from scanner.message.recalls import recalled_subject
from scanner.message.retractions import Retraction, is_notice, retraction
from scanner.message.subjects import base_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from scanner.detect.verdict import Verdict
    from scanner.message.bounces import DeliveryFailure
    from scanner.message.model import Message

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

RETRACTED = 72 * HOUR
RESENT = 30 * MINUTE
ANSWERED = 14 * DAY
BOUNCED = 7 * DAY
KEPT = ANSWERED
"""Seconds after the send in which a sign of each kind counts."""

MOST = 5_000
"""Sent messages that are remembered."""

_SUSPECTED_FROM = 0.002
_SERIAL = 3
"""From so many mails of one text on, they are sent one by one on purpose."""

_DIALOGUE = 2
_DISORDER = DAY
"""Seconds by which messages may come out of order: what is filed late is found all the same."""
_BAD_ADDRESS = ("5.1.", "5.4.4", "5.4.310")
"""Enhanced status codes (RFC 3463) that say that the address or its domain does not exist."""


class Near(Protocol):
    """Names the known address that a mistyped one was probably meant to be."""

    def __call__(self, address: str) -> str:
        """The known address within two edits of this one, "" where there is none."""


class Lookback:
    """Remembers what went out in the last two weeks and recognises what later mail says of it.

    Mail is given in order, each message once. `sent` and `received` return the evidence that the
    message is; trails that changed since `changed` was last called are what a store has to keep.
    """

    def __init__(self, owner: AbstractSet[str], *, near: Near, key: bytes = b"") -> None:
        self._owner = owner
        self._near = near
        self._marks = Marks(key)
        self._trails: deque[Trail] = deque()
        self._by_about: dict[str, Trail] = {}
        self._changed: dict[str, Trail] = {}

    def restore(self, trails: Iterable[bytes]) -> None:
        """Remember what a store kept, oldest first; raises ValueError for anything else."""
        for packed in trails:
            self._remember(Trail.unpack(packed))
        self._changed.clear()

    def changed(self) -> list[Trail]:
        """Return the trails that are new or changed since the last call, oldest first."""
        found = list(self._changed.values())
        self._changed.clear()
        return found

    def sent(self, message: Message, verdict: Verdict, *, source: bool = True) -> list[Evidence]:
        """Return what a sent message shows of earlier ones, and remember it.

        A message that is no `source` shows nothing and changes nothing that is found without it.
        """
        if message.date is None:
            return []
        at = message.date.timestamp()
        self._forget(at)
        takes_back = retraction(message)
        recalled = recalled_subject(message)
        trail = self._trail(message, verdict, at)
        trail.retracts = takes_back in {Retraction.PARTY, Retraction.WITHDRAWN} or recalled is not None
        trail.listed = not source
        found: list[Evidence] = []
        if source:
            if recalled is not None:
                found += self._recall(message, trail, recalled)
            elif trail.retracts:
                found += self._retraction(message, trail, sure=takes_back is Retraction.PARTY)
                if takes_back is Retraction.PARTY:
                    found += self._again(message, trail, sorry=True)
            else:
                found += self._again(message, trail)
        self._remember(trail)
        return found

    def received(self, message: Message) -> list[Evidence]:
        """Return what a received message shows of earlier sent ones."""
        if message.date is not None:
            self._forget(message.date.timestamp())
        if message.failures:
            return list(self._bounces(message))
        if message.automatic or message.sender.address in self._owner:
            return []
        return self._notice(message) if is_notice(message) else self._dialogue(message)

    # What the sender does

    def _retraction(self, message: Message, later: Trail, *, sure: bool) -> Iterator[Evidence]:
        answers = answered(message)

        def rank(trail: Trail) -> tuple[int, float]:
            same = bool(trail.subject) and trail.subject == later.subject
            return 4 * (trail.about in answers) + 2 * same, trail.at

        for pool, only_listed in self._pools(later.at, RETRACTED):
            near = [trail for trail in pool if not trail.retracts and trail.addresses & later.addresses]
            best = max(near, key=rank, default=None)
            if best is None or best.listed < only_listed:
                continue
            certain = rank(best)[0] > 0
            if not sure and not certain and later.at - best.at > DAY:
                continue
            worth = "withdrawn" if not sure else "retraction"
            if sure and not certain and len(near) > 1:
                worth = "retraction of one of several"
            about = part(best, best.addresses & later.addresses)
            yield from self._found(Kind.RETRACTION, best, message, worth, about)

    def _recall(self, message: Message, later: Trail, subject: str) -> Iterator[Evidence]:
        wanted = self._marks.subject(base_subject(subject))
        for pool, only_listed in self._pools(later.at, ANSWERED):
            near = [
                trail
                for trail in pool
                if not trail.retracts and trail.subject == wanted != 0 and trail.addresses & later.addresses
            ]
            if near and near[-1].listed >= only_listed:
                best = near[-1]
                about = part(best, best.addresses & later.addresses)
                yield from self._found(Kind.RECALL, best, message, "recall", about)

    def _again(self, message: Message, later: Trail, *, sorry: bool = False) -> Iterator[Evidence]:
        """Yield what was sent again; `sorry`: with a word to the right one that the first was wrong."""
        for near, only_listed in self._pools(later.at, RESENT):
            same_text = {trail.addresses for trail in near if trail.text and trail.text == later.text}
            if len(same_text | {later.addresses}) >= _SERIAL:
                continue
            for trail in reversed(near):
                found, worth = replaced(trail, later), same(trail, later, sorry=sorry)
                if (
                    not found
                    or not worth
                    or trail.retracts
                    or any(kind == Kind.BOUNCE for kind, _ in trail.signs)
                ):
                    continue
                if trail.listed >= only_listed:
                    about = part(trail, found[0])
                    yield from self._found(Kind.RESEND, trail, message, worth, about, meant=found[1])
                break

    # What others say

    def _notice(self, message: Message) -> list[Evidence]:
        sender = message.sender.address
        trail = self._referred(message)
        if trail is not None:
            if sender in trail.addresses:
                return list(self._found(Kind.NOTICE, trail, message, "notice", (sender,)))
            house = [one for one in sorted(trail.addresses) if same_house(one, sender)]
            if house:
                return list(self._found(Kind.NOTICE, trail, message, "notice from their house", tuple(house)))
            return []
        if answered(message) or message.date is None:
            return []  # it answers something that is not known here
        subject, at = self._marks.subject(message.base_subject), message.date.timestamp()
        found: list[Evidence] = []
        for pool, only_listed in self._pools(at, ANSWERED):
            near = [one for one in pool if subject and one.subject == subject and sender in one.addresses]
            if near and near[-1].listed >= only_listed:
                found += self._found(Kind.NOTICE, near[-1], message, "notice by subject", (sender,))
        return found

    def _dialogue(self, message: Message) -> list[Evidence]:
        sender = message.sender.address
        trail = self._referred(message)
        if trail is None or sender not in trail.suspected or not message.own_text:
            return []
        trail.replies[sender] = trail.replies.get(sender, 0) + 1
        self._changed[trail.about] = trail
        told = any(kind != Kind.ANSWER and who in {"", sender} for kind, who in trail.signs)
        if trail.replies[sender] < _DIALOGUE or told:
            return []
        return list(self._found(Kind.ANSWER, trail, message, "conversation", (sender,)))

    def _bounces(self, message: Message) -> Iterator[Evidence]:
        for failure in message.failures:
            if not failure.status.startswith(_BAD_ADDRESS):
                continue
            for trail in self._returned(message, failure):
                # Otherwise it is a forwarder's, or about a mail that did not go out from here.
                if failure.address in trail.addresses and (meant := self._near(failure.address)):
                    about = (failure.address,)
                    yield from self._found(Kind.BOUNCE, trail, message, "bounce", about, meant=meant)

    def _returned(self, message: Message, failure: DeliveryFailure) -> list[Trail]:
        """Return what came back: by Message-ID or, where the report has none, the last to that address."""
        if known := self._by_about.get(failure.message_id) or self._referred(message):
            return [known]
        if failure.message_id or message.date is None:
            return []
        at, found = message.date.timestamp(), []
        for pool, only_listed in self._pools(at, BOUNCED):
            near = [one for one in pool if failure.address in one.addresses]
            if near and near[-1].listed >= only_listed:
                found.append(near[-1])
        return found

    # Memory

    def _found(
        self, kind: Kind, trail: Trail, by: Message, worth: str, addresses: Sequence[str], *, meant: str = ""
    ) -> Iterator[Evidence]:
        """Yield a sign unless the same was found before."""
        fresh = [who for who in (addresses or ("",)) if (kind.value, who) not in trail.signs]
        if not fresh:
            return
        trail.signs |= {(kind.value, who) for who in fresh}
        self._changed[trail.about] = trail
        yield Evidence(
            kind=kind,
            about=trail.about,
            message_id=by.message_id,
            at=by.date,
            worth=worth,
            addresses=tuple(fresh) if addresses else (),
            meant=meant,
        )

    def _pools(self, at: float, within: float) -> Iterator[tuple[list[Trail], bool]]:
        """Yield where to look for a match: what was sent in the last `within` seconds, oldest first.

        Without the listed messages, and once more among all.

        The second time a match counts only if it is a listed one: what is found of other messages
        is the same with and without them.
        """
        near: list[Trail] = []
        for trail in reversed(self._trails):
            if trail.at < at - within - _DISORDER:
                break
            if 0.0 <= at - trail.at <= within:
                near.append(trail)
        near.reverse()
        yield [trail for trail in near if not trail.listed], False
        if any(trail.listed for trail in near):
            yield near, True

    def _referred(self, message: Message) -> Trail | None:
        """Return the sent message that this one says it answers: the direct one before older ones."""
        return next((found for one in answered(message) if (found := self._by_about.get(one))), None)

    def _trail(self, message: Message, verdict: Verdict, at: float) -> Trail:
        marks = self._marks
        return Trail(
            about=message.message_id or message.digest,
            at=at,
            recipients=tuple((one.address, one.name) for one in verdict.recipients),
            suspected=frozenset(one.address for one in verdict.recipients if one.score >= _SUSPECTED_FROM),
            kind=message.kind.value,
            subject=marks.subject(message.base_subject),
            text=marks.text(message.own_text),
            quoted=marks.text(message.quoted_text),
            attachments=marks.attachments(message),
        )

    def _remember(self, trail: Trail) -> None:
        if not trail.recipients:
            return
        self._trails.append(trail)
        self._by_about[trail.about] = trail
        self._changed[trail.about] = trail
        if len(self._trails) > MOST:
            self._drop()

    def _forget(self, now: float) -> None:
        while self._trails and now - self._trails[0].at > KEPT:
            self._drop()

    def _drop(self) -> None:
        old = self._trails.popleft()
        self._by_about.pop(old.about, None)
