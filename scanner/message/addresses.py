"""Addresses: one spelling for each, display names decoded, addresses found in running text."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from scanner.message.decode import decode_words

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SIMPLE: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]*[A-Za-z0-9]")
_PLAIN_LOCAL: Final = re.compile(r"[^\s\"(),:;<>@\[\]\\]+")
_DOMAIN_IN_TEXT: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}(?![\w@])")
ADDRESS_IN_TEXT: Final = re.compile(
    rf"(?<![\w.+%/=&-])[\w+%&'=-][\w.+%&'=-]{{0,63}}@{_DOMAIN_IN_TEXT.pattern}"
)
"""An address as it stands in running text: with a dot in its domain, no quoted local part."""
_REACH: Final = 65  # characters in front of an "@" that the pattern can take, and the one before them


_PEELS: Final = 6
"""Brackets within quotes within brackets: nobody writes more. From what has more, all marks are taken."""

_MARKS: Final = re.compile(r"""[<>"'\\:]""")
_WORDS: Final = re.compile(r'(?:"(?:[^"\\]++|\\.)*+"|[^\s"\\]++|\s++)*+', re.DOTALL)
_WORD: Final = re.compile(r'"((?:[^"\\]++|\\.)*+)"|\s++', re.DOTALL)


def normalise_address(text: str) -> str:
    """One spelling per address: lower case, no needless quotes, international domains in Unicode.

    Takes an addr-spec with or without angle brackets, white space, "mailto:" or an obsolete
    source route. The local part is lower-cased as well: no provider of note tells case apart.
    """
    lower = text.lower()
    if _SIMPLE.fullmatch(text) and "xn--" not in lower and text[0] != "'":
        return lower
    for layers in range(2 * _PEELS):
        if layers == _PEELS:
            text = _MARKS.sub("", text)
        before, text = text, _spelled(text)
        if text == before:
            break
    return text


def _spelled(text: str) -> str:
    """Peel one layer off an address; what was inside may have layers of its own."""
    if not text.isprintable():
        text = "".join([c for c in text if c.isprintable() or c.isspace()])
    text = text.strip().strip("<>").strip()
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text.startswith("@") and ":" in text:  # RFC 5322 section 4.4: obs-route
        text = text.partition(":")[2]
    if len(text) > 2 and text[0] == text[-1] == "'":
        text = text[1:-1]
    local, at, domain = text.rpartition("@")
    if not at:
        return "".join(domain.split()).lower()
    local = _unquoted(local) if '"' in local else "".join(local.split())
    return f"{unicodedata.normalize('NFC', local.lower())}@{_domain(domain)}"


def _unquoted(local: str) -> str:
    """Write a local part with quoted words as atoms where it can be, else as one quoted string.

    RFC 5322 sections 3.2.4 and 4.4: the quotes and backslashes are no part of what is said.
    """
    if not _WORDS.fullmatch(local):
        return "".join(local.split())
    said = _WORD.sub(lambda word: _ESCAPED.sub(r"\1", word[1] or ""), local)
    if _PLAIN_LOCAL.fullmatch(said):
        return said
    said = " ".join(said.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{said}"'


def _domain(domain: str) -> str:
    domain = "".join(domain.split()).rstrip(".").lower()
    if "xn--" in domain and len(domain) < 256:
        domain = ".".join(map(_unicode_label, domain.split(".")))
    return domain if domain.isascii() else unicodedata.normalize("NFC", domain).lower()


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except (UnicodeError, IndexError):
        return label


def clean_name(name: str) -> str:
    """Decode a display name and take quotes, control characters and doubled spaces out of it."""
    if "=?" in name:
        name = decode_words(name)
    name = " ".join(name.split())
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name if name.isprintable() else "".join(c for c in name if c.isprintable())


def addresses_in_text(text: str, limit: int) -> tuple[str, ...]:
    """Return the addresses that stand in running text, lower-cased, in order, each once."""
    if "@" not in text:
        return ()
    found: dict[str, None] = {}
    behind = 0
    at = text.find("@")
    while at >= 0 and len(found) < limit:
        domain = _DOMAIN_IN_TEXT.match(text, at + 1)
        if domain is not None:
            match = ADDRESS_IN_TEXT.search(text, max(at - _REACH, behind), domain.end())
            if match is not None:
                found.setdefault(normalise_address(match[0].strip("'")))
                behind = match.end()
        at = text.find("@", max(at + 1, behind))
    return tuple(found)
