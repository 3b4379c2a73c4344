"""Mail that broke other parsers: read, bounded, in time.

The tests assert no times: the sizes are such that work that is not linear would run into the
time limit of the test run.
"""

from __future__ import annotations

import base64

import pytest

from scanner.message import limits
from scanner.message.mime import Part, select
from scanner.message.model import Attachment, Role
from scanner.message.owntext import split_text
from scanner.message.parse import from_record, parse
from scanner.message.subjects import base_subject

HEADER = b"From: jane@example.com\r\nTo: tom@example.org\r\n"


def test_ten_thousand_recipients_are_all_kept() -> None:
    """A mail to ten thousand people has ten thousand recipients, in order."""
    addresses = [f"person.number{number}@example.org" for number in range(10_000)]
    message = parse(b"From: jane@example.com\r\nTo: " + ",\r\n ".join(addresses).encode() + b"\r\n\r\nx")
    assert addresses == [recipient.address for recipient in message.recipients]
    assert () == tuple(flaw for flaw in message.flaws if flaw != "no-date")


@pytest.mark.pitfall("bad-recipients")
def test_more_recipients_than_the_limit_are_said() -> None:
    """Beyond the limit the first recipients are kept and the flaw is named."""
    people = ",".join(f"{number}@x.yz" for number in range(limits.RECIPIENTS + 100))
    message = parse(f"To: {people}\n\nx".encode())
    assert limits.RECIPIENTS == len(message.recipients)
    assert "recipients" in message.flaws


