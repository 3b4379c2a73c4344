"""The tree of MIME parts, and which of them are the text and which the attachments.

`Part` is neutral: it is made from raw octets here and from an IMAP BODYSTRUCTURE by the mailbox
reader; `select` makes the same choice from either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.message import limits
from scanner.message.decode import repaired, to_text, transfer_decoded
from scanner.message.headers import first, parameter, read_fields, with_parameters
from scanner.message.htmltext import html_to_text
from scanner.message.model import Attachment

_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_SIGNATURES: Final = frozenset({
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
})  # fmt: skip
_TEXT_TYPES: Final = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_REPORT_TYPES: Final = frozenset({"message/delivery-status", "text/rfc822-headers"})
"""Read as text inside a report only (RFC 6522, RFC 3464): which mail did not reach whom."""
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_EMPTY_OCTETS: Final = 2  # a line end alone


@dataclass(frozen=True, slots=True)
class Part:
    """One node of the MIME tree (RFC 2045, RFC 9051 section 7.5.2).

    `content_type`, `transfer_encoding` and `disposition` are lower-case ("" where absent; the
    default content type is "text/plain"); `size` is in encoded octets with CRLF line ends, 0 for
    multiparts; `number` is the IMAP part number ("1", "2.1"), "" for a multipart at the root.
    """

    content_type: str
    charset: str = ""
    transfer_encoding: str = ""
    disposition: str = ""
    filename: str = ""
    size: int = 0
    number: str = ""
    children: tuple[Part, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class TextPart:
    """One text part as a reader fetches it: octets still transfer-encoded."""

    content_type: str
    charset: str
    transfer_encoding: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Selection:
    """What is read of a message: text leaves in order, and the attachments."""

    texts: tuple[Part, ...]
    attachments: tuple[Attachment, ...]


def select(root: Part) -> Selection:
    """Choose the text parts and the attachments of a message.

    Of alternatives the plain text is taken, the HTML where there is no plain text. Text with a
    file name or marked as attachment is an attachment; images that an HTML part shows inside
    itself and detached signatures are neither.
    """
    texts: list[Part] = []
    attachments: list[Attachment] = []
    _walk(root, texts, attachments, related=False, depth=0)
    if root.content_type == "multipart/report":
        texts += [part for part in root.children if part.content_type in _REPORT_TYPES]
        attachments = [one for one in attachments if one.content_type not in _REPORT_TYPES]
    return Selection(tuple(texts), tuple(attachments))


def _walk(part: Part, texts: list[Part], attachments: list[Attachment], *, related: bool, depth: int) -> None:
    if depth > limits.DEPTH:
        return
    if part.content_type.startswith("multipart/"):
        if part.content_type == "multipart/alternative":
            _walk_alternative(part, texts, attachments, depth)
            return
        inside = part.content_type == "multipart/related"
        for index, child in enumerate(part.children):
            _walk(child, texts, attachments, related=related or (inside and index > 0), depth=depth + 1)
    elif _is_text(part):
        texts.append(part)
    elif not _is_ornament(part, related=related):
        most = limits.NAME_CHARACTERS
        attachments.append(Attachment(part.filename[:most], part.content_type[:most], part.size))


def _walk_alternative(part: Part, texts: list[Part], attachments: list[Attachment], depth: int) -> None:
    chosen = _best(part.children, depth)
    for child in part.children:
        spare: list[Part] = []
        _walk(child, texts if child is chosen else spare, attachments, related=False, depth=depth + 1)


def _best(children: tuple[Part, ...], depth: int) -> Part | None:
    """Return the alternative to read: the first with plain text in it, else with HTML, else any text."""
    best, best_rank = None, 0
    for child in children:
        rank = _rank(child, depth + 1)
        if rank > best_rank:
            best, best_rank = child, rank
    return best


def _rank(part: Part, depth: int) -> int:
    if part.children and depth <= limits.DEPTH:
        return max(_rank(child, depth + 1) for child in part.children)
    if not _is_text(part):
        return 0
    if part.size <= _EMPTY_OCTETS:
        return 1
    return 4 if part.content_type == "text/plain" else 3 if part.content_type == "text/html" else 2


def _is_text(part: Part) -> bool:
    return part.content_type in _TEXT_TYPES and part.disposition != "attachment" and not part.filename


def _is_ornament(part: Part, *, related: bool) -> bool:
    if part.content_type in _SIGNATURES:
        return True
    if part.disposition == "attachment":
        return False
    if part.content_type == "text/calendar" and not part.filename:
        return True
    return related and part.content_type.startswith("image/")


def leaf(fields_of: dict[str, list[str]], size: int, number: str, default: str) -> Part:
    """Make a leaf from the MIME fields of its header."""
    content_type, parameters = with_parameters(first(fields_of, "content-type"))
    if not content_type or "/" not in content_type:
        content_type = default
    disposition, more = with_parameters(first(fields_of, "content-disposition"))
    charset = parameters.get("charset", "").strip().lower()
    return Part(
        content_type,
        # Servers name the default (RFC 2045 section 5.2) where the sender names none: no difference is made.
        "" if charset == "us-ascii" else charset,
        first(fields_of, "content-transfer-encoding").partition(";")[0].strip().lower(),
        disposition,
        (parameter(more, "filename") if more else "")
        or (parameter(parameters, "name") if parameters else ""),
        size,
        number,
    )


class RawTree:
    """The tree of a raw message, with where each leaf's octets stand.

    `root` is the tree, `flaws` names what was not opened ("nesting", "parts", "boundary").
    """

    def __init__(self, raw: bytes, fields_of: dict[str, list[str]], start: int) -> None:
        self.flaws: set[str] = set()
        self._raw = raw
        self._spans: dict[str, tuple[int, int]] = {}
        self._parts = 0
        self.root = self._part(fields_of, start, len(raw), "", 0, "text/plain")

    def payload(self, part: Part) -> bytes:
        """Return the encoded octets of a leaf, as many as are ever decoded."""
        start, end = self._spans[part.number]
        return self._raw[start : min(end, start + limits.ENCODED_OCTETS)]

    def _part(
        self, fields_of: dict[str, list[str]], start: int, end: int, number: str, depth: int, default: str,
    ) -> Part:  # fmt: skip
        value = first(fields_of, "content-type")
        if value[:10].lower() == "multipart/":
            content_type, parameters = with_parameters(value)
            boundary = parameters.get("boundary", "").rstrip()
            if boundary and depth < limits.DEPTH:
                inside = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
                children = tuple(self._children(boundary, start, end, number, depth, inside))
                if children:
                    return Part(content_type, number=number, children=children)
            self.flaws.add("nesting" if boundary and depth >= limits.DEPTH else "boundary")
            if depth < limits.DEPTH:
                fields_of = {**fields_of, "content-type": ["text/plain"]}
        number = number or "1"
        self._spans[number] = (start, end)
        bare = self._raw.count(b"\n", start, end) - self._raw.count(b"\r\n", start, end)
        return leaf(fields_of, end - start + bare, number, default)

    def _children(
        self, boundary: str, start: int, end: int, number: str, depth: int, default: str,
    ) -> Iterator[Part]:  # fmt: skip
        for index, (part_start, part_end) in enumerate(self._between(boundary, start, end), 1):
            self._parts += 1
            if self._parts > limits.PARTS:
                self.flaws.add("parts")
                return
            header_end, body = self._header_end(part_start, part_end)
            fields_of, _ = read_fields(
                self._raw[part_start : min(header_end, part_start + limits.HEADER_OCTETS)]
            )
            child = f"{number}.{index}" if number else str(index)
            yield self._part(fields_of, body, part_end, child, depth + 1, default)

    def _header_end(self, start: int, end: int) -> tuple[int, int]:
        raw = self._raw
        if raw.startswith((b"\n", b"\r\n"), start, end):
            return start, raw.find(b"\n", start) + 1
        blank = _BLANK.search(raw, start, end)
        return (end, end) if blank is None else (blank.start() + 1, blank.end())

    def _between(self, boundary: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield where the parts between the delimiter lines stand (RFC 2046 section 5.1.1)."""
        raw = self._raw
        mark = b"--" + boundary.encode("utf-8", "surrogatepass")
        opened = -1
        position = raw.find(mark, start, end)
        while position >= 0:
            after = position + len(mark)
            closing = raw.startswith(b"--", after)
            line_end = raw.find(b"\n", after, end)
            tail = raw[after : min(end if line_end < 0 else line_end, after + 80)]
            at_line_start = position == start or raw[position - 1 : position] == b"\n"
            if at_line_start and not tail.removeprefix(b"--").strip():
                if opened >= 0:
                    stop = max(position - 1, opened)
                    if stop > opened and raw[stop - 1 : stop] == b"\r":
                        stop -= 1
                    yield opened, stop
                if closing:
                    return
                opened = end if line_end < 0 else line_end + 1
            position = raw.find(mark, after, end)
        if 0 <= opened < end:
            yield opened, end


