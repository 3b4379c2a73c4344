"""The subject without its reply and forward marks, and what those marks say (RFC 5256 section 2.1)."""

from __future__ import annotations

import functools
import re
from typing import Final

from scanner.message.data import load_words
from scanner.message.model import Kind

_COUNT: Final = r"(?:\s?[\[(*]{1,2}[0-9]{1,3}[\])]?)?"
_BLOB: Final = re.compile(r"\[[^\[\]]{0,80}\]\s*+")
_TRAILER: Final = "(fwd)"
_MAX_MARKS: Final = 50


@functools.cache
def _prefix() -> tuple[re.Pattern[str], frozenset[str]]:
    words = load_words("subjects.toml")
    both = sorted((*words["reply"], *words["forward"]), key=len, reverse=True)
    pattern = rf"\s*+({'|'.join(map(re.escape, both))}){_COUNT}\s?[:\uff1a]\s*+"
    return re.compile(pattern, re.IGNORECASE), frozenset(word.lower() for word in words["forward"])


def subject_kind(subject: str) -> Kind:
    """What the first mark in front of a subject says: reply, forward, or (no mark) new."""
    head = subject[:80]
    if ":" not in head and "\uff1a" not in head and not subject.endswith(")"):
        return Kind.NEW
    pattern, forwards = _prefix()
    blob = _BLOB.match(subject)
    found = pattern.match(subject, blob.end() if blob else 0)
    if found is not None:
        return Kind.FORWARD if found[1].lower() in forwards else Kind.REPLY
    return Kind.FORWARD if subject.lower().endswith(_TRAILER) else Kind.NEW


def base_subject(subject: str) -> str:
    """Strip marks of replies and forwards in many languages, list tags and "(fwd)"; lower case."""
    rest = " ".join(subject.split())
    start, end = 0, len(rest)
    if ":" in rest or "\uff1a" in rest or "[" in rest:
        pattern, _ = _prefix()
        for _ in range(_MAX_MARKS):
            found = pattern.match(rest, start)
            if found is None:
                found = _BLOB.match(rest, start)
                if found is None or found.end() == len(rest):
                    break
            start = found.end()
    while rest[max(start, end - len(_TRAILER)) : end].lower() == _TRAILER:
        end -= len(_TRAILER)
        if end > start and rest[end - 1] == " ":
            end -= 1
    return rest[start:end].lower()