@pytest.mark.parametrize(
    "name", ["To", "From", "Subject", "References", "Date", "Message-ID", "Content-Type", "X-Junk"]
)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "<",
        ">",
        '"',
        '\\"',
        "(",
        "()",
        ",",
        ";",
        ":",
        "=?",
        "=?utf-8?q?a?= ",
        "=?utf-8?b?YQ==?=",
        "=?a?q?",
        "@",
        "a@",
        "<a@b>",
        "\t\n ",
        "\\",
        "[",
        "%",
        ";a=",
        '; a="',
        "a*0*=b;",
        "é",
        "\x00",
        "\u202e",
        "Re: ",
        "[x] ",
        "10:",
        "'",
        "1 Jan ",
        "-",
    ],
)
def test_a_megabyte_of_anything_in_a_field_is_read(name: str, unit: str) -> None:
    """Any field can be of any length: quotes, comments, brackets, encoded words that never end."""
    field = f"{name}: ".encode() + (unit * (300_000 // len(unit))).encode()
    message = parse(field + b"\r\n" + HEADER + b"\r\nx")
    assert "unreadable" not in message.flaws
    assert (
        "tom@example.org" in {recipient.address for recipient in message.recipients}
        or "header-length" in message.flaws
    )


@pytest.mark.parametrize(
    "line",
    [
        "> ",
        ">" * 50,
        "To: a\n",
        "From: a\n",
        "Subject: a\n",
        "a\n",
        "\n",
        "-----Original Message-----\n",
        "On 5 March 2024 a wrote:\n",
        "a:\n",
        ">>> a 1/2/03 >>>\n",
        "x   To: y\n",
        "---- Forwarded by a\n",
        "-- \n",
        "Thanks,\n",
        "Anna, ",
        "Anna Rossi ",
        "a@b.example ",
        "@",
        "a@",
        "From: a\nTo: b\nSubject: c\n\n",
        "wrote ",
        "cc: a,\nb,\n",
        "1/2/03 10:00 AM\n",
        " ",
        "\t",
        "\t\n",
        "Hi ",
        "=\n",
        "=20\n",
        "=C3",
        ".",
        "confidential ",
        "\u0130",
        "\x00",
        "A" * 70,
        "Aa",
        "a-",
        "a.b@",
    ],
)
def test_megabytes_of_any_text_are_read(line: str) -> None:
    """Text that looks like the start of a quote, a greeting or an address on every line takes linear work."""
    for text in (
        line * (250_000 // len(line)),
        "Hi Anna,\n\n" + line * (250_000 // len(line)) + "\nTo: x\ncc: y\nSubject: z\n",
    ):
        message = parse(HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode())
        assert "unreadable" not in message.flaws
        assert len(message.quoted) <= limits.BLOCKS


@pytest.mark.pitfall("bad-nesting")
def test_a_thousand_nested_multiparts_are_opened_so_far() -> None:
    """Nesting is followed to a depth; the rest is named as not opened."""
    raw = HEADER
    for depth in range(1000):
        raw += f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n".encode()
    raw += b"Content-Type: text/plain\r\n\r\nhello\r\n"
    message = parse(raw)
    assert "nesting" in message.flaws
    assert "tom@example.org" == message.recipients[0].address


def test_a_tree_of_a_thousand_levels_from_elsewhere_is_walked_so_far() -> None:
    """A body structure that a server made up does no harm either."""
    leaf = Part("application/pdf", number="1")
    part = leaf
    for _ in range(900):
        part = Part("multipart/alternative", children=(leaf, part))
    selection = select(part)
    assert () == selection.texts
    assert limits.DEPTH == len(selection.attachments)


@pytest.mark.pitfall("bad-parts")
def test_ten_thousand_parts_are_listed_so_far() -> None:
    """Parts beyond the limit are not listed, and that is said."""
    part = b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n"
    message = parse(HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 10_000)
    assert limits.PARTS == len(message.attachments)
    assert "parts" in message.flaws


@pytest.mark.parametrize("boundary", [b'""', b"x" * 100_000, b'"a b"', b"=?utf-8?q?x?=", b"--", b"-"])
def test_odd_boundaries_do_no_harm(boundary: bytes) -> None:
    """Empty, endless and misleading boundaries are survived and the text is kept."""
    raw = (
        HEADER
        + b"Content-Type: multipart/mixed; boundary="
        + boundary
        + b"\r\n\r\n--"
        + boundary.strip(b'"')
        + b"\r\n\r\nhello\r\n"
        + b"--" * 1000
    )
    assert "hello" in parse(raw).own_text


def test_a_big_attachment_is_not_decoded() -> None:
    """Of an attachment there is name, type and encoded size, however big it is."""
    content = base64.encodebytes(b"\x00" * 7_500_000).replace(b"\n", b"\r\n")
    raw = (
        HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: "
        b"application/zip\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
        b"filename*0*=utf-8''%C3%A7; filename*1=ok.zip\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    message = parse(raw)
    assert (Attachment("çok.zip", "application/zip", len(content)),) == message.attachments
    assert "hello" == message.own_text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\r\n\r\n",
        b"\0" * 1000,
        b"\xff" * 1000,
        b":",
        b": x\n\n",
        b"From",
        b"From: \n\n",
        b"\xef\xbb\xbf",
        b"From x\n",
        b"\n\n\n",
        b"To:\n a@example.com\n\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n--b\n",
    ],
)
def test_scraps_are_messages(raw: bytes) -> None:
    """The shortest and emptiest inputs give a message, and each its digest."""
    message = parse(raw)
    assert "unreadable" not in message.flaws
    assert 40 == len(message.digest)


@pytest.mark.pitfall("bad-newlines")
def test_newlines_in_addresses_do_not_hide_them() -> None:
    """An address broken over two lines is one address; a bare line end inside one starts no field."""
    message = parse(
        b"From: jane@example.com\r\nTo: Tom <tom@exam\r\n ple.org>, Ann\r\n\t<ann@example.net>\r\n\r\nx"
    )
    assert ["tom@example.org", "ann@example.net"] == [recipient.address for recipient in message.recipients]


def test_fields_that_come_twice_are_joined() -> None:
    """Two To fields are one list; of two Subjects the first counts."""
    message = parse(
        b"From: a@example.com\nTo: b@example.com\nTo: c@example.com\nSubject: one\nSubject: two\n\nx"
    )
    assert ["b@example.com", "c@example.com"] == [recipient.address for recipient in message.recipients]
    assert "one" == message.subject


@pytest.mark.pitfall("imapclient-243")
def test_eight_bit_headers_lose_no_address() -> None:
    """Raw Latin-1 and UTF-8 names, and addresses that are not ASCII, are read."""
    message = parse(
        "From: jane@example.com\nTo: Jürgen <j@example.com>\n".encode("latin-1")
        + "Cc: Ayşe <ayşe@example.org>\n\nx".encode()
    )
    assert [("j@example.com", "Jürgen", Role.TO), ("ayşe@example.org", "Ayşe", Role.CC)] == [
        (recipient.address, recipient.name, recipient.role) for recipient in message.recipients
    ]


@pytest.mark.pitfall("bad-rfc822")
@pytest.mark.parametrize(
    ("part", "attachment"),
    [
        (b"Content-Type: message/rfc822\r\n\r\nFrom: x@example.com\r\n\r\ninner", "message/rfc822"),
        (b"Content-Type: text/calendar; name=invite.ics\r\n\r\nBEGIN:VCALENDAR", "text/calendar"),
        (b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx", "application/ms-tnef"),
        (b"Content-Type: text/plain; name=notes.txt\r\n\r\nnotes", "text/plain"),
        (b"Content-Disposition: attachment\r\n\r\nnotes", "text/plain"),
        (b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", "application/pgp-encrypted"),
    ],
)
def test_what_is_not_the_text_is_an_attachment(part: bytes, attachment: str) -> None:
    """Inner messages, invitations, TNEF, encrypted parts and named texts are attachments, not text."""
    message = parse(
        HEADER
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        + part
        + b"\r\n--b--\r\n"
    )
    assert ("hello", [attachment]) == (message.own_text, [one.content_type for one in message.attachments])


@pytest.mark.pitfall("bad-signed", "bad-calendar")
@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nx",
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx",
        b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR",
    ],
)
def test_signatures_and_invitation_bodies_are_nothing(part: bytes) -> None:
    """What every signed or calendar mail carries is neither text nor attachment."""
    message = parse(
        HEADER
        + b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        + part
        + b"\r\n--b--\r\n"
    )
    assert ("hello", ()) == (message.own_text, message.attachments)


def test_plain_text_is_preferred_and_html_read_where_there_is_none() -> None:
    """Of alternatives the plain text counts, unless it is empty or absent."""
    html = b"Content-Type: text/html\r\n\r\n<p>from <b>HTML</b></p>"
    for plain, expected in (
        (b"\r\nplain", "plain"),
        (b"\r\n", "from HTML"),
        (b"Content-Type: image/png\r\n\r\nx", "from HTML"),
    ):
        raw = (
            HEADER
            + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
            + plain
            + b"\r\n--b\r\n"
            + html
            + b"\r\n--b--\r\n"
        )
        assert expected == parse(raw).own_text


def test_a_million_forward_marks_behind_a_subject_are_taken_off_in_one_pass() -> None:
    """Marks of forwards behind a subject cost as much as they are long, not the square of it."""
    assert "plan" == base_subject("Plan" + " (fwd)" * 1_000_000)
    assert "" == base_subject("(FWD)" * 1_000_000)


def test_below_a_marker_every_line_is_looked_at_once() -> None:
    """Half a million empty fields below the mark of a quotation are read in one pass."""
    split = split_text("-----Original Message-----\n" + "To:\n\n" * 400_000)
    assert ("", ()) == (split.own, split.blocks)


def test_an_address_that_no_server_would_take_is_none() -> None:
    """Of half a megabyte that calls itself an address the name is kept, and that is said."""
    for address in (b"a" * 500_000 + b"@x.example", b"a@" + b"x." * 250_000 + b"example"):
        message = parse(b"From: jane@example.com\r\nTo: Tom <" + address + b">, ann@example.net\r\n\r\nx")
        assert ["ann@example.net"] == [recipient.address for recipient in message.recipients]
        assert "to" in message.flaws
    longest = "a" * (limits.ADDRESS_CHARACTERS - 10) + "@x.example"
    message = parse(f"From: jane@example.com\r\nTo: {longest}\r\n\r\nx".encode())
    assert (longest,) == tuple(recipient.address for recipient in message.recipients)


def test_names_subject_and_ids_are_kept_as_far_as_they_can_be_meant() -> None:
    """What is longer than a name, a subject or an id can be is cut, from octets and from a record alike."""
    long = "word " * 50_000
    raw = (
        f'From: "{long}" <jane@example.com>\r\nSubject: {long}\r\nMessage-ID: <{"a" * 100_000}@x.example>\r\n'
        f'Content-Type: application/pdf; name="{long}"\r\n\r\nx'
    )
    record = {"from": {"name": long, "address": "jane@example.com"}, "subject": long}
    for message in (parse(raw.encode()), from_record(record)):
        assert ("jane@example.com", limits.NAME_CHARACTERS - 1) == (
            message.sender.address,
            len(message.sender.name),
        )
        assert limits.SUBJECT_CHARACTERS - 1 == len(message.subject)
        assert {"from", "subject"} <= set(message.flaws)
    message = parse(raw.encode())
    assert limits.ID_CHARACTERS == len(message.message_id)
    assert [limits.NAME_CHARACTERS] == [len(attachment.name) for attachment in message.attachments]


@pytest.mark.parametrize("name", ["From", "To", "Reply-To"])
def test_an_endless_word_beside_an_address_does_not_hide_it(name: str) -> None:
    """A megabyte without any mark of punctuation is looked through once, not from each of its letters."""
    for value in (b"x@example.com " + b"a" * 1_000_000, b'"' + b"a" * 1_000_000 + b" x@example.com"):
        message = parse(name.encode() + b": " + value + b"\r\n\r\nx")
        addresses = [message.sender.address, *(one.address for one in message.reply_to)]
        assert "x@example.com" in [*addresses, *(one.address for one in message.recipients)]


def test_message_ids_hold_nothing_that_acts_on_a_terminal() -> None:
    """Escapes and direction marks are taken out of ids in every field alike, so that they still match."""
    strange = "<a\x1b]0;owned\x07\u202eb@example.com>"
    raw = f"Message-ID: {strange}\r\nIn-Reply-To: {strange}\r\nReferences: {strange}\r\n\r\nx"
    message = parse(raw.encode())
    assert "<a]0;ownedb@example.com>" == message.message_id == message.in_reply_to
    assert (message.message_id,) == message.references