def text_of(parts: list[TextPart] | tuple[TextPart, ...], flaws: list[str]) -> str:
    """Decode text parts and join them: plain characters, LF line ends, HTML turned to text."""
    texts: list[str] = []
    room = limits.TEXT_CHARACTERS
    for part in parts:
        octets, clean = transfer_decoded(part.payload[: limits.ENCODED_OCTETS], part.transfer_encoding)
        if not clean:
            flaws.append("transfer-encoding")
        text, clean = to_text(octets, part.charset)
        if not clean:
            flaws.append("charset")
        text = tidy(text, html=part.content_type in _TEXT_TYPES - {"text/plain"})
        if len(text) > room:
            text = text[:room]
            flaws.append("text-length")
        texts.append(text)
        room -= len(text)
    return texts[0] if len(texts) == 1 else "\n".join(texts)


def tidy(text: str, *, html: bool = False) -> str:
    """Bring decoded text into one form: LF line ends, no NUL, no left-over encoding, no HTML."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        text = text.replace("\0", "")
    if "=" in text:
        text = repaired(text)
    if not text.isascii():
        text = _SURROGATES.sub("\ufffd", text)
    if html or text[:40].lstrip().lower().startswith(("<html", "<!doctype html")):
        text = html_to_text(text)
    return text
