"""Hypothesis strategies for mail as RFC 5322, 2045 to 2047, 2231 and 6532 allow it, odd forms included."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header
from typing import Any

from hypothesis import strategies as st

_NEEDS_QUOTES = re.compile(r'[\s"(),:;<>@\[\]\\]')

LOCALS = (
    "jane", "j.doe", "jane+tag", "o'neill", "x", "info_2025", "a-b.c-d", "ops/eu=7", "jürgen", "测试",
    "иван", "jane doe", "a@b", "a,b", 'so "called"', "back\\slash", "semi;colon",
    "(round)", "<sharp>", "two..dots", ".dot",
)  # fmt: skip
"""Local parts as they are meant: without the quotes and backslashes that some need."""

DOMAINS = {
    "example.com": ("example.com", "EXAMPLE.com"),
    "mail.firm.example": ("mail.firm.example",),
    "bücher.example": ("bücher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example"),
    "例え.example": ("例え.example", "xn--r8jz45g.example"),
    "[192.0.2.1]": ("[192.0.2.1]",),
    "[ipv6:2001:db8::1]": ("[IPv6:2001:db8::1]",),
}
"""Domains with their spellings."""

_SPACE = st.sampled_from(("", "", " ", "\r\n ", "\t"))
_COMMENTS = st.sampled_from(
    ("", "", "", "(c)", "(a (b) c)", "(not \\) yet)", "(Doe, Jane)", "(see x@y.example)", "(:;<>)")
)
_NAMES = (
    "", "Jane Doe", "Doe, Jane", "Jane (Sales)", 'Jane "JD" Doe', "Jürgen Müller",
    "李小龍", "İpek Şahin", "J. Q. Doe",
    "jane@example.com", "Team: red",
)  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """A mailbox that can be written in many ways."""

    local: str
    domain: str

    @property
    def address(self) -> str:
        """The one spelling under which it is kept."""
        local = self.local
        if _NEEDS_QUOTES.search(local):
            local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{local}@{self.domain}"


identities = st.builds(Identity, st.sampled_from(LOCALS), st.sampled_from(sorted(DOMAINS)))


@st.composite
def _gaps(draw: st.DrawFn) -> str:
    """White space, folds and comments, wherever CFWS may stand (RFC 5322 section 3.2.2)."""
    return draw(_SPACE) + draw(_COMMENTS) + draw(_SPACE)


@st.composite
def _local(draw: st.DrawFn, said: str) -> str:
    written = "".join(one.upper() if one.isascii() and draw(st.booleans()) else one for one in said)
    plain = not _NEEDS_QUOTES.search(said) and ".." not in said and said[0] != "."
    if plain and draw(st.booleans()):
        return written
    quoted = "".join("\\" + one if one in '"\\' or draw(st.integers(0, 9)) == 0 else one for one in written)
    return f'"{quoted}"'


@st.composite
def specs(draw: st.DrawFn, identity: Identity) -> str:
    """One legal way to write an address, without comments."""
    return draw(_local(identity.local)) + "@" + draw(st.sampled_from(DOMAINS[identity.domain]))


@st.composite
def spellings(draw: st.DrawFn, identity: Identity) -> str:
    """One legal way to write a mailbox: name or none, brackets or none, quotes, comments, folds, a route."""
    gap = _gaps()
    local, at, domain = draw(specs(identity)).rpartition("@")
    spec = draw(gap) + local + draw(gap) + at + draw(gap) + domain + draw(gap)
    if draw(st.booleans()):
        return spec
    route = draw(st.sampled_from(("", "", "", "@relay.example:", "@a.example,@b.example:")))
    return draw(phrases()) + " <" + route + spec + ">" + draw(gap)


@st.composite
def phrases(draw: st.DrawFn) -> str:
    """A display name: words, a quoted string, or encoded words."""
    name = draw(st.sampled_from(_NAMES))
    if not name:
        return ""
    form = draw(st.integers(0, 2))
    if form == 0:
        return str(Header(name, "utf-8", maxlinelen=40).encode(splitchars="", linesep="\r\n"))
    if form == 1 and name.replace(" ", "").isalnum():
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def address_lists(draw: st.DrawFn) -> tuple[str, list[Identity]]:
    """A list of mailboxes and groups, with those who are on it in order."""
    who: list[Identity] = []
    items: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        members = draw(st.lists(identities, max_size=3 if draw(st.booleans()) else 0))
        if members or draw(st.integers(0, 5)) == 0:
            items.append("Team 7:" + ",".join(draw(spellings(one)) for one in members) + ";")
            who += members
        else:
            one = draw(identities)
            items.append(draw(spellings(one)))
            who.append(one)
    return draw(st.sampled_from((",", ", ", ",\r\n\t"))).join(items), who


@dataclass(frozen=True)
class Leaf:
    """A part without parts. `octets` are encoded for transfer; `parameters` are those of the type."""

    kind: str
    parameters: dict[str, str]
    encoding: str
    disposition: str
    disposed: dict[str, str]
    octets: bytes

    def fields(self) -> str:
        """Its header fields."""
        lines = [f"Content-Type: {self.kind}{_written(self.parameters)}"]
        if self.encoding:
            lines.append(f"Content-Transfer-Encoding: {self.encoding}")
        if self.disposition:
            lines.append(f"Content-Disposition: {self.disposition}{_written(self.disposed)}")
        return "\r\n".join(lines) + "\r\n"

    def body(self) -> bytes:
        """What stands below its header."""
        return self.octets

    def structure(self) -> Any:  # noqa: ANN401  as IMAPClient makes it
        """Give what a server says of it in BODYSTRUCTURE, as IMAPClient reads it."""
        main, _, sub = self.kind.partition("/")
        lines = (self.octets.count(b"\n"),) if main == "text" else ()
        disposition = (self.disposition.encode(), _flat(self.disposed)) if self.disposition else None
        encoding = (self.encoding or "7bit").upper().encode()
        size = len(self.octets)
        return (
            main.upper().encode(), sub.upper().encode(), _flat(self.parameters), None, None, encoding, size,
            *lines, None, disposition, None, None,
        )  # fmt: skip

    def leaves(self, number: str = "") -> Iterator[tuple[str, Leaf]]:
        """Give the leaves with their part numbers."""
        yield number or "1", self


@dataclass(frozen=True)
class Multipart:
    """A part of parts."""

    subtype: str
    boundary: str
    children: tuple[Leaf | Multipart, ...] = field(default=())

    def fields(self) -> str:
        """Its header field."""
        return f'Content-Type: multipart/{self.subtype};\r\n boundary="{self.boundary}"\r\n'

    def body(self) -> bytes:
        """Its parts between their boundaries."""
        mark = b"--" + self.boundary.encode()
        parts = (
            mark + b"\r\n" + one.fields().encode() + b"\r\n" + one.body() + b"\r\n" for one in self.children
        )
        return b"preamble\r\n" + b"".join(parts) + mark + b"--\r\nepilogue\r\n"

    def structure(self) -> Any:  # noqa: ANN401  as IMAPClient makes it
        """Give what a server says of it in BODYSTRUCTURE, as IMAPClient reads it."""
        children = [one.structure() for one in self.children]
        return (
            children,
            self.subtype.upper().encode(),
            (b"boundary", self.boundary.encode()),
            None,
            None,
            None,
        )

    def leaves(self, number: str = "") -> Iterator[tuple[str, Leaf]]:
        """Give the leaves with their part numbers."""
        for index, one in enumerate(self.children, 1):
            yield from one.leaves(f"{number}.{index}" if number else str(index))


def _written(parameters: dict[str, str]) -> str:
    return "".join(f';\r\n {name}="{value}"' for name, value in parameters.items())


def _flat(parameters: dict[str, str]) -> tuple[bytes, ...] | None:
    pairs = tuple(word.encode() for pair in parameters.items() for word in pair)
    return pairs or None


_FILES: tuple[dict[str, str], ...] = (
    {}, {}, {"filename": "offer.pdf"}, {"filename*": "utf-8''%C3%BCbersicht.xlsx"},
    {"filename*0*": "utf-8''pr%C3%BC", "filename*1": "fung.docx"}, {"filename": "=?utf-8?b?w5wucGRm?="},
)  # fmt: skip
_TEXTS = (
    "", "\r\n", "Hi Tom,\r\n\r\nplease see below.\r\nJane\r\n", "Liebe Zoë,\r\n\r\nViele Grüße\r\nJürgen",
    "<html><body><p>Hi <b>Tom</b>,<br>see.</p><blockquote>old</blockquote></body></html>", "--\r\n--b\r\nx",
    "Hi\r\n\r\n-----Original Message-----\r\nFrom: Ann Poe <ann@example.org>\r\nTo: J\r\nSubject: x\r\n\r\no",
)  # fmt: skip


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    """Texts in several charsets and encodings, and attachments with names in all forms."""
    kind = draw(
        st.sampled_from(
            (
                "text/plain",
                "text/plain",
                "text/html",
                "text/calendar",
                "application/pdf",
                "image/png",
                "text/x-y",
            )
        )
    )
    charset = (
        draw(st.sampled_from(("", "utf-8", "iso-8859-1", "x-moon", "US-ASCII")))
        if kind[:5] == "text/"
        else ""
    )
    octets = draw(st.sampled_from(_TEXTS)).encode("iso-8859-1" if charset == "iso-8859-1" else "utf-8")
    encoding = draw(st.sampled_from(("", "8bit", "base64", "quoted-printable", "Base64")))
    if encoding.lower() == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    disposition = draw(st.sampled_from(("", "", "inline", "attachment")))
    parameters = {"charset": charset} if charset else {}
    if draw(st.integers(0, 4)) == 0:
        parameters["name"] = "notes.txt"
    return Leaf(
        kind, parameters, encoding, disposition, draw(st.sampled_from(_FILES)) if disposition else {}, octets
    )


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> Leaf | Multipart:
    """A message's structure: a leaf, or multiparts within multiparts."""
    if depth > 3 or draw(st.integers(0, 2 + depth)) > 1:
        return draw(leaves())
    subtype = draw(st.sampled_from(("mixed", "mixed", "alternative", "related", "signed", "x-own")))
    children = tuple(draw(trees(depth + 1)) for _ in range(draw(st.integers(1, 3))))
    # Each is the beginning of the next, which parsers mistake for one another.
    return Multipart(subtype, "b" + "0" * (depth + 1), children)


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Header fields of a message without those of MIME, in any order, folded, odd and doubled."""
    people = address_lists()
    lines = [
        f"{draw(st.sampled_from(('From', 'FROM', 'from')))}: {draw(people)[0]}",
        f"To: {draw(people)[0]}",
        f"Cc:{draw(people)[0]}",
        "Subject: "
        + Header(draw(st.text(max_size=60)).replace("\r", " ").replace("\n", " "), "utf-8").encode(),
        draw(
            st.sampled_from(("Date: Tue, 1 Apr 2025 13:22:22 +0200", "Date: 1 Apr 25 13:22 EDT (x)", "Date:"))
        ),
        draw(
            st.sampled_from(("Message-ID: <a.1@example.com>", "Message-ID: <a@[192.0.2.1]>\t", "message-id:"))
        ),
        "References: <a@example.com>\r\n\t<b@example.com> (c)",
        "X-Odd:\r\n\tfolded at once",
    ]
    chosen = draw(st.lists(st.sampled_from(lines), min_size=1, max_size=10))
    return "".join(f"{line}\r\n" for line in chosen).encode("utf-8", "replace")


@st.composite
def messages(draw: st.DrawFn) -> tuple[bytes, Leaf | Multipart]:
    """A header block, its end included, and the tree below it."""
    tree = draw(trees())
    return draw(headers()) + b"MIME-Version: 1.0\r\n" + tree.fields().encode() + b"\r\n", tree
