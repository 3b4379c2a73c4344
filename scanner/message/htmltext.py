"""HTML of a mail as plain text: line breaks kept, styles and scripts dropped, quotes marked with ">"."""

from __future__ import annotations

import html
import re
from typing import Final

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]*+)([^<>]*+)>|<[!?][^<>]*+>")
_HUGE_ENTITY: Final = re.compile(r"&#x?[0-9A-Fa-f]{8,}+;?")
_HIDDEN: Final = frozenset({"head", "noscript", "object", "script", "style", "template", "title"})
_BREAKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_PARAGRAPHS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "table", "ul", "ol"})
_MAX_QUOTE_DEPTH: Final = 9


def html_to_text(source: str) -> str:
    """Turn HTML into text in one linear pass.

    Block elements and `<br>` break lines, table cells are parted by a space, entities are
    decoded, lines inside `<blockquote>` start with "> " per level. Malformed HTML gives what
    text can be seen in it.
    """
    writer = _Writer()
    unclosed: set[str] = set()
    position = 0
    length = len(source)
    while position < length:
        start = source.find("<", position)
        if start < 0:
            writer.text(source[position:])
            break
        if start > position:
            writer.text(source[position:start])
        if source.startswith("<!--", start):
            end = source.find("-->", start + 4)
            position = length if end < 0 else end + 3
            continue
        tag = _TAG.match(source, start)
        if tag is None:
            writer.text("<")
            position = start + 1
            continue
        position = tag.end()
        name = (tag[2] or "").lower()
        if name in _HIDDEN and not tag[1] and not tag[3].endswith("/"):
            if name not in unclosed:
                position = _behind(source, name, position, unclosed)
        elif name:
            writer.tag(name, closing=bool(tag[1]))
    return writer.result()


def _behind(source: str, name: str, position: int, unclosed: set[str]) -> int:
    """Where the text goes on behind a hidden element; an unclosed style or script hides the rest.

    Elements found unclosed are noted in `unclosed`, so that nobody looks for their end again.
    """
    closed = re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE).search(source, position)
    if closed is not None:
        return closed.end()
    unclosed.add(name)
    return len(source) if name in {"script", "style"} else position


class _Writer:
    """Collects lines; knows the quote depth and whether white space counts."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._depth = 0
        self._pre = 0
        self._blank = True

    def text(self, data: str) -> None:
        if "&" in data:
            if "&#" in data:
                data = _HUGE_ENTITY.sub("", data)
            data = html.unescape(data).replace("\0", "")
        if self._pre:
            first, *others = data.split("\n")
            self._line.append(first)
            for line in others:
                self._break()
                self._line.append(line)
            return
        words = data.split()
        if not words:
            if data and self._line:
                self._line.append(" ")
            return
        if data[0].isspace() and self._line:
            self._line.append(" ")
        self._line.append(" ".join(words))
        if data[-1].isspace():
            self._line.append(" ")

    def tag(self, name: str, *, closing: bool) -> None:
        if name == "br":
            self._break()
            return
        if name in {"td", "th"}:
            if self._line:
                self._line.append(" ")
            return
        if name not in _BREAKS:
            return
        if self._line:
            self._break()
        if name == "blockquote":
            self._depth = max(self._depth - 1, 0) if closing else self._depth + 1
        elif name == "pre":
            self._pre = max(self._pre - 1, 0) if closing else self._pre + 1
        elif closing and name in _PARAGRAPHS and not self._blank:
            self._break()

    def _break(self) -> None:
        line = "".join(self._line)
        line = line.rstrip() if self._pre else " ".join(line.split())
        self._line.clear()
        self._blank = not line
        if self._depth:
            line = "> " * min(self._depth, _MAX_QUOTE_DEPTH) + line
        self._lines.append(line)

    def result(self) -> str:
        if self._line:
            self._break()
        return "\n".join(self._lines).strip("\n")
