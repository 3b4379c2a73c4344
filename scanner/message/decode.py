"""From octets to characters: charsets, transfer encodings and encoded words; nothing here raises."""

from __future__ import annotations

import base64
import binascii
import codecs
import functools
import re
from typing import Final

# Codecs that are no charset of mail, or whose decoding is not linear (punycode and so idna).
_REFUSED: Final = frozenset({
    "idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "raw_unicode_escape", "undefined",
    "unicode-escape", "unicode_escape",
})  # fmt: skip
# What senders write when they mean the Windows superset (the WHATWG encoding standard does the same).
_SUPERSET: Final = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
_CHARSET_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,39}")
ENCODED_WORD: Final = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


@functools.lru_cache(maxsize=256)
def codec_name(charset: str) -> str:
    """Name of the Python codec for a MIME charset, "" where there is none that may be used."""
    charset = charset.strip().strip("\"'").lower()
    charset = charset.partition("*")[0]  # RFC 2231 section 5: charset*language
    if not _CHARSET_NAME.fullmatch(charset):
        return ""
    try:
        info = codecs.lookup(charset)
    except (LookupError, UnicodeError, ValueError):
        return ""
    if not getattr(info, "_is_text_encoding", True) or info.name in _REFUSED:
        return ""
    return _SUPERSET.get(info.name, info.name)


def to_text(octets: bytes, charset: str) -> tuple[str, bool]:
    """Decode octets that claim to be in a charset.

    Returns the text and whether it could be read as declared. What the declared charset cannot
    read is tried as UTF-8, then read with replacement characters (as Windows-1252 where the
    charset is unknown).
    """
    name = codec_name(charset) if charset else "ascii"
    if name:
        try:
            return octets.decode(name), True
        except (UnicodeError, LookupError, ValueError):
            pass
    try:
        return octets.decode("utf-8"), name == "ascii" and not charset
    except UnicodeDecodeError:
        pass
    if name in {"", "ascii"}:
        name = "cp1252"
    try:
        return octets.decode(name, "replace"), False
    except (UnicodeError, LookupError, ValueError):
        return octets.decode("latin-1"), False


def header_text(octets: bytes) -> tuple[str, bool]:
    """Decode raw header octets: ASCII, else UTF-8 (RFC 6532), else Windows-1252 line by line."""
    try:
        return octets.decode("ascii"), True
    except UnicodeDecodeError:
        pass
    try:
        return octets.decode("utf-8"), True
    except UnicodeDecodeError:
        return "\n".join(to_text(line, "")[0] for line in octets.split(b"\n")), False


def from_base64(octets: bytes) -> tuple[bytes, bool]:
    """Decode base64, leaving out what is not of its alphabet; also says whether it was clean."""
    try:
        return base64.b64decode(octets), True
    except (binascii.Error, ValueError):
        pass
    kept = _NOT_BASE64.sub(b"", octets)
    usable = len(kept) - (len(kept) % 4 == 1)
    return base64.b64decode(kept[:usable] + b"=" * (-usable % 4)), False


def transfer_decoded(payload: bytes, transfer_encoding: str) -> tuple[bytes, bool]:
    """Undo a Content-Transfer-Encoding (RFC 2045 section 6); unknown ones leave the octets alone."""
    encoding = transfer_encoding.strip().lower()
    if encoding in {"", "7bit", "8bit", "binary"}:
        return payload, True
    if encoding == "quoted-printable":
        return binascii.a2b_qp(payload), True
    if encoding == "base64":
        return from_base64(payload)
    return payload, False


def decode_words(value: str) -> str:
    """Decode the encoded words (RFC 2047) of a header value; what cannot be decoded stays as it is.

    Neighbouring words of one charset are decoded together, since senders split characters
    between them.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending = bytearray()
    pending_charset = ""
    position = 0
    for word in ENCODED_WORD.finditer(value):
        between = value[position : word.start()]
        charset = word[1].lower()
        if word[2] in "bB":
            octets, _ = from_base64(word[3].encode("ascii", "ignore"))
        else:
            octets = binascii.a2b_qp(word[3].encode("utf-8", "surrogatepass"), header=True)
        adjacent = bool(pending_charset) and not between.strip()
        if not (adjacent and charset == pending_charset):
            if pending_charset:
                out.append(to_text(bytes(pending), pending_charset)[0])
                pending.clear()
            if not adjacent:
                out.append(between)
        pending += octets
        pending_charset = charset
        position = word.end()
    if pending_charset:
        out.append(to_text(bytes(pending), pending_charset)[0])
    out.append(value[position:])
    return "".join(out)


_SOFT_BREAK: Final = re.compile(r"(?<!=)=\n")
_ESCAPES: Final = re.compile(r"(?:=[0-9A-F]{2})+")
_LOST_MARKS: Final = 2


def repaired(text: str) -> str:
    """Undo a quoted-printable encoding that a gateway left in the text without saying so.

    Only where at least two lines end as they do there ("=20" or a soft break).
    """
    if "=\n" not in text and "=20\n" not in text and "=09" not in text:
        return text
    marks = text.count("=20\n") + text.count("=\n") - text.count("==\n") + text.count("=09")
    if marks < _LOST_MARKS:
        return text
    return _ESCAPES.sub(_unescaped, _SOFT_BREAK.sub("", text)).replace("\r\n", "\n").replace("\0", "")


def _unescaped(escapes: re.Match[str]) -> str:
    return to_text(bytes.fromhex(escapes[0].replace("=", "")), "")[0]
