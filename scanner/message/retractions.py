"""Whether a mail takes another one back, or tells its sender that it came to the wrong party.

Only the first lines of the own text count: legal notices ("if you are not the intended recipient")
stand further down, and what is quoted is somebody else's word. A phrase alone proves nothing; what it
is about follows from who wrote to whom before. What the phrases are, and what takes their meaning
away, stands in data/retractions.toml.
"""

from __future__ import annotations

import enum
import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scanner.message.data import load_table
from scanner.message.model import Kind
from scanner.message.names import fold
from scanner.message.phrasing import Phrases, Vetoes, compile_pattern, plain, sentence_around

if TYPE_CHECKING:
    from scanner.message.model import Message

OPENING: Final = 600
"""Characters of own text that are looked at."""

_SHORT: Final = 150
"""Own text up to so many characters may leave the matter to the subject: "see subject"."""

_SUBJECT: Final = 200
_NEAR: Final = 200
"""Characters between two hints that are about one matter."""

_PAIRS: Final = {("ask", "clue"): "party", ("done", "clue"): "notice"}
"""Hints of which one of each, near each other, is as good as a phrase."""


class Retraction(enum.StrEnum):
    """Why a sender takes a mail back."""

    PARTY = "party"
    """It went to the wrong recipient."""

    CONTENT = "content"
    """The recipient is right; attachment, version or date are not."""

    WITHDRAWN = "withdrawn"
    """The sender does not say."""


def retraction(message: Message) -> Retraction | None:
    """Return why the sender of this mail takes an earlier one back, None where they do not."""
    body = message.own_text[:OPENING].strip()
    subject = message.subject[:_SUBJECT] if message.kind is Kind.NEW else ""
    about = _Speech.of("retraction")
    kinds = about.kinds(plain(f"{subject}\n\n{body}" if len(body) <= _SHORT else body))
    if subject and len(body) > _SHORT and kinds:
        kinds |= about.kinds(plain(subject)) & {"content"}
    if "content" in kinds:
        return Retraction.CONTENT
    if "party" in kinds:
        return Retraction.PARTY
    return Retraction.WITHDRAWN if "withdrawn" in kinds and "settled" not in kinds else None


def is_notice(message: Message) -> bool:
    """Return whether a recipient tells the sender here that a mail was not for them."""
    if message.automatic:
        return False
    kinds = _Speech.of("notice").kinds(plain(message.own_text[:OPENING]))
    return "notice" in kinds


@dataclass(frozen=True, slots=True)
class _Speech:
    """What is said in one matter, in all languages, and per language what takes it back.

    `unless` speaks of the sentence around a phrase, `never` of the whole text; `usual` are words that
    tell a language.
    """

    phrases: Phrases[tuple[str, str]]
    unless: dict[str, Vetoes]
    never: dict[str, Vetoes]
    usual: dict[str, frozenset[str]]

    @staticmethod
    @functools.cache
    def of(matter: str) -> _Speech:
        """Read a matter's patterns: `retraction` or `notice`."""
        phrases, vetoes, usual = [], {}, {}
        for language, section in load_table("retractions.toml").items():
            usual[language] = frozenset(fold(section["usual"]).split())
            classes: dict[str, str] = section["words"]
            table: dict[str, Any] = section[matter]
            for kind, patterns in table.items():
                made = [compile_pattern(pattern, classes) for pattern in patterns]
                if kind in {"unless", "never"}:
                    vetoes[language, kind] = Vetoes(made)
                else:
                    phrases += [((language, kind), pattern) for pattern in made]
        unless, never = (_of_kind(vetoes, kind) for kind in ("unless", "never"))
        return _Speech(Phrases(phrases), unless, never, usual)

    def kinds(self, text: str) -> set[str]:
        """Return the kinds of phrases that a plain text holds and means."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for (language, kind), start, end in self.phrases.found(text):
            found[language, sentence_around(text, start, end)].setdefault(kind, start)
        meant: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        languages = {language for language, _ in found}
        written: frozenset[str] = self._written(text) if languages else frozenset()
        void = {one: one not in written or self.never[one].within(text) for one in languages}
        for (language, sentence), kinds in found.items():
            if void[language] or self.unless[language].within(sentence):
                continue
            if sentence.endswith("? ") and "ask" not in kinds:
                kinds.pop("party", None)  # a question states nothing, unless it asks for a favour
            for kind, start in kinds.items():
                meant[language][kind].append(start)
        made = {whole for said in meant.values() for pair, whole in _PAIRS.items() if _close(said, *pair)}
        return made.union(*meant.values())

    def _written(self, text: str) -> frozenset[str]:
        """Return the languages that a plain text may be written in: it holds about as many of their words."""
        words = [word.rstrip("~") for word in text.split()]
        counts = {one: sum(word in usual for word in words) for one, usual in self.usual.items()}
        return frozenset(one for one, count in counts.items() if 2 * count >= max(counts.values()))


def _of_kind(vetoes: dict[tuple[str, str], Vetoes], wanted: str) -> dict[str, Vetoes]:
    return {language: veto for (language, kind), veto in vetoes.items() if kind == wanted}


def _close(said: dict[str, list[int]], one: str, other: str) -> bool:
    return any(abs(first - second) <= _NEAR for first in said.get(one, ()) for second in said.get(other, ()))
