r"""Reading mail over IMAP so that nothing changes: EXAMINE, UID SEARCH, FETCH with BODY.PEEK.

Of each message the header block and the chosen text parts are fetched, of attachments only name,
type and size. A chunk costs one round trip for the headers and one for each different set of
text part numbers in it, which are few.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scanner.errors import ConnectError, ThrottledError
from scanner.mailbox.imap import Opened, Session
from scanner.mailbox.item import Failed, Item
from scanner.mailbox.structure import read_structure
from scanner.mailbox.trouble import AnswerError, RefusedError
from scanner.message import limits
from scanner.message.mime import Part, Selection, TextPart, select
from scanner.message.parse import build, parse

CHUNK = 250
_HEADER = f"BODY.PEEK[HEADER]<0.{limits.HEADER_OCTETS + 1}>"
_FACTS = ("RFC822.SIZE", "INTERNALDATE")
_RAW_OCTETS = 1024 * 1024
_ANSWER_OCTETS = 8 * 1024 * 1024
"""How much text is asked for in one command, so that an answer stays small."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one chunk of a folder holds.

    `last_uid` is the highest UID that the chunk covers, messages that have gone included; once
    the batch is dealt with it is the new cursor, together with `uidvalidity`. `renumbered` is
    true where the folder has another UIDVALIDITY than the caller knew: its UIDs mean other
    messages now and it is read from the start. `exists` is how many messages the folder held
    when it was opened.
    """

    folder: str
    uidvalidity: int
    renumbered: bool
    exists: int
    last_uid: int
    items: tuple[Item | Failed, ...]


class LineLostError(ConnectError):
    """The line was lost while mail was read; `uids` are the messages that had been asked for."""

    def __init__(self, error: ConnectError, opened: Opened, uids: Sequence[int]) -> None:
        super().__init__(str(error), meaning=error.meaning, remedy=error.remedy)
        self.folder = opened.folder
        self.uidvalidity = opened.uidvalidity
        self.uids = tuple(uids)


def fetch_new(
    session: Session,
    folder: str,
    since_uid: int = 0,
    *,
    uidvalidity: int | None = None,
    sent: bool | None = None,
    chunk: int = CHUNK,
    full_text: bool = True,
    sparing: Collection[int] = (),
    arrived_since: date | None = None,
) -> Iterator[Batch]:
    """Read the messages of a folder with a UID above `since_uid`, in UID order.

    Parameters
    ----------
    uidvalidity
        The UIDVALIDITY that `since_uid` belongs to. Where the folder has another one by now, one
        batch says so (`renumbered`), even if it is empty, and reading starts at the first message.
    sent
        What the items say of themselves: whether this is a Sent folder.
    chunk
        Messages per round trip and batch.
    full_text
        False reads headers only; such messages carry the flaw "text-unread", and no attachments.
    sparing
        The UIDs of messages of which, in spite of `full_text`, only the header is read.
    arrived_since
        Leaves out what arrived before this day, by the server's own calendar.

    Raises
    ------
    FolderError, ConnectError, ThrottledError, RefusedError, AnswerError
        A message that alone cannot be read raises nothing: it is a `Failed` item. Where the line is
        lost over some messages, the error is a `LineLostError`.

    Notes
    -----
    Between two batches the session may be used for other things, other folders included. Where the
    folder got another UIDVALIDITY meanwhile, reading ends; the next call finds out.
    """
    opened = session.examine(folder)
    renumbered = uidvalidity is not None and uidvalidity != opened.uidvalidity
    if renumbered:
        since_uid = 0
    uids = _above(session, since_uid, arrived_since)
    if renumbered and not uids:
        yield Batch(folder, opened.uidvalidity, renumbered, opened.exists, 0, ())
    for start in range(0, len(uids), chunk):
        if session.opened != folder and session.examine(folder).uidvalidity != opened.uidvalidity:
            return
        some = uids[start : start + chunk]
        full = full_text and not any(uid in sparing for uid in some)
        try:
            items = _read(session, opened, some, sent=sent, full_text=full)
        except ThrottledError:
            raise
        except ConnectError as error:
            raise LineLostError(error, opened, some) from error
        yield Batch(folder, opened.uidvalidity, renumbered, opened.exists, some[-1], tuple(items))


def fetch_uids(session: Session, folder: str, uids: Sequence[int], *, sent: bool | None = None) -> list[Item]:
    """Read certain messages of a folder; those that have gone or cannot be read are left out."""
    if not uids:
        return []
    opened = session.examine(folder)
    return [one for one in _read(session, opened, uids, sent=sent, full_text=True) if isinstance(one, Item)]


def message_ids(
    session: Session, folder: str, since_uid: int = 0, *, uidvalidity: int | None = None
) -> frozenset[str]:
    """Give the Message-IDs of the messages above `since_uid`, as in `Message.message_id`.

    Where the folder has another UIDVALIDITY by now, those of all its messages.
    """
    opened = session.examine(folder)
    if uidvalidity is not None and uidvalidity != opened.uidvalidity:
        since_uid = 0
    uids = _above(session, since_uid, None)
    found: set[str] = set()
    for start in range(0, len(uids), _IDS_AT_ONCE):
        answers = session.fetch(uids[start : start + _IDS_AT_ONCE], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
        for answer in answers.values():
            header = next((value for value in answer.values() if isinstance(value, bytes)), b"")
            found.add(build(header, (), ()).message_id)
    return frozenset(found - {""})


_IDS_AT_ONCE = 1000


def _above(session: Session, since_uid: int, arrived_since: date | None) -> list[int]:
    criteria = ["UID", f"{since_uid + 1}:*"]
    if arrived_since is not None:
        # Written out here: the names of months must be English whatever the locale.
        criteria += [
            "SINCE",
            f"{arrived_since.day}-{MONTHS[arrived_since.month - 1]}-{arrived_since.year:04}",
        ]
    # "n:*" always matches the last message, also where its UID is below n (RFC 9051 section 6.4.4).
    return [uid for uid in session.search(criteria) if uid > since_uid]


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _read(
    session: Session, opened: Opened, uids: Sequence[int], *, sent: bool | None, full_text: bool
) -> list[Item | Failed]:
    """Read a chunk; where its answer makes no sense, read one by one, so that one message fails alone."""
    try:
        found = _read_together(session, uids, full_text=full_text)
    except (AnswerError, RefusedError):
        found = {}
        for uid in uids:
            found.update(_read_alone(session, uid, full_text=full_text))
        found.update(_read_again(session, uids, found, full_text=full_text))
    items: list[Item | Failed] = []
    for uid in uids:
        one = found.get(uid)
        if isinstance(one, str):
            items.append(Failed(opened.folder, uid, opened.uidvalidity, one))
        elif one is not None:
            items.append(_item(opened, uid, one, sent=sent))
    return items


@dataclass(slots=True)
class _Fetched:
    """What has been fetched of one message."""

    header: bytes
    arrived: datetime | None
    size: int | None
    selection: Selection | None = None
    payloads: dict[str, bytes] = dataclasses.field(default_factory=dict)
    raw: bytes | None = None


def _read_together(session: Session, uids: Sequence[int], *, full_text: bool) -> dict[int, _Fetched | str]:
    """Fetch a chunk. A message that has gone meanwhile is left out; a string says why one failed."""
    wanted = (*_FACTS, _HEADER, "BODYSTRUCTURE") if full_text else (*_FACTS, _HEADER)
    found: dict[int, _Fetched | str] = {}
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for uid, answer in session.fetch(uids, wanted).items():
        header = _octets(answer, "HEADER")
        if header is None:
            found[uid] = "The server sent no header."
            continue
        one = _Fetched(header, _moment(answer.get(b"INTERNALDATE")), answer.get(b"RFC822.SIZE"))
        found[uid] = one
        if full_text:
            one.selection = _selection(answer.get(b"BODYSTRUCTURE"), header)
            groups[_numbers(one.selection)].append(uid)
    for numbers, members in groups.items():
        for some in _portions(members, found):
            _add_texts(session, numbers, some, found)
    return found


def _add_texts(
    session: Session, numbers: Sequence[str], uids: Sequence[int], found: dict[int, _Fetched | str]
) -> None:
    if not numbers:
        return
    whole = numbers == _WHOLE
    items = [f"BODY.PEEK[]<0.{_RAW_OCTETS}>"] if whole else [
        f"BODY.PEEK[{number}]<0.{limits.ENCODED_OCTETS}>" for number in numbers
    ]  # fmt: skip
    answers = session.fetch(uids, items)
    for uid in uids:
        one, answer = found[uid], answers.get(uid)
        if answer is None:
            found.pop(uid)  # gone meanwhile
        elif isinstance(one, _Fetched) and whole:
            one.raw = _octets(answer, "") or b""
        elif isinstance(one, _Fetched):
            for number in numbers:
                one.payloads[number] = _octets(answer, number) or b""


def _read_alone(session: Session, uid: int, *, full_text: bool) -> dict[int, _Fetched | str]:
    try:
        return _read_together(session, [uid], full_text=full_text)
    except (AnswerError, RefusedError) as error:
        first = error
    try:  # perhaps the server only stumbles over the structure
        answer = session.fetch([uid], [f"BODY.PEEK[]<0.{_RAW_OCTETS}>"]).get(uid)
    except (AnswerError, RefusedError):
        return {uid: str(first)}
    if answer is None:
        return {}  # gone meanwhile
    raw = _octets(answer, "")
    return {uid: str(first) if raw is None else _Fetched(b"", None, None, raw=raw)}


def _read_again(
    session: Session, uids: Sequence[int], found: dict[int, _Fetched | str], *, full_text: bool
) -> dict[int, _Fetched | str]:
    """Try once more what failed, unless the server gives no mail at all now: then that is the error."""
    failed = [uid for uid in uids if isinstance(found.get(uid), str)]
    if len(failed) == len(uids) and not beside(session, uids):
        raise RefusedError(
            f"{session.endpoint.host} gives no mail at present. {found[failed[0]]}",
            remedy="It is tried again by itself; no message is passed over for it.",
        )
    again: dict[int, _Fetched | str] = {}
    for uid in failed:
        again.update(_read_alone(session, uid, full_text=full_text))
    return again


def beside(session: Session, uids: Sequence[int]) -> bool:
    """Whether the header of another message of the open folder, next to `uids`, can be read.

    If so, what is wrong is wrong with those messages and not with the server. False also where
    the folder has no other message nearby. Raises `ConnectError` where the line is lost over it.
    """
    low, high = min(uids), max(uids)
    try:
        near = session.search(["UID", f"{max(1, low - _NEAR)}:{high + _NEAR}"])
        others = [uid for uid in near if not low <= uid <= high]
        if not others:
            return False
        other = min(others, key=lambda uid: abs(uid - low))
        return _octets(session.fetch([other], (*_FACTS, _HEADER)).get(other, {}), "HEADER") is not None
    except (AnswerError, RefusedError):
        return False


_NEAR = 1000
"""How many UIDs away another message is looked for."""


def _octets(answer: dict[bytes, Any], section: str) -> bytes | None:
    """The octets of a section, None where there are none; some servers leave out where they start."""
    for key in (f"BODY[{section}]<0>".encode(), f"BODY[{section}]".encode()):
        if key in answer:
            value = answer[key]
            return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
    return None


def _selection(structure: Any, header: bytes) -> Selection | None:  # noqa: ANN401  whatever the server sent
    """Choose what to read; None where the structure is of no use, and the octets must tell."""
    try:
        return select(read_structure(structure, header))
    except (TypeError, ValueError, IndexError, AttributeError, RecursionError):
        return None


_WHOLE = ("",)


def _numbers(selection: Selection | None) -> tuple[str, ...]:
    if selection is None:
        return _WHOLE
    return tuple(part.number for part in selection.texts if part.size)


def _portions(uids: Sequence[int], found: dict[int, _Fetched | str]) -> Iterator[list[int]]:
    """Cut a list of messages so that no answer grows much beyond `_ANSWER_OCTETS`."""
    some: list[int] = []
    octets = 0
    for uid in uids:
        one = found[uid]
        selection = one.selection if isinstance(one, _Fetched) else None
        more = (
            sum(min(part.size, limits.ENCODED_OCTETS) for part in selection.texts)
            if selection
            else _RAW_OCTETS
        )
        if some and octets + more > _ANSWER_OCTETS:
            yield some
            some, octets = [], 0
        some.append(uid)
        octets += more
    if some:
        yield some


def _item(opened: Opened, uid: int, one: _Fetched, *, sent: bool | None) -> Item | Failed:
    try:
        if one.raw is not None:
            message = parse(one.raw)
        elif one.selection is not None:
            texts = [_text_part(part, one.payloads) for part in one.selection.texts]
            message = build(one.header, texts, one.selection.attachments)
        else:
            message = build(one.header, (), ())
            message = dataclasses.replace(message, flaws=(*message.flaws, "text-unread"))
    except Exception as error:  # noqa: BLE001  a defect in the parser may cost one message, never the folder
        return Failed(
            opened.folder, uid, opened.uidvalidity, f"It could not be parsed ({type(error).__name__})."
        )
    return Item(opened.folder, sent, uid, opened.uidvalidity, message, one.arrived, one.size, "imap")


def _text_part(part: Part, payloads: dict[str, bytes]) -> TextPart:
    return TextPart(part.content_type, part.charset, part.transfer_encoding, payloads.get(part.number, b""))


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
