"""Which mail program wrote a message, from its header."""

from __future__ import annotations

import re
from email.parser import BytesHeaderParser
from email.policy import compat32

FIELDS = ("User-Agent", "X-Mailer", "Message-ID", "X-MS-Has-Attach")
"""The header fields that tell."""

_MARKS = (
    ("thunderbird", re.compile(r"thunderbird|icedove|betterbird", re.IGNORECASE)),
    ("outlook", re.compile(r"outlook|microsoft-macoutlook", re.IGNORECASE)),
    ("other", re.compile(r"\S")),
)
_BY_ID = (
    ("gmail", re.compile(r"@mail\.gmail\.com>?\s*$", re.IGNORECASE)),
    ("outlook", re.compile(r"@\S+\.(?:prod\.outlook|eurprd\w+\.prod\.outlook)\.com>?\s*$", re.IGNORECASE)),
)


def client(header: bytes) -> str:
    """Name the mail program: "gmail", "outlook", "thunderbird"; "other" for one of another name, "" without.

    `header` is a header block or the fields of it in `FIELDS` (RFC 5322; User-Agent and X-Mailer are
    in common use, standardised for neither).
    """
    fields = BytesHeaderParser(policy=compat32).parsebytes(header)
    written = " ".join(str(fields.get(name, "")) for name in ("User-Agent", "X-Mailer")).strip()
    for name, mark in _MARKS:
        if written and mark.search(written):
            return name
    identity = str(fields.get("Message-ID", ""))
    for name, mark in _BY_ID:
        if mark.search(identity):
            return name
    return "outlook" if "X-MS-Has-Attach" in fields else ""
