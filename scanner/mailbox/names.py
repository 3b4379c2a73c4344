"""What a folder is for, told from its name in some thirty languages."""

from __future__ import annotations

import enum
import functools
import re
import tomllib
import unicodedata
from importlib import resources


class Purpose(enum.StrEnum):
    """What a folder is for."""

    SENT = "sent"
    INBOX = "inbox"
    DRAFTS = "drafts"
    JUNK = "junk"
    TRASH = "trash"
    ARCHIVE = "archive"
    ALL = "all"


def purpose(name: str) -> Purpose | None:
    """What the folder `name` (its last part, without parents) is for, None where that is unknown."""
    return _known().get(_folded(name))


def purpose_of_file(stem: str) -> Purpose | None:
    """The same for the name of an exported file, which may end in a number or year: "Sent-2019"."""
    return purpose(stem) or purpose(_NUMBERED.sub("", stem))


_NUMBERED = re.compile(r"[\s._-]*\(?\d+\)?$")


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\s_]+", " ", letters).strip()


@functools.cache
def _known() -> dict[str, Purpose]:
    text = (resources.files("scanner.mailbox") / "data" / "folders.toml").read_text(encoding="utf-8")
    return {
        _folded(name): Purpose(kind)
        for kinds in tomllib.loads(text).values()
        for kind, names in kinds.items()
        for name in names
    }
