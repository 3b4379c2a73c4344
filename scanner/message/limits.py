"""How much of one message is read: the bounds that keep the work on any input linear and small."""

from __future__ import annotations

from typing import Final

HEADER_OCTETS: Final = 1_048_576
"""Octets of the header block that are read; the rest is left unread and named in `flaws`."""

ENCODED_OCTETS: Final = 524_288
"""Octets of one transfer-encoded text part that are decoded; a reader need not fetch more."""

TEXT_CHARACTERS: Final = 200_000
"""Characters of text (all text parts together) that are looked at."""

DEPTH: Final = 20
"""Levels of nested multiparts that are opened."""

PARTS: Final = 500
"""MIME parts of one message that are listed."""

RECIPIENTS: Final = 10_000
"""Recipients of one message that are kept; the same of Reply-To."""

ADDRESS_CHARACTERS: Final = 998
"""The longest address; what is longer is none. RFC 5321 section 4.5.3.1.3 allows 254, some programs
write more."""

NAME_CHARACTERS: Final = 1_000
"""Characters of a display name, a file name or a MIME type that are kept."""

SUBJECT_CHARACTERS: Final = 4_000
"""Characters of the subject that are kept."""

ID_CHARACTERS: Final = 998
"""Characters of a Message-ID that are kept: no line of mail may be longer (RFC 5322 section 2.1.1)."""

REFERENCES: Final = 200
"""Message identifiers of References that are kept (the last ones)."""

BLOCKS: Final = 30
"""Quoted header blocks of one message that are read."""

PEOPLE: Final = 1_000
"""People of one quoted To or Cc that are kept."""

NAMED: Final = 40
"""Names found in the own text that are kept."""

ADDRESSES: Final = 500
"""Addresses found in own and quoted text that are kept."""
