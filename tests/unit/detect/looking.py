"""The feature rows and clues of a hand-made message, by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from scanner.detect import rules
from scanner.detect.clues import Clues, clues_of
from scanner.detect.features.address import lookalikes
from scanner.detect.features.candidates import LIGHT
from scanner.detect.features.context import Context, make_context
from scanner.detect.features.extract import complete, extract
from scanner.detect.features.table import NAMES
from scanner.detect.reasons import reasons
from scanner.history.history import History
from scanner.history.terms import TermHasher
from scanner.message.model import Message
from tests.letters import facts

_OWN = frozenset({"firm.example"})


def context(message: Message, history: History) -> Context:
    """A sent message seen from a history."""
    hasher = TermHasher()
    return make_context(message, facts(message, hasher=hasher), history, own=_OWN, hasher=hasher)


def table(message: Message, history: History) -> NDArray[np.float64]:
    """The feature rows of a message, the ranker being that of the rules."""
    return complete(extract(context(message, history)), rules.weights(LIGHT))


def rows(message: Message, history: History) -> list[Mapping[str, float]]:
    """The features of every recipient, by name."""
    return [dict(zip(NAMES, row, strict=True)) for row in table(message, history).tolist()]


def clues(message: Message, history: History, position: int = 0) -> Clues:
    """What a person can check about one recipient."""
    seen = context(message, history)
    return clues_of(seen, lookalikes(seen))[position]


def sentence(family: str, message: Message, history: History, position: int = 0, meant: str = "") -> str:
    """The sentence that is said where this family is the reason, "" where there is none to say."""
    row = table(message, history)[position]
    found = reasons({family: 1.0}, row, clues(message, history, position), meant)
    return found[0].text if found else ""
