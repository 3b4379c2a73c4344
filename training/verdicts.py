"""What a person has read in the open corpus: real mistakes among the mail that counts as clean.

Kept by digest only, in `training/data/enron_read.toml`; no text and no address.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scanner.message.model import Message

MISTAKE, NOT_ONE = "mistake", "not"


def digest_of(message_id: str) -> str:
    """Return by what a message is known here: 16 hex digits of the SHA-256 of its Message-ID."""
    return hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@cache
def read_by_a_person() -> Mapping[str, str]:
    """Return digest -> "mistake" or "not" of the candidates that a person has read."""
    text = (files("training") / "data" / "enron_read.toml").read_text("utf-8")
    verdicts: dict[str, str] = tomllib.loads(text)["read"]
    return verdicts


def is_real_mistake(message: Message) -> bool:
    """Return whether a person has read this message and found that it had gone to a wrong party."""
    return read_by_a_person().get(digest_of(message.message_id or message.digest)) == MISTAKE
