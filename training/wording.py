"""The words by which mail says what it is: a joke, an introduction, a list of people."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from scanner.message.names import fold

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Words:
    """The words of all languages, folded: patterns of whole phrases, and the words of lists."""

    joke: re.Pattern[str]
    introduction: re.Pattern[str]
    list: frozenset[str]


@cache
def words() -> Words:
    """Return the words by which mail says what it is (`training/data/sets.toml`)."""
    table = tomllib.loads((files("training") / "data" / "sets.toml").read_text("utf-8"))
    found = {
        key: {fold(word) for section in table.values() for word in section[key]}
        for key in ("joke", "introduction", "list")
    }
    return Words(_pattern(found["joke"]), _pattern(found["introduction"]), frozenset(found["list"]))


def _pattern(phrases: Collection[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(phrases)))})(?!\w)")
