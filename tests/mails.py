"""Some forty mails of every shape, as octets with CRLF line ends, by name. Nobody in them exists."""

from __future__ import annotations

import base64
import quopri

_HEAD = (
    "From: Anna Rossi <anna@example.org>\r\n"
    "To: Bruno Weiss <bruno@example.com>\r\n"
    "Date: Tue, 01 Apr 2025 13:22:22 +0200\r\n"
    "Subject: {subject}\r\n"
    "Message-ID: <{name}@example.org>\r\n"
    "MIME-Version: 1.0\r\n"
)
_BODY = "Dear Bruno,\r\n\r\nhere are the figures for {name}.\r\n\r\nBest regards\r\nAnna\r\n"


def plain(name: str, *, subject: str = "Figures", body: str = "", extra: str = "") -> bytes:
    """A message of one plain text part."""
    head = _HEAD.format(subject=subject, name=name) + extra
    return (head + "\r\n" + (body or _BODY.format(name=name))).encode()


def typed(name: str, content_type: str, body: str | bytes, *, encoding: str = "", extra: str = "") -> bytes:
    """A message with the Content-Type and body that are given."""
    head = _HEAD.format(subject="Figures", name=name) + f"Content-Type: {content_type}\r\n" + extra
    if encoding:
        head += f"Content-Transfer-Encoding: {encoding}\r\n"
    octets = body if isinstance(body, bytes) else body.encode()
    return head.encode() + b"\r\n" + octets


def part(content_type: str, body: str, *fields: str) -> str:
    """One part of a multipart."""
    return "\r\n".join((f"Content-Type: {content_type}", *fields)) + "\r\n\r\n" + body + "\r\n"


def multipart(name: str, subtype: str, *parts: str, boundary: str = "=_b") -> bytes:
    """A message of several parts."""
    return typed(name, f'multipart/{subtype}; boundary="{boundary}"', joined(*parts, boundary=boundary))


def joined(*parts: str, boundary: str) -> str:
    """The body of a multipart."""
    return "".join(f"--{boundary}\r\n{text}" for text in parts) + f"--{boundary}--\r\n"


def nested(subtype: str, *parts: str, boundary: str) -> str:
    """A multipart inside another."""
    return part(f'multipart/{subtype}; boundary="{boundary}"', joined(*parts, boundary=boundary))


TEXT = part("text/plain; charset=utf-8", "Dear Bruno,\r\nsee below.\r\nAnna")
HTML = part("text/html; charset=utf-8", "<p>Dear Bruno,<br>see <b>below</b>.</p><p>Anna</p>")
PDF = part(
    'application/pdf; name="offer.pdf"',
    base64.encodebytes(b"%PDF-1.4 " + b"x" * 3000).decode().replace("\n", "\r\n"),
    "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment; filename="offer.pdf"',
)
_INSIDE = "From: Carla <carla@example.net>\r\nTo: anna@example.org\r\nSubject: inside\r\n\r\nText inside.\r\n"


def _latin(text: str, charset: str) -> bytes:
    return text.encode(charset)


def _attachment(*parameters: str, kind: str = "application/octet-stream") -> str:
    fields = f"Content-Disposition: attachment; {'; '.join(parameters)}"
    return part(kind, "AAAA", "Content-Transfer-Encoding: base64", fields)


