"""From an IMAP BODYSTRUCTURE (RFC 9051 section 7.5.2) to the tree that `message.select` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.message import limits
from scanner.message.decode import header_text
from scanner.message.headers import first, parameter, read_fields, split_message
from scanner.message.mime import Part, leaf

_TYPE, _SUBTYPE, _PARAMETERS, _ENCODING, _SIZE, _EXTENSIONS = 0, 1, 2, 5, 6, 7
_PAIR = 2


def read_structure(body: Sequence[Any], header: bytes) -> Part:
    """The tree of a body structure as IMAPClient parses it, as `message.parse` would see it.

    The header of the message itself is at hand and wins where it says more than the server made of
    it: parameters, comments, a broken Content-Type.

    Raises
    ------
    ValueError
        Where server and header disagree on whether there are parts, where the parts are empty (a
        broken boundary), or are too many or too deep: then the octets themselves must tell.
    TypeError, IndexError, AttributeError, RecursionError
        Where the structure is none.
    """
    root = _part(body, "", 0)
    start, end, _ = split_message(header)
    fields, _ = read_fields(header[start:end])
    if first(fields, "content-type")[:10].lower() == "multipart/":
        sizes = [part.size for part in _leaves(root)]
        if not root.children or not any(sizes) or len(sizes) > limits.PARTS:
            raise ValueError("the parts are not what the header says")
        return root
    if root.children:
        raise ValueError("there are parts that the header does not know of")
    return leaf(fields, root.size, "1", "text/plain")


def _part(body: Sequence[Any], number: str, depth: int) -> Part:
    if isinstance(body[0], list):
        if depth >= limits.DEPTH:
            raise ValueError("the parts are nested too deep")
        children = tuple(
            _part(child, f"{number}.{index}" if number else str(index), depth + 1)
            for index, child in enumerate(body[0], 1)
        )
        return Part(f"multipart/{_text(body[1]).lower()}", number=number, children=children)
    parameters = _parameters(body[_PARAMETERS])
    disposition, more = _disposition(body[_EXTENSIONS:])
    charset = parameters.get("charset", "").strip().lower()
    return Part(
        f"{_text(body[_TYPE])}/{_text(body[_SUBTYPE])}".lower(),
        # Servers fill in the default of RFC 2045 section 5.2 where the sender names none.
        "" if charset == "us-ascii" else charset,
        _text(body[_ENCODING]).strip().lower(),
        disposition,
        parameter(more, "filename") or parameter(parameters, "name"),
        int(body[_SIZE] or 0),
        number or "1",
    )


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _disposition(extensions: Sequence[Any]) -> tuple[str, dict[str, str]]:
    """Find it by its shape: how many fields stand before it depends on the type, and servers err."""
    for item in extensions:
        if (
            isinstance(item, tuple)
            and len(item) == _PAIR
            and isinstance(item[0], bytes)
            and (item[1] is None or isinstance(item[1], tuple))
        ):
            return _text(item[0]).strip().lower(), _parameters(item[1])
    return "", {}


def _parameters(flat: Sequence[Any] | None) -> dict[str, str]:
    if not isinstance(flat, tuple):
        return {}
    pairs = zip(flat[::2], flat[1::2], strict=False)
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(_text(name).lower(), _text(value))
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return re.sub(r"\\(.)", r"\1", header_text(value)[0], flags=re.DOTALL)
    return str(value)
