"""Text out of mail made harmless: for a header, a terminal, a line of plain text."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "\u2026"
_REPLACEMENT = "\ufffd"
_MOST_MARKS = 3
"""Combining marks kept on one letter: more than any script needs, fewer than cover the lines around."""


def one_line(text: str, limit: int = 200) -> str:
    """Give `text` as one line of at most `limit` characters that does nothing but be read.

    Line ends and all other white space become single spaces. Control characters (terminal
    escapes begin with one), format characters (among them the bidirectional controls of Unicode
    annex 9 and invisible ones) and unassigned code points go; half surrogates become U+FFFD.
    """
    kept: list[str] = []
    marks = 0
    for one in unicodedata.normalize("NFC", text[: limit * 20]):
        category = unicodedata.category(one)
        marks = marks + 1 if category.startswith("M") else 0
        if one.isspace() or category in {"Zl", "Zp"}:
            kept.append(" ")
        elif category == "Cs":
            kept.append(_REPLACEMENT)
        elif category.startswith("C") or marks > _MOST_MARKS:
            continue
        else:
            kept.append(one)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def lines(text: str) -> str:
    """Give text of several lines for a terminal: each as `one_line` would, indentation kept."""
    shown = []
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        shown.append(" " * indent + one_line(line, 1000))
    return "\n".join(shown)


def width(text: str) -> int:
    """Count the columns that a terminal needs: two for wide letters, none for combining marks."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def wrap(text: str, columns: int = 72, first: str = "", rest: str = "") -> str:
    """Break a line at spaces so that none is wider than `columns`; what has no space is cut.

    `first` and `rest` stand before the first and the other lines.
    """
    done: list[str] = []
    current, bare = first, True
    for word in text.split(" "):
        piece = word
        if not bare and width(current) + 1 + width(piece) <= columns:
            current += " " + piece
            continue
        if not bare:
            done.append(current)
            current, bare = rest, True
        while width(current) + width(piece) > columns:
            room = _fitting(piece, columns - width(current))
            done.append(current + piece[:room])
            piece, current = piece[room:], rest
        current, bare = current + piece, False
    return "\n".join([*done, current])


def _fitting(text: str, columns: int) -> int:
    """Count the characters at the beginning of `text` that fit into `columns`, one at least."""
    used = 0
    for place, one in enumerate(text):
        used += width(one)
        if used > columns:
            return max(1, place)
    return len(text)
