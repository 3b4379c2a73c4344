"""Whole messages, by each of the three routes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.message.mime import TextPart
from scanner.message.model import Attachment, Kind, Message, Person, Recipient, Role
from scanner.message.parse import build, from_record, parse
from tests.unit.message.reader import fetched

PLAIN = b"""From: "Doe, Jane" <Jane.Doe@example.com>
To: =?utf-8?q?Jos=C3=A9?= <jose@example.org>, Tom <tom@example.net>
Cc: TOM@example.net, ann@example.net
Bcc: boss@example.com
Reply-To: jane@example.org
Sender: assistant@example.com
Subject: Re: the
 =?utf-8?q?plan_=C3=A9?=
Date: Mon, 13 Dec 1999 09:21:00 -0500
Message-ID: <x@example.com>
In-Reply-To: <w@example.org>
References: <v@example.org>
 <w@example.org>
Content-Type: text/plain; charset=utf-8

Hi Jose,

ask Marco Rossi.

Best,
Jane

On Mon, 13 Dec 1999 at 08:00, Jose <jose@example.org> wrote:
> how?
"""


def test_the_facts_of_a_plain_mail() -> None:
    """Every field of the message is read from a usual mail."""
    message = parse(PLAIN)
    assert message == Message(
        message_id="<x@example.com>",
        digest=message.digest,
        date=datetime(1999, 12, 13, 14, 21, tzinfo=UTC),
        sender=Person("Doe, Jane", "jane.doe@example.com"),
        recipients=(
            Recipient("jose@example.org", "José", Role.TO),
            Recipient("tom@example.net", "Tom", Role.TO),
            Recipient("ann@example.net", "", Role.CC),
            Recipient("boss@example.com", "", Role.BCC),
        ),
        subject="Re: the plan é",
        base_subject="the plan é",
        kind=Kind.REPLY,
        own_text="Hi Jose,\n\nask Marco Rossi.",
        quoted_text=message.quoted_text,
        quoted=message.quoted,
        salutation=message.salutation,
        signature_names=("Jane",),
        named=("Jose", "Marco Rossi"),
        text_addresses=("jose@example.org",),
        in_reply_to="<w@example.org>",
        references=("<v@example.org>", "<w@example.org>"),
        reply_to=(Person("", "jane@example.org"),),
        actual_sender=Person("", "assistant@example.com"),
    )
    assert message.salutation is not None
    assert ("Jose",) == message.salutation.names
    assert Person("Jose", "jose@example.org") == message.quoted[0].sender


@pytest.mark.pitfall("bad-bare-lf", "bad-bom")
def test_line_ends_change_nothing() -> None:
    """CRLF, bare LF and bare CR, a byte order mark and an mbox separator: the same message."""
    expected = parse(PLAIN)
    crlf = PLAIN.replace(b"\n", b"\r\n")
    for raw in (
        crlf,
        PLAIN.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + PLAIN,
        b"From x@y Mon Dec 13 09:21:00 1999\n" + PLAIN,
        b"\r\n" + crlf,
    ):
        assert expected == parse(raw)


def test_a_record_says_the_same_as_the_mail() -> None:
    """The same content has the same facts and the same digest from a JSON Lines record."""
    body = PLAIN.partition(b"\n\n")[2].decode()
    record = {
        "message_id": "<x@example.com>",
        "date": "1999-12-13T14:21:00Z",
        "from": {"name": "Doe, Jane", "address": "jane.doe@example.com"},
        "to": [
            {"name": "José", "address": "jose@example.org"},
            {"name": "Tom", "address": "tom@example.net"},
        ],
        "cc": [{"name": "", "address": "tom@example.net"}, {"name": "", "address": "ann@example.net"}],
        "bcc": [{"name": "", "address": "boss@example.com"}],
        "subject": "Re: the plan é",
        "body": body,
        "in_reply_to": "<w@example.org>",
        "references": ["<v@example.org>", "<w@example.org>"],
        "attachments": ["plan.pdf"],
    }
    message, mail = from_record(record), parse(PLAIN)
    assert (Attachment("plan.pdf", "", 0),) == message.attachments
    for fact in (
        "message_id",
        "digest",
        "date",
        "sender",
        "recipients",
        "subject",
        "kind",
        "own_text",
        "quoted",
        "references",
        "salutation",
        "flaws",
    ):
        assert getattr(mail, fact) == getattr(message, fact)


@pytest.mark.parametrize(
    "change",
    [
        (b"jose@example.org>,", b"josef@example.org>,"),
        (b"ann@", b"anne@"),
        (b"Jane.Doe@", b"June.Doe@"),
        (b"09:21", b"09:22"),
        (b"plan", b"plot"),
        (b"ask Marco", b"ask Maria"),
    ],
)
def test_the_digest_tells_messages_apart(change: tuple[bytes, bytes]) -> None:
    """Another address, date, subject or text is another message."""
    assert parse(PLAIN).digest != parse(PLAIN.replace(*change)).digest


def test_what_only_a_copy_shows_does_not_change_the_digest() -> None:
    """Bcc, display names, trace fields and white space differ between copies of one message."""
    copy = (
        PLAIN.replace(b"Bcc: boss@example.com\n", b"Received: from x\n")
        .replace(b" Tom <tom@", b" Thomas <tom@")
        .replace(b"\n> how?", b"\n> how?  ")
    )
    assert parse(PLAIN).digest == parse(copy).digest


@pytest.mark.pitfall("rfc-3834-heeded")
@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (rule)",
        "Precedence: bulk",
        "Precedence: List",
        "List-Id: <l.example>",
        "List-Unsubscribe: <mailto:x@example.com>",
        "Return-Path: <>",
        "From: MAILER-DAEMON@example.com",
        "From: No-Reply <no-reply@example.com>",
        "From: postmaster@example.org",
        "Content-Type: multipart/report; boundary=x",
        "From: noreply+x@example.com",
        "X-Autoreply: yes",
    ],
)
def test_mail_that_no_person_wrote_is_automatic(line: str) -> None:
    """Robots, lists, reports and automatic answers are told by their header."""
    assert parse(f"{line}\nFrom: jane@example.com\nTo: tom@example.org\n\nx".encode()).automatic


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Precedence: first-class",
        "Return-Path: <jane@example.com>",
        "X-Auto-Response-Suppress: All",
        "From: replyman@example.com",
    ],
)
def test_mail_of_people_is_not_automatic(line: str) -> None:
    """The same fields with ordinary values say nothing."""
    assert not parse(f"{line}\nFrom: jane@example.com\nTo: tom@example.org\n\nx".encode()).automatic


def test_our_own_mail_is_known() -> None:
    """The header field X-Oopsee marks mail that Oopsee made."""
    assert parse(b"X-Oopsee: alert\nFrom: jane@example.com\n\nx").ours
    assert not parse(b"From: jane@example.com\n\nX-Oopsee: alert").ours


@pytest.mark.pitfall("bad-header-size", "bad-nul", "bad-no-from", "bad-winmail", "bad-encrypted")
@pytest.mark.parametrize(
    ("raw", "flaw"),
    [
        (b"To: a@example.com\n\nx", "no-from"),
        (b"From: a@example.com\n\nx", "no-date"),
        (b"Date: someday\n\nx", "date"),
        (b"To: Anna Rossi\n\nx", "to"),
        (b"From: a@example.com\nthis is no field\n\nx", "header"),
        (b"Subject: \xe9\n\nx", "header-charset"),
        (b"Subject: a\0b\n\nx", "header-nul"),
        (b"Content-Type: text/plain; charset=x-klingon\n\n\xe9", "charset"),
        (b"Content-Transfer-Encoding: base64\n\n!!!a", "transfer-encoding"),
        (b"Content-Transfer-Encoding: x-uuencode\n\nx", "transfer-encoding"),
        (b"Content-Type: multipart/mixed\n\nx", "boundary"),
        (b"Content-Type: application/pkcs7-mime\n\nx", "encrypted"),
        (b"Content-Type: application/ms-tnef; name=winmail.dat\n\nx", "tnef"),
        (b"A: b\n" * 300_000 + b"\nx", "header-length"),
        (b"From: a@example.com\n\n" + b"x" * 300_000, "text-length"),
    ],
)
def test_flaws_name_what_could_not_be_read(raw: bytes, flaw: str) -> None:
    """A flaw is named, and the rest of the message is there."""
    assert flaw in parse(raw).flaws


@pytest.mark.pitfall("django-mailbox-210")
@pytest.mark.parametrize(
    ("charset", "octets", "text"),
    [
        ("iso-8859-9", b"G\xfcl\xfe\xe7en \xfd", "Gülşçen ı"),
        ("windows-1252", b"caf\xe9 \x80", "café €"),
        ("utf-8", "Müller".encode(), "Müller"),
        ("us-ascii", "Müller".encode(), "Müller"),
        ("", b"caf\xe9", "café"),
        ("x-unknown", "Müller".encode(), "Müller"),
        ("utf-8", b"caf\xe9", "caf\ufffd"),
        ("idna", b"abc", "abc"),
        ("hex", b"abc", "abc"),
        ("utf-16", "Anna".encode("utf-16"), "Anna"),
        ("a" * 5000, b"abc", "abc"),
        ("\u0131so", b"abc", "abc"),
    ],
)
def test_any_charset_gives_text(charset: str, octets: bytes, text: str) -> None:
    """Known charsets are read as declared, wrong and unknown ones as best can be."""
    part = TextPart("text/plain", charset, "8bit", octets)
    assert text == build(b"From: a@example.com\n\n", [part], ()).own_text


def test_quoted_printable_that_a_gateway_forgot_is_undone() -> None:
    """Text that is still encoded though the header does not say so reads as it was written."""
    left = "Hi Anna,=20\nthis is a long l=\nine, =E9 =C3=A9.\nFrom:=09Tom=20\n"
    message = from_record({"body": left})
    assert "Hi Anna, \nthis is a long line, é é.\nFrom:\tTom" == message.own_text.rstrip()
    plain = "a = b\nlist=\nhttps://example.com/?q=20"
    assert plain == from_record({"body": plain}).own_text


@pytest.mark.parametrize(
    "record",
    [
        {},
        {
            "from": 7,
            "to": "a@example.com, b@example.com",
            "cc": [1, None, "c@example.com"],
            "date": [],
            "body": 3,
            "subject": None,
            "references": {},
        },
        {
            "from": {"address": None},
            "to": {"address": "a@example.com"},
            "attachments": "x",
            "date": "never",
            "message_id": 5,
        },
        {
            "body": "\ud800\udfff",
            "subject": "\ud800",
            "from": {"name": "\ud800", "address": "\ud800@example.com"},
        },
    ],
)
def test_any_record_can_be_read(record: dict[str, object]) -> None:
    """Missing and mistyped values are passed over; addresses are kept; text can be encoded."""
    message = from_record(record)
    assert {item.address for item in message.recipients} >= ({"a@example.com"} if "to" in record else set())
    assert repr(message).encode()


# --- parse == build on what an IMAP reader fetched ----------------------------------------------

TEXTS = st.sampled_from(
    [
        "Hi Anna,\n\nthe plan.\n",
        "Grüße aus Köln\n",
        "Merhaba Ayşe Hanım\n",
        "",
        "x" * 200 + "\n",
        "<p>Hi</p>\n",
        "日本語\n",
    ]
)
NAMES = st.sampled_from(["plan.pdf", "Übersicht.xlsx", "a b.txt", "çok uzun bir ad " * 6 + ".doc"])


@st.composite
def leaves(draw: st.DrawFn) -> EmailMessage:
    """Make a text, HTML, attachment, image, invitation, signature or inner message."""
    part = EmailMessage(policy=SMTP)
    kind = draw(
        st.sampled_from(["plain", "html", "file", "image", "calendar", "signature", "textfile", "message"])
    )
    if kind in {"plain", "html", "calendar"}:
        encoding = draw(st.sampled_from(["8bit", "base64", "quoted-printable"]))
        part.set_content(draw(TEXTS), subtype=kind, charset="utf-8", cte=encoding)
    elif kind == "textfile":
        part.set_content(draw(TEXTS), filename=draw(NAMES), disposition="attachment")
    elif kind == "message":
        part.set_content(_inner())
    else:
        major, minor = {"image": ("image", "png"), "signature": ("application", "pgp-signature")}.get(
            kind, ("application", "pdf")
        )
        inline = draw(st.booleans()) and kind == "image"
        part.set_content(
            b"\x00\xff" * 20,
            major,
            minor,
            disposition="inline" if inline else "attachment",
            filename=None if inline else draw(NAMES),
        )
    return part


def _inner() -> EmailMessage:
    inner = EmailMessage(policy=SMTP)
    inner["From"] = "x@example.net"
    inner.set_content("inner text\n")
    return inner


def _multipart(subtype: str, children: list[EmailMessage]) -> EmailMessage:
    whole = EmailMessage(policy=SMTP)
    whole["MIME-Version"] = "1.0"
    whole.add_header("Content-Type", f"multipart/{subtype}")
    for child in children:
        whole.attach(child)
    return whole


TREES = st.recursive(
    leaves(),
    lambda inner: st.builds(
        _multipart,
        st.sampled_from(["mixed", "alternative", "related", "signed", "report"]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(TREES)
def test_parse_is_build_on_what_a_reader_fetches(tree: EmailMessage) -> None:
    """From raw octets or from header, chosen parts and sizes: the same facts, for any tree of parts."""
    for name, value in (
        ("From", "jane@example.com"),
        ("To", "Tom <tom@example.org>"),
        ("Subject", "plan"),
        ("Date", "Mon, 13 Dec 1999 09:21:00 +0000"),
    ):
        tree[name] = value
    raw = tree.as_bytes(policy=SMTP)
    assert fetched(raw) == parse(raw)


# --- never raises -------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=2000))
def test_any_octets_are_a_message(raw: bytes) -> None:
    """Whatever the bytes, there is a message, and the safety net was not needed."""
    assert "unreadable" not in parse(raw).flaws


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_mutated_mail_is_a_message(data: st.DataObject) -> None:
    """A real-looking mail with octets cut, doubled or changed anywhere is read."""
    raw = bytearray(data.draw(st.sampled_from([PLAIN, _sample()])))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=8))
    assert "unreadable" not in parse(bytes(raw)).flaws


def _sample() -> bytes:
    text, page = EmailMessage(policy=SMTP), EmailMessage(policy=SMTP)
    text.set_content("Grüße\n", cte="base64")
    page.set_content("<p>Grüße</p>\n", subtype="html", cte="quoted-printable")
    whole = _multipart("mixed", [_multipart("alternative", [text, page]), text])
    whole["From"] = "Jürgen Müller <j@example.com>"
    whole["To"] = '"Rossi, Anna" <a@example.org>, Team: b@example.net;'
    whole["Subject"] = "Größe"
    return whole.as_bytes(policy=SMTP)
