"""What mutation and fuzzing start from: every kind of letter of the tests, and what broke other parsers."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.mailbox import mails
from tests.benchmarks.parse import samples
from tests.mails import MAILS

_HEAD = b"From: Jane Doe <jane@example.com>\r\nTo: tom@example.org\r\n"


def _nested(levels: int) -> bytes:
    raw = _HEAD
    for depth in range(levels):
        raw += f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n".encode()
    return raw + b"Content-Type: text/plain\r\n\r\nhello\r\n"


HOSTILE: dict[str, bytes] = {
    "recipients": b"From: jane@example.com\r\nTo: "
    + b",\r\n ".join(b"Person %d <p%d@example.org>" % (n, n) for n in range(300))
    + b"\r\n\r\nx",
    "nested": _nested(60),
    "forwarded marks": _HEAD + b"Subject: Plan" + b" (fwd)" * 300 + b"\r\n\r\nx",
    "words in words": _HEAD
    + b"Subject: "
    + b"=?utf-8?q?=3D=3Futf-8=3Fb=3FYQ=3D=3D=3F=3D?= " * 60
    + b"\r\n\r\nx",
    "split letter": _HEAD + b"Subject: =?utf-8?b?w4PD?= =?utf-8?b?g8OD?=\r\n\r\nx",
    "groups": b"From: Team: a@example.com, b@example.com;\r\n"
    b"To: undisclosed-recipients:;, A: B: c@example.com;;\r\n\r\nx",
    "quoted local part": b'From: "jane \\"x\\" doe"@example.com\r\n'
    b'To: "a@b"@example.org, <"c d"@example.org>\r\n\r\nx',
    "comments": b"From: (a (b) \\) c) jane (d) @ (e) example.com\r\n"
    b"To: tom@example.org (Tom (never closed\r\n\r\nx",
    "route": b"From: <@a.example,@b.example:jane@example.com>\r\nTo: mailto:tom@example.org\r\n\r\nx",
    "international": (
        "From: Jürgen <jürgen@bücher.example>\r\nTo: 测试@例え.example, x@xn--bcher-kva.example\r\n\r\nx"
    ).encode(),
    "years": _HEAD + b"Date: Mon, 31 Feb 0000 25:61:61 +9999\r\n\r\nx",
    "far year": _HEAD + b"Date: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nx",
    "nul": b"Fr\0om: jane\0@example.com\r\nTo: t\0om@example.org\r\nSubject: \0\r\n\r\n\0text\0",
    "bare CR": _HEAD.replace(b"\r\n", b"\r") + b"\rhello\rthere",
    "line ends mixed": b"From: a@example.com\nTo: b@example.com\r\nSubject: x\r\r\n\n\rhello\r\n.\n",
    "mark in front": b"\xef\xbb\xbf" + _HEAD + b"\r\nhello",
    "mbox line": b"From jane Mon Mar 3 10:00:00 2025\n" + _HEAD + b"\r\nhello",
    "utf-7": _HEAD
    + b"Content-Type: text/plain; charset=utf-7\r\nSubject: =?utf-7?q?+2AA-?=\r\n\r\n+2AA- +AGA-",
    "utf-16": _HEAD
    + b"Content-Type: text/plain; charset=utf-16\r\n\r\n"
    + "Hallo\ud7ff".encode("utf-16")
    + b"\xd8",
    "odd codecs": b"".join(
        b"To: =?%s?q?=41=ff=80?= <%d@example.org>\r\n" % (name, number)
        for number, name in enumerate(
            (b"punycode", b"idna", b"rot13", b"zlib", b"hz", b"utf_32", b"cp037", b"undefined")
        )
    )
    + b"\r\nx",
    "html bomb": _HEAD
    + b"Content-Type: text/html\r\n\r\n"
    + b"<blockquote><table><tr><td><pre>" * 40
    + b"<style><!-- </style> &#99999999999; &lt;b&gt; <a href='\"><script>x</script>"
    + b"<" * 40,
    "html unclosed": _HEAD + b"Content-Type: text/html\r\n\r\n<p>a<!-- b<script>c<title>d<object",
    "quotes of all kinds": _HEAD
    + b"\r\nHi Tom,\r\n\r\n-----Original Message-----\r\nFrom: A <a@example.com>\r\nSent: Tuesday\r\n"
    + b"To: B; C, D\r\nSubject: x\r\n\r\n> On 5 March 2024 Ann wrote:\r\n>> >>> Joe 1/2/03 10:00AM >>>\r\n"
    + b"---- Forwarded by Ann/LON/FIRM on 06/07/2000 11:53 PM ----\r\nAnn Poe\r\n06/07/2000 11:53 PM\r\n"
    + b"        To:     Bob Roe/LON/FIRM@FIRM\r\n        cc:\r\n        Subject:        x\r\n",
    "parameters": _HEAD
    + b"Content-Type: application/x; name*0*=utf-8''%C3; name*1*=%A7; "
    + b'name*2=x; name*999*=%; name="a\\"b\r\n'
    + b"Content-Disposition: attachment; filename*=x'y'%ff; filename=\"=?utf-8?q?a\r\n\r\nx",
    "no boundary": _HEAD + b"Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nhello\r\n",
    "boundary within": _HEAD
    + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    + b"--a\r\nContent-Type: multipart/mixed; boundary=aa\r\n\r\n"
    + b"--aa\r\n\r\nhello\r\n--a\r\n--aa--\r\n--a--\r\n",
    "half decoded": _HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gV29ybGQ=SGVsbG8=\r\n===\r\nA",
    "quoted twice": _HEAD
    + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=3D20=\r\n=20\r\n==\r\n=C3=\r\n=A9=3D09\r\n",
    "injection": _HEAD
    + b"Subject: =?utf-8?q?x=0D=0ABcc:_thief@evil.example=0D=0A=0D=0A?=\r\n"
    + b"Message-ID: <a\x1b]0;x\x07@example.com>\r\n"
    + b"References: <a\rb@example.com> <c@example.com>\r\n\r\n\x1b[2Jx",
    "direction": (
        "From: \u202egnp.exe\u2066 <a@example.com>\r\nTo: \u200bb@example.com\r\n\r\n\u202ex"
    ).encode(),
    "structure": b'("TEXT" "PLAIN" ("charset" "utf-8") NIL NIL "7BIT" 5 1 NIL '
    b'("attachment" ("filename" "a.txt")) NIL NIL)',
    "structure of parts": b'(("TEXT" "HTML" NIL NIL NIL '
    b'"QUOTED-PRINTABLE" 50 1 NIL NIL NIL NIL)("APPLICATION" "PDF" '
    b'("name*" "utf-8\'\'%41") NIL NIL "BASE64" 50 NIL ("attachment" NIL) NIL NIL) '
    b'"MIXED" ("boundary" "b") NIL NIL NIL)',
}
"""Mail, and two answers of servers, that other programs stumbled over; small, so that many can be tried."""


def seeds() -> dict[str, bytes]:
    """Give every letter that the tests know, by name."""
    found = dict(MAILS)
    found |= {f"hostile: {name}": raw for name, raw in HOSTILE.items()}
    found |= {f"usual {number}": raw for number, raw in enumerate(samples())}
    found |= {f"mailbox {number}": mail.raw for number, mail in enumerate(mails(40, people=30))}
    return found


def collected(folder: Path) -> dict[str, bytes]:
    """Give every file in a folder and below it, whatever it is called."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


DICTIONARY = Path(__file__).with_name("mail.dict")


def tokens() -> tuple[bytes, ...]:
    """Give the words of the dictionary, of which mail is made."""
    lines = DICTIONARY.read_text(encoding="ascii").splitlines()
    return tuple(
        re.sub(rb"\\x([0-9A-F]{2})", lambda code: bytes.fromhex(code[1].decode()), line[1:-1].encode())
        for line in lines
        if line.startswith('"')
    )
