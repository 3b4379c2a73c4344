"""Whether a mail takes another one back, or tells its sender that it came to the wrong party.

Only the first lines of the own text count: legal notices ("if you are not the intended recipient")
stand further down, and what is quoted is somebody else's word. A phrase alone proves nothing; what it
is about follows from who wrote to whom before. What the phrases are, and what takes their meaning
away, stands in data/retractions.toml.
"""

from __future__ import annotations

import enum
import functools
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
_NEAR: Final = 300
"""Characters between two hints that are about one matter."""

_PAIRS: Final = {
    ("ask", "clue"): "party",
    ("ask", "aim"): "party",
    ("aim", "clue"): "party",
    ("done", "clue"): "notice",
    ("done", "alien"): "notice",
    ("done", "meant"): "notice",
    ("came", "alien"): "notice",
    ("came", "meant"): "notice",
    ("meant", "alien"): "notice",
}
"""Hints of which one of each, near each other, is as good as a phrase."""

_QUOTED: Final = re.compile('["“”„«»][^"“”„«»\\n]{24,300}["“”«»]')
"""Words within quotation marks: a title, or what somebody else said."""


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
    kinds = _kinds("retraction", f"{subject}\n\n{body}" if len(body) <= _SHORT else body)
    if subject and len(body) > _SHORT and kinds:
        kinds |= _kinds("retraction", subject) & {"content"}
    if "content" in kinds:
        return Retraction.CONTENT
    if "party" in kinds:
        return Retraction.PARTY
    return Retraction.WITHDRAWN if "withdrawn" in kinds and "settled" not in kinds else None


def is_notice(message: Message) -> bool:
    """Return whether a recipient tells the sender here that a mail was not for them."""
    if message.automatic:
        return False
    return "notice" in _kinds("notice", message.own_text[:OPENING])


@dataclass(frozen=True, slots=True)
class _Speech:
    """What is said in one matter, in one language, and what takes it back.

    `unless` speaks of the sentence around a phrase, `never` of the whole text.
    """

    phrases: Phrases[str]
    unless: Vetoes
    never: Vetoes

    @staticmethod
    @functools.cache
    def of(matter: str, language: str) -> _Speech:
        """Read the patterns of a matter, `retraction` or `notice`, in a language, when first asked for."""
        section = load_table("retractions.toml")[language]
        table: dict[str, list[str]] = {**section[matter]}
        table["never"] = [*section["never"], *table["never"]]
        patterns = {
            kind: [compile_pattern(pattern, section["words"]) for pattern in those]
            for kind, those in table.items()
        }
        unless, never = Vetoes(patterns.pop("unless")), Vetoes(patterns.pop("never"))
        phrases = [(kind, pattern) for kind, those in patterns.items() for pattern in those]
        return _Speech(Phrases(phrases), unless, never)

    def kinds(self, text: str) -> set[str]:
        """Return the kinds of phrases that a plain text holds and means."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for kind, start, end in self.phrases.found(text):
            found[sentence_around(text, start, end)].setdefault(kind, start)
        if not found or self.never.within(text):
            return set()
        meant: dict[str, list[int]] = defaultdict(list)
        for sentence, kinds in found.items():
            if self.unless.within(sentence):
                continue
            if sentence.endswith("? ") and "ask" not in kinds:
                kinds.pop("party", None)  # a question states nothing, unless it asks for a favour
            for kind, start in kinds.items():
                meant[kind].append(start)
        return {whole for pair, whole in _PAIRS.items() if _close(meant, *pair)}.union(meant)


def _kinds(matter: str, text: str) -> set[str]:
    """Return the kinds of phrases in a text, in the languages that it may be written in; quotations apart."""
    said = plain(_QUOTED.sub(" x ", text))
    return {kind for one in _languages(said) for kind in _Speech.of(matter, one).kinds(said)}


def _languages(text: str) -> list[str]:
    """Return the languages that a plain text may be written in: it holds about as many of their words."""
    usual = _usual()
    counts = dict.fromkeys(load_table("retractions.toml"), 0)
    for word in text.split():
        for language in usual.get(word.rstrip("~"), ()):
            counts[language] += 1
    most = max(counts.values())
    return [language for language, count in counts.items() if 2 * count >= most]


@functools.cache
def _usual() -> dict[str, list[str]]:
    """Return the words that tell a language, and of which languages each is."""
    usual: dict[str, list[str]] = defaultdict(list)
    for language, section in load_table("retractions.toml").items():
        for word in sorted(set(fold(section["usual"]).split())):
            usual[word].append(language)
    return dict(usual)


def _close(said: dict[str, list[int]], one: str, other: str) -> bool:
    return any(abs(first - second) <= _NEAR for first in said.get(one, ()) for second in said.get(other, ()))
