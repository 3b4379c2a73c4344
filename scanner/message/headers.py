"""The header block: split into fields, unfolded, decoded to characters; parameters of MIME fields."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from typing import Final

from scanner.message import limits
from scanner.message.decode import decode_words, header_text, to_text

Fields = dict[str, list[str]]
"""Values of a header block by lower-case field name, unfolded, encoded words not yet decoded."""

_FOLD: Final = re.compile(r"\n[ \t]+")
_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_PARAMETER: Final = re.compile(
    r""";\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]++|\\.)*+)"?|([^;]*+))""", re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTINUED: Final = re.compile(r"([^*]+)\*([0-9]{1,3})(\*?)")
_BOM: Final = b"\xef\xbb\xbf"


def split_message(raw: bytes) -> tuple[int, int, int]:
    """Where the header block starts and ends, and where the body starts (offsets into `raw`).

    The header ends at the first empty line (RFC 5322 section 2.1), CRLF or bare LF. A byte order
    mark, empty lines and an mbox separator in front are passed over.
    """
    start = 3 if raw.startswith(_BOM) else 0
    while raw[start : start + 1] in {b"\n", b"\r"}:
        start += 1
    if raw.startswith((b"From ", b">From "), start):
        line_end = raw.find(b"\n", start)
        start = len(raw) if line_end < 0 else line_end + 1
    if raw.startswith((b"\n", b"\r\n"), start):
        return start, start, raw.find(b"\n", start) + 1
    blank = _BLANK.search(raw, start)
    if blank is None:
        return start, len(raw), len(raw)
    return start, blank.start() + 1, blank.end()


def read_fields(block: bytes) -> tuple[Fields, list[str]]:
    """Split a header block into fields; also names the flaws found ("header", "header-charset")."""
    flaws: list[str] = []
    if len(block) > limits.HEADER_OCTETS:
        block = block[: block.rfind(b"\n", 0, limits.HEADER_OCTETS) + 1 or limits.HEADER_OCTETS]
        flaws.append("header-length")
    text, clean = header_text(block)
    if not clean:
        flaws.append("header-charset")
    if "\0" in text:
        text = text.replace("\0", "")
        flaws.append("header-nul")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    fields: Fields = {}
    broken = False
    for line in _FOLD.sub(" ", text).split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            broken = broken or bool(name.strip())
            continue
        name = name.strip().lower()
        if not name or " " in name:
            broken = True
        elif name in fields:
            fields[name].append(value.strip())
        else:
            fields[name] = [value.strip()]
    if broken:
        flaws.append("header")
    return fields, flaws


def first(fields: Fields, name: str) -> str:
    """First value of a field, "" where it is absent."""
    values = fields.get(name)
    return values[0] if values else ""


def with_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type or Content-Disposition value into its lower-case token and parameters."""
    token, semicolon, _ = value.partition(";")
    parameters: dict[str, str] = {}
    if semicolon:
        for found in _PARAMETER.finditer(value, len(token)):
            quoted = found[2]
            text = found[3].strip() if quoted is None else quoted
            if quoted is not None and "\\" in text:
                text = _ESCAPED.sub(r"\1", text)
            parameters.setdefault(found[1].lower(), text)
    return token.partition("(")[0].strip().lower(), parameters


def parameter(parameters: Mapping[str, str], name: str) -> str:
    """Value of a parameter in any of its forms: plain, with encoded words, or RFC 2231 pieces.

    `parameters` maps lower-case names ("filename", "filename*", "filename*0*") to raw values, as
    they stand in the header or in an IMAP body structure.
    """
    plain = parameters.get(name)
    extended = parameters.get(name + "*")
    if extended is not None:
        return _extended(extended)
    if plain is not None:
        return " ".join(decode_words(plain).replace("\0", "").split())
    pieces: dict[int, str] = {}
    encoded = False
    for key, value in parameters.items():
        piece = _CONTINUED.fullmatch(key) if "*" in key else None
        if piece is not None and piece[1] == name:
            pieces[int(piece[2])] = value
            encoded = encoded or bool(piece[3])
    joined = "".join(pieces[index] for index in sorted(pieces))
    return _extended(joined) if encoded else " ".join(decode_words(joined).replace("\0", "").split())


def _extended(value: str) -> str:
    charset, quote, rest = value.partition("'")
    if quote:
        rest = rest.partition("'")[2]
    else:
        charset, rest = "", value
    octets = urllib.parse.unquote_to_bytes(rest)
    return " ".join(to_text(octets, charset or "utf-8")[0].replace("\0", "").split())