MAILS: dict[str, bytes] = {
    "plain": plain("plain"),
    "no-mime": b"From: anna@example.org\r\nTo: bruno@example.com\r\nSubject: hi\r\n\r\nHello Bruno\r\n",
    "empty-body": plain("empty-body", body="\r\n"),
    "header-only": b"From: anna@example.org\r\nTo: bruno@example.com\r\nSubject: nothing\r\n\r\n",
    "no-date": b"From: anna@example.org\r\nTo: b@example.com\r\nMessage-ID: <nd@example.org>\r\n\r\nx\r\n",
    "odd-date": b"From: anna@example.org\r\nTo: b@example.com\r\nDate: yesterday\r\n\r\nx\r\n",
    "no-from": b"To: bruno@example.com\r\nSubject: who\r\n\r\nx\r\n",
    "many": plain(
        "many", extra="Cc: " + ",\r\n ".join(f"p{n} <p{n}@example.com>" for n in range(200)) + "\r\n"
    ),
    "bcc": plain("bcc", extra="Bcc: secret@example.net\r\n"),
    "group": plain(
        "group", extra="Cc: Team: Carla <carla@example.net>, dario@example.net;, eva@example.net\r\n"
    ),
    "references": plain(
        "references",
        subject="Re: Figures",
        extra="In-Reply-To: <a@example.com>\r\nReferences: <z@example.com>\r\n\t<a@example.com>\r\n",
    ),
    "quoted": plain(
        "quoted",
        subject="AW: Zahlen",
        body="Hallo Bruno,\r\ndanke.\r\n\r\nAm 31.03.2025 schrieb Bruno <b@example.com>:\r\n> Die Zahlen\r\n",
    ),
    "forward": plain(
        "forward",
        subject="Fwd: Figures",
        body=(
            "FYI\r\n\r\n---------- Forwarded message ---------\r\nFrom: Carla <carla@example.net>\r\n"
            "To: Anna <anna@example.org>\r\nSubject: Figures\r\n\r\nText\r\n"
        ),
    ),
    "encoded-words": plain(
        "encoded-words",
        subject="=?utf-8?Q?=C3=9Cbersicht?= =?iso-8859-1?Q?_f=FCr_Herrn_Wei=DF?=",
        extra="Cc: =?utf-8?B?SsO8cmdlbiBNw7xsbGVy?= <juergen@example.com>\r\n",
    ),
    "eight-bit-header": b"From: J\xfcrgen <juergen@example.org>\r\nTo: B\xc3\xb6rn <boern@example.com>\r\n"
    b"Subject: Gr\xfc\xdfe\r\n\r\nx\r\n",
    "from-line": plain("from-line", body="Hello\r\n\r\nFrom Monday on we are closed.\r\n>From here too.\r\n"),
    "utf-8": typed("utf-8", "text/plain; charset=utf-8", "Sayın Çağlar,\r\n\r\nekte.\r\n", encoding="8bit"),
    "undeclared-utf-8": typed("undeclared-utf-8", "text/plain", "Grüße an alle\r\n", encoding="8bit"),
    "latin-1": typed(
        "latin-1", "text/plain; charset=iso-8859-1", _latin("Grüße\r\n", "latin-1"), encoding="8bit"
    ),
    "koi8": typed("koi8", "text/plain; charset=koi8-r", _latin("Привет\r\n", "koi8-r"), encoding="8bit"),
    "gb2312": typed("gb2312", 'text/plain; charset="gb2312"', _latin("你好\r\n", "gb2312"), encoding="8bit"),
    "unknown-charset": typed(
        "unknown-charset", "text/plain; charset=x-moon", b"caf\xe9\r\n", encoding="8bit"
    ),
    "quoted-printable": typed(
        "quoted-printable",
        "text/plain; charset=utf-8",
        quopri.encodestring("Liebe Zoë, größer\n".encode()).replace(b"\n", b"\r\n"),
        encoding="Quoted-Printable",
    ),
    "base64": typed(
        "base64",
        "text/plain; charset=utf-8",
        base64.encodebytes(("Chère Zoé, voilà.\n" * 40).encode()).replace(b"\n", b"\r\n"),
        encoding="base64",
    ),
    "broken-base64": typed("broken-base64", "text/plain", "SGVsbG8gQnJ1bm8*\r\n", encoding="base64"),
    "html-only": typed(
        "html-only", "text/html; charset=utf-8", "<html><body><p>Hello Bruno</p></body></html>\r\n"
    ),
    "alternative": multipart("alternative", "alternative", TEXT, HTML),
    "html-first": multipart("html-first", "alternative", HTML, TEXT),
    "mixed": multipart("mixed", "mixed", TEXT, PDF),
    "mixed-alternative": multipart(
        "mixed-alternative", "mixed", nested("alternative", TEXT, HTML, boundary="=_a"), PDF
    ),
    "related": multipart(
        "related",
        "related",
        nested("alternative", TEXT, HTML, boundary="=_a"),
        part("image/png; name=logo.png", "AAAA", "Content-Transfer-Encoding: base64", "Content-ID: <logo>"),
    ),
    "two-texts": multipart("two-texts", "mixed", TEXT, PDF, part("text/plain", "A footer of the list.")),
    "text-attachment": multipart(
        "text-attachment",
        "mixed",
        TEXT,
        _attachment('filename="notes.txt"', kind="text/plain; name=notes.txt"),
    ),
    "names": multipart(
        "names",
        "mixed",
        TEXT,
        _attachment("filename*=utf-8''%C3%9Cbersicht%202025.xlsx"),
        _attachment('filename="=?utf-8?B?w5xiZXJzaWNodC5wZGY=?="'),
        _attachment("filename*0=a-very-long-", "filename*1=name.pdf"),
        _attachment("filename*0*=utf-8''Pr%C3%BC", "filename*1*=fung.docx"),
        _attachment('filename="with \\"quotes\\" inside.txt"'),
        _attachment('filename="2025"'),
    ),
    "rfc822": multipart("rfc822", "mixed", TEXT, part("message/rfc822", _INSIDE)),
    "digest": multipart("digest", "digest", "\r\n" + _INSIDE + "\r\n"),
    "bounce": multipart(
        "bounce",
        "report; report-type=delivery-status",
        part("text/plain", "It could not be delivered."),
        part(
            "message/delivery-status",
            "Reporting-MTA: dns; a.example\r\n\r\nFinal-Recipient: rfc822; x@a.example\r\nStatus: 5.1.1\r\n",
        ),
    ),
    "signed": multipart(
        "signed", "signed", TEXT, part("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----\r\n")
    ),
    "calendar": multipart(
        "calendar",
        "alternative",
        TEXT,
        part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"),
    ),
    "encrypted": typed(
        "encrypted",
        "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "MIIB\r\n",
        encoding="base64",
    ),
    "winmail": multipart("winmail", "mixed", TEXT, part('application/ms-tnef; name="winmail.dat"', "AAAA")),
    "automatic": plain("automatic", extra="Auto-Submitted: auto-replied\r\n"),
    "list": plain("list", extra="List-Id: <staff.example.org>\r\nPrecedence: list\r\n"),
    "ours": plain("ours", extra="X-Oopsee: alert\r\n"),
    "nested-deep": multipart(
        "nested-deep",
        "mixed",
        nested("related", nested("alternative", TEXT, HTML, boundary="=_d3"), boundary="=_d2"),
        PDF,
    ),
    "long-text": plain("long-text", body="All work and no play.\r\n" * 3000),
    "long-lines": plain("long-lines", body="word " * 4000 + "\r\n"),
    "folded": plain("folded", subject="A very long subject that\r\n goes on and\r\n\ton"),
    "sender": plain("sender", extra="Sender: Office <office@example.org>\r\nReply-To: desk@example.org\r\n"),
}
"""Each mail by its name."""
