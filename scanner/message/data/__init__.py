"""Phrases and names that people of a language can correct: TOML files beside this module."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any


@functools.cache
def load_table(name: str) -> dict[str, Any]:
    """Read a data file of this package."""
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@functools.cache
def load_words(name: str) -> dict[str, tuple[str, ...]]:
    """Read a data file of sections by language, each with keys to lists of words, and join the languages.

    A key maps to the words of all languages in file order, each once. A string value counts as
    words parted by white space; a list as phrases.
    """
    joined: dict[str, dict[str, None]] = {}
    for section in load_table(name).values():
        for key, value in section.items():
            words = value.split() if isinstance(value, str) else value
            joined.setdefault(key, {}).update(dict.fromkeys(words))
    return {key: tuple(words) for key, words in joined.items()}
