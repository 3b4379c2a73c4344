"""The end of the own text: sign-off, name, signature block, and the legal notice under business mail."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import bare, device_lines, disclaimers, ordinary_words, vocabulary

_NOTICE_HINTS: Final = (
    "confid", "intended", "received this", "environment", "riservat", "destinatari", "stampar", "ai sensi",
    "imprim", "aviso legal", "gizlilik", "yasal uyar", "e-posta", "kişisel veri", "vertraulich", "adressat",
    "umwelt", "destinataire", "avez reçu",
)  # fmt: skip
_SIGNATURE_LINES: Final = 12
_MAX_SIGNOFF: Final = 60
_MIN_NOTICE: Final = 120
_INITIALS: Final = re.compile(r"[A-Z][A-Za-z]?[A-Z]|[A-Z]\.\s?[A-Z]\.?")
_NAME: Final = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?(?: [^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?){0,3}")
_TAIL: Final = re.compile(
    r"(?:^|[.!?)]\s+|\s{2,})([A-Za-z'À-ɏ ]{2,30}?)[,.!\s-]+"
    r"([^\W\d_][\w'.-]{0,20}(?: [^\W\d_][\w'.-]{0,20})?)$"
)
_LAST_WORD: Final = re.compile(r"[.!?)]\s+-*\s?([^\W\d_]{2,15})$")
_CONTACT: Final = re.compile(r"[0-9][0-9 ()./-]{5,}[0-9]|\w@\w|www\.|https?:", re.IGNORECASE)
_STRIP: Final = " \t-\u2013\u2014~*_,.!/"


_FILE_LINE: Final = re.compile(
    r"\s*(?:- \S.{0,120}\.\w{2,5}|<<.{1,120}>>|\[(?:IMAGE|image|cid)[^\]]{0,80}\]|\(See attached file:.*)\s*"
)


def split_signature(own: str) -> tuple[str, tuple[str, ...]]:
    """Part the own text from its signature.

    Returns the text without sign-off, signature block, device line and legal notice, and the
    names the sender signed with ("Anna", "AB", "Anna Rossi"). A text that is nothing but a sign-off
    stays as it is.
    """
    text = _without_notice(own.rstrip())
    lines = text.split("\n")
    _drop_device_lines(lines)
    files = _file_lines(lines)
    cut = _delimiter(lines)
    below: list[str] = []
    if cut is not None:
        below = lines[cut + 1 :]
        del lines[cut:]
        _drop_blank(lines)
    names = _sign_off(lines) or _contact_block(lines)
    if not names and below:
        names = _names_in(below[0])
    lines.extend(files)
    kept = "\n".join(lines).rstrip()
    return (kept if kept.strip() else text), tuple(names)


def _without_notice(text: str) -> str:
    if len(text) < _MIN_NOTICE:
        return text
    lower = text.lower()
    if len(lower) != len(text) or not any(hint in lower for hint in _NOTICE_HINTS):
        return text
    cut = len(text)
    for phrase in disclaimers():
        position = lower.find(phrase)
        if position < 0 or position >= cut:
            continue
        line_start = lower.rfind("\n", 0, position) + 1
        if position - line_start <= 30:
            cut = line_start
    kept = text[:cut].rstrip(" \t\n*_-=")
    return kept or text


def _drop_blank(lines: list[str]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()


def _drop_device_lines(lines: list[str]) -> None:
    _drop_blank(lines)
    starts = device_lines()
    while len(lines) > 1 and len(lines[-1]) < 100 and lines[-1].strip().lower().startswith(starts):
        lines.pop()
        _drop_blank(lines)


def _file_lines(lines: list[str]) -> list[str]:
    """Take off the lines at the end that name attachments, as programs list them in the text."""
    count = 0
    while (
        count < len(lines) - 1
        and count < 50
        and (not lines[-1 - count].strip() or _FILE_LINE.fullmatch(lines[-1 - count]))
    ):
        count += 1
    files = lines[len(lines) - count :]
    del lines[len(lines) - count :]
    return files


def _delimiter(lines: list[str]) -> int | None:
    """Line of the signature delimiter "-- " (RFC 3676 section 4.3), or of a rule near the end."""
    for index in range(len(lines) - 1, max(len(lines) - 25, -1), -1):
        line = lines[index]
        if line[:2] in {"--", "__", "\u2014"}:
            bare_line = line.strip()
            if (
                bare_line == "--"
                or (bare_line in {"\u2014", "---"} and index)
                or (len(bare_line) > 4 and not bare_line.strip("_"))
            ):
                return index
    return None


def _sign_off(lines: list[str]) -> list[str]:
    """Cut the sign-off and what is below it off the lines; return the names found there."""
    signoffs = vocabulary().signoffs
    seen = 0
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index].strip()
        if not line:
            continue
        seen += 1
        if seen > _SIGNATURE_LINES:
            break
        if len(line) <= _MAX_SIGNOFF and _phrase(line) in signoffs:
            names = next(
                (found for below in lines[index + 1 :] if below.strip() for found in [_names_in(below)]), []
            )
            if names or seen <= 2:
                start = index
                while start > 0 and (
                    not lines[start - 1].strip() or _phrase(lines[start - 1].strip()) in signoffs
                ):
                    start -= 1
                del lines[start:]
                return names
            continue
        if seen <= 2:
            tail = _TAIL.search(line[-80:])
            if tail is not None and _phrase(tail[1]) in signoffs and _may_sign(tail[2], after_sign_off=True):
                kept = line[: len(line) - len(line[-80:]) + tail.start(1)].rstrip()
                lines[index:] = [kept] if kept else []
                return [tail[2].strip(_STRIP)]
    return _last_line(lines)


def _contact_block(lines: list[str]) -> list[str]:
    """Cut off a last paragraph that is a name with short lines under it, one of them a way to reach it."""
    start = len(lines)
    while start > 0 and lines[start - 1].strip():
        start -= 1
    block = [line.strip() for line in lines[start:]]
    if not (start and 1 < len(block) <= _SIGNATURE_LINES) or max(map(len, block)) > _MAX_SIGNOFF:
        return []
    names = _names_in(block[0])
    if not names or not is_given_name(names[0].split()[0]):
        return []
    if not any(_CONTACT.search(line) for line in block[1:]):
        return []
    del lines[start:]
    return names


def _last_line(lines: list[str]) -> list[str]:
    _drop_blank(lines)
    if not lines:
        return []
    line = lines[-1].strip()
    if len(line) <= 40 and len(lines) > 1:
        names = _names_in(line)
        if names and _may_sign(names[0], after_sign_off=line[0] in "-\u2013\u2014~"):
            lines.pop()
            _drop_blank(lines)
            return names
    tail = _LAST_WORD.search(line[-40:])
    if tail is not None and _may_sign(tail[1], after_sign_off=False):
        lines[-1] = line[: len(line) - (len(line[-40:]) - tail.start(1))].rstrip(" -")
        return [tail[1]]
    return []


def _phrase(line: str) -> str:
    return " ".join([bare(word.strip(",!;:-")) for word in line.strip(_STRIP).split()])


def _names_in(line: str) -> list[str]:
    """Return the name that a line consists of, if it does."""
    text = line.strip(_STRIP)
    for mark in (",", "|", " - ", "  ", "\t", " ("):
        head, found, _ = text.partition(mark)
        if found:
            text = head.strip(_STRIP)
    if not text or len(text) > 40 or _NAME.fullmatch(text) is None:
        return []
    if _INITIALS.fullmatch(text):
        return [text]
    words = text.split()
    if not all(word[0].isupper() or is_given_name(word) for word in words):
        return [text] if len(words) == 1 and len(text) <= 3 else []
    if len(words) == 1 and fold(text) in ordinary_words() and not is_given_name(text):
        return []
    return [text]


def _may_sign(name: str, *, after_sign_off: bool) -> bool:
    name = name.strip(_STRIP)
    if not name:
        return False
    if _INITIALS.fullmatch(name):
        return name not in {
            "AM",
            "PM",
            "OK",
            "US",
            "UK",
            "EU",
            "FYI",
            "IT",
            "HR",
            "TX",
            "NY",
            "CA",
            "USA",
            "PS",
        }
    first = name.split()[0]
    if is_given_name(first):
        return first[0].isupper() or after_sign_off
    if after_sign_off:
        return (name[0].isupper() or len(name) <= 3) and fold(first) not in ordinary_words()
    return False
