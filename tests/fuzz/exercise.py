"""The way of octets from outside to facts, and what must hold of it whatever the octets are."""

from __future__ import annotations

import signal
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import NoReturn

from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from scanner.mailbox import reader
from scanner.message import limits
from scanner.message import parse as parsing
from scanner.message.addresses import normalise_address
from scanner.message.addresslist import parse_addresses
from scanner.message.dates import parse_date
from scanner.message.decode import decode_words
from scanner.message.headers import read_fields, split_message
from scanner.message.htmltext import html_to_text
from scanner.message.mime import RawTree, TextPart, select
from scanner.message.model import Message, Person, Recipient
from scanner.message.named import named_people
from scanner.message.owntext import split_text
from scanner.message.parse import build, parse
from scanner.message.salutation import read_salutation
from scanner.message.signature import split_signature
from scanner.message.subjects import base_subject, subject_kind

SECONDS = 2.0
"""Processor time that one message may take."""

MULTIPLE = 50
"""Octets of memory for each octet that is read of a message."""

FLOOR = 2 * 1024 * 1024
"""Octets of memory that any message may take: vocabularies that are loaded once, caches of patterns."""

READ = limits.HEADER_OCTETS + limits.ENCODED_OCTETS
"""Octets that are read of a message at most; those behind them are only looked through for boundaries."""

_BROKEN_ANSWER = (ProtocolError, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError)
_MOST_STRUCTURE = 4096


class Trouble(BaseException):
    """A message was not worked on as it must be.

    No `Exception`, so that what guards a folder against one bad message does not swallow it.
    """


def exercise(octets: bytes) -> Message:
    """Read the octets as a message, an address list, a text, and a server's answer; returns the message.

    Raises `Trouble`, or whatever went wrong on the way.
    """
    message = parse(octets)
    if "unreadable" in message.flaws:
        parsing._parse(octets)
        raise Trouble("parse() gave up on a message that it can read")
    _sound(message)
    if message != _by_parts(octets, message.flaws):
        raise Trouble("built from its parts the message is another one")
    text = octets.decode("utf-8", "replace").replace("\0", "")[: limits.TEXT_CHARACTERS]
    _texts(text)
    _addresses(text)
    if octets[:1] == b"(":
        _structure(octets[:_MOST_STRUCTURE])
    return message


def _sound(message: Message) -> None:
    """Hold a message against what its docstring promises."""
    people: list[Person | Recipient] = [message.sender, *message.recipients, *message.reply_to]
    for one in people:
        if one.address != normalise_address(one.address):
            raise Trouble(f"the address {one.address!r} has another spelling")
        if not (one.address + one.name).isprintable():
            raise Trouble(f"{one.name!r} <{one.address!r}> acts on a terminal")
    addresses = [one.address for one in message.recipients]
    if len(addresses) != len(set(addresses)):
        raise Trouble("a recipient stands there twice")
    if not message.subject.isprintable():
        raise Trouble("the subject acts on a terminal")
    if any(one in message.message_id + message.in_reply_to + "".join(message.references) for one in "\r\n\0"):
        raise Trouble("a message id has a line end")
    repr(message).encode()
    for text in (message.own_text, message.quoted_text, message.base_subject, message.message_id):
        text.encode()


def _by_parts(octets: bytes, flaws: tuple[str, ...]) -> Message:
    """Make of header, structure and text parts, one by one, what the reader makes of the same message."""
    if b"\n" not in octets:
        octets = octets.replace(b"\r", b"\n")
    start, end, body = split_message(octets)
    tree = RawTree(octets, read_fields(octets[start:end])[0], body)
    chosen = select(tree.root)
    texts = [
        TextPart(part.content_type, part.charset, part.transfer_encoding, tree.payload(part))
        for part in chosen.texts
    ]
    built = build(octets[:body], texts, chosen.attachments)
    if tree.flaws | set(built.flaws) != set(flaws):
        raise Trouble(f"built from its parts the message has the flaws {built.flaws} instead of {flaws}")
    return replace(built, flaws=flaws)


def _texts(text: str) -> None:
    split = split_text(text)
    split_signature(split.own)
    read_salutation(text)
    named_people(text)
    split_text(html_to_text(text))
    decode_words(text)
    parse_date(text)
    subject_kind(text)
    bare = base_subject(text)
    if "\n" in bare:
        raise Trouble("a base subject has a line end")


def _addresses(text: str) -> None:
    people, _ = parse_addresses(text)
    for person in people:
        if person.address != normalise_address(person.address):
            raise Trouble(f"the address {person.address!r} has another spelling")
    one = normalise_address(text)
    if one != normalise_address(one):
        raise Trouble("normalise_address() is not done at once")


def _structure(answer: bytes) -> None:
    """Take the octets for what a server sends as BODYSTRUCTURE."""
    try:
        found = parse_fetch_response([b"1 (UID 1 BODYSTRUCTURE " + answer + b")"], uid_is_key=True)
        structure = found[1][b"BODYSTRUCTURE"]
    except _BROKEN_ANSWER:
        return  # the session makes an error of these that people can read
    for header in (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"Subject: x\r\n\r\n"):
        reader._selection(structure, header)


def timed(work: Callable[[bytes], object], octets: bytes, *, bound: float = SECONDS) -> float:
    """Do the work; returns the processor time that it took, in seconds. Raises `Trouble` above the bound."""
    with _ended(5 * bound):
        start = time.process_time()
        work(octets)
        took = time.process_time() - start
    if took > bound:
        raise _too_long(took, bound)
    return took


def weighed(octets: bytes) -> int:
    """Parse the octets; returns the memory that it took at most, in octets. Raises `Trouble` above the bound.

    Several times as slow as parsing alone.
    """
    tracemalloc.start()
    try:
        parse(octets)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    allowed = FLOOR + MULTIPLE * min(len(octets), READ) + 2 * len(octets)
    if peak > allowed:
        raise Trouble(f"{len(octets):,} octets took {peak:,} octets of memory, more than {allowed:,}")
    return peak


@contextmanager
def _ended(after: float) -> Iterator[None]:
    """End work that does not end by itself."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise _too_long(after, after)

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, after)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def _too_long(took: float, bound: float) -> Trouble:
    return Trouble(f"it took {took:.1f} s of processor time, more than {bound:g} s")
