"""Mail made wrong in every way that was seen in the wild, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from tests.fuzz.seeds import tokens

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]

_TOKENS = tokens()
_CHARSETS = (
    b"x-moon utf-7 utf-8 utf-16 utf-32 us-ascii iso-2022-jp hz cp037 punycode idna zlib unicode_escape koi8-r"
).split()
_ENCODINGS = (b"base64", b"quoted-printable", b"7bit", b"8bit", b"binary", b"x-uuencode", b"")
_CHARSET = re.compile(rb'charset="?[^\s";]*"?', re.IGNORECASE)
_ENCODING = re.compile(rb"(?i)content-transfer-encoding:[^\r\n]*")
_BOUNDARY = re.compile(rb'boundary="?([^\s";]+)"?', re.IGNORECASE)
_LONGEST = 65_536


def flipped(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Bits that turned over on the way."""
    octets = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 5, 50))):
        if octets:
            octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(octets)


def overwritten(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Random octets over a stretch."""
    start = chance.randint(0, len(raw))
    stretch = chance.randbytes(chance.choice((1, 4, 30, 300)))
    return raw[:start] + stretch + raw[start + len(stretch) :]


def spliced(chance: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """The front of one message and the end of another."""
    other = chance.choice(others)
    return raw[: chance.randint(0, len(raw))] + other[chance.randint(0, len(other)) :]


def truncated(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """A download that broke off, at its end or at its start."""
    cut = chance.randint(0, len(raw))
    return raw[:cut] if chance.random() < 0.7 else raw[cut:]


def _with_lines(chance: random.Random, raw: bytes, change: Callable[[list[bytes]], None]) -> bytes:
    """Change the lines of the header mostly, else of the whole message."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    if chance.random() < 0.3:
        head, blank, body = raw, b"", b""
    lines = head.split(b"\r\n")
    change(lines)
    return b"\r\n".join(lines) + blank + body


def doubled(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """A line that stands there again and again."""

    def change(lines: list[bytes]) -> None:
        line = chance.choice(lines)
        place = chance.randint(0, len(lines))
        lines[place:place] = [line] * chance.choice((1, 1, 2, 30))

    return _with_lines(chance, raw, change)


def dropped(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Lines that are missing."""

    def change(lines: list[bytes]) -> None:
        for _ in range(chance.choice((1, 1, 2, 5))):
            if lines:
                del lines[chance.randrange(len(lines))]

    return _with_lines(chance, raw, change)


def shuffled(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Lines in another order, so that folds follow other fields."""
    return _with_lines(chance, raw, chance.shuffle)


def inserted(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Words of mail where they do not belong."""
    for _ in range(chance.choice((1, 2, 5, 12))):
        place = chance.randint(0, len(raw))
        raw = raw[:place] + chance.choice(_TOKENS) + raw[place:]
    return raw


def repeated(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """One word, very often, in the header or in the text."""
    word = chance.choice(_TOKENS)
    place = chance.randint(0, len(raw))
    return raw[:place] + word * chance.choice((3, 30, 300, 2000)) + raw[place:]


def bounded_wrongly(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Boundaries that are another, begin with each other, or never come."""
    found = _BOUNDARY.search(raw)
    if found is None:
        return b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n" + raw
    old = found[1]
    new = chance.choice((old[:-1], old + b"x", b"", b"-", b'"', old * 20, b"=_b", b"a b", b"\xff"))
    return raw.replace(old, new, chance.choice((1, 2, -1)))


def charset_wrong(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """A charset, in the type or in encoded words, that the octets are not in."""
    name = chance.choice(_CHARSETS)
    raw = re.sub(rb"=\?[^?\s]{1,20}\?", b"=?" + name + b"?", raw)
    if _CHARSET.search(raw) is None:
        return raw.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=" + name + b"\r\n\r\n", 1)
    return _CHARSET.sub(b"charset=" + name, raw)


def encoding_wrong(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """A transfer encoding that the octets are not in."""
    field = b"Content-Transfer-Encoding: " + chance.choice(_ENCODINGS)
    if _ENCODING.search(raw) is None:
        return field + b"\r\n" + raw
    return _ENCODING.sub(field, raw)


def with_nuls(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """NUL octets in between, or every second octet one, as in UTF-16."""
    if chance.random() < 0.2:
        return b"".join(bytes((octet, 0)) for octet in raw)
    for _ in range(chance.choice((1, 5, 50))):
        place = chance.randint(0, len(raw))
        raw = raw[:place] + b"\0" + raw[place:]
    return raw


def line_ends(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """Other line ends, all or some."""
    new = chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n \r\n", b"\x0b", b"\x85", b""))
    return raw.replace(b"\r\n", new, chance.choice((-1, 1, 3, 10)))


def huge_header(chance: random.Random, raw: bytes, _others: Sequence[bytes]) -> bytes:
    """A field much longer than any line may be."""
    name = chance.choice(
        (b"To", b"Cc", b"From", b"Subject", b"References", b"Content-Type", b"Date", b"X-Long")
    )
    unit = chance.choice((*_TOKENS, b"a@b.example, ", b"Ann Poe <ann@example.org>,\r\n ", b"word "))
    return name + b": " + unit * chance.choice((50, 500, 3000)) + b"\r\n" + raw


def nested(chance: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """The message within multiparts within multiparts, or as an attachment of another."""
    subtype = chance.choice((b"mixed", b"alternative", b"related", b"digest", b"signed"))
    for depth in range(chance.choice((1, 2, 5, 30))):
        boundary = b"n%d" % depth
        raw = b"\r\n".join((
            b"Content-Type: multipart/" + subtype + b"; boundary=" + boundary, b"", b"--" + boundary, raw,
            b"--" + boundary, chance.choice((b"", b"Content-Type: message/rfc822\r\n\r\n")) + b"x",
            b"--" + boundary + b"--", b"",
        ))  # fmt: skip
    return chance.choice(others).partition(b"\r\n\r\n")[0] + b"\r\n" + raw


def quoted(chance: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """The text of one message under that of another, marked or not."""
    mark = chance.choice((b"", b"> ", b">", b"> > "))
    text = chance.choice(others).replace(b"\r\n", b"\r\n" + mark)
    lead = chance.choice(
        (b"-----Original Message-----", b"On 5 March 2024 Ann Poe wrote:", b"From: A\r\nTo: B")
    )
    return raw + b"\r\n" + lead + b"\r\n" + text


MUTATIONS: tuple[Mutation, ...] = (
    flipped, overwritten, spliced, truncated, doubled, dropped, shuffled, inserted, repeated, bounded_wrongly,
    charset_wrong, encoding_wrong, with_nuls, line_ends, huge_header, nested, quoted,
)  # fmt: skip
"""Every way, each as likely as the others."""


def mutated(originals: Sequence[bytes], count: int, *, seed: int) -> Iterator[bytes]:
    """Give so many messages, each with one to three wrongs done to it; of at most 64 kB."""
    chance = random.Random(seed)
    for _ in range(count):
        raw = chance.choice(originals)
        for _ in range(chance.choice((1, 1, 2, 3))):
            raw = chance.choice(MUTATIONS)(chance, raw, originals)[:_LONGEST]
        yield raw
