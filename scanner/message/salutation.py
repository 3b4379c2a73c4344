"""The greeting line: who the sender thinks they are writing to. Strict: rather none than a wrong one."""

from __future__ import annotations

import re
from typing import Final

from scanner.message.model import Salutation
from scanner.message.names import fold, is_given_name
from scanner.message.vocabulary import Opening, Vocabulary, bare, ordinary_words, vocabulary, words_and_names

_TOKEN: Final = re.compile(r"[^\W\d_]++(?:[.'’`*-][^\W\d_]++)*+\.?|[,;:!?&/]|\.{2,}|[-\u2013\u2014]+|\S")
_END: Final = frozenset({",", ":", ";", "!", "", "...", ".."})
_PARTICLES: Final = frozenset(
    [
        "de",
        "da",
        "di",
        "del",
        "della",
        "dal",
        "dalla",
        "van",
        "von",
        "der",
        "den",
        "zu",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "d",
        "du",
        "des",
        "dos",
        "das",
        "ten",
        "ter",
    ]
)
_MAX_CHARACTERS: Final = 160
_MAX_TOKENS: Final = 30
_MAX_NAME_WORDS: Final = 3
_MAX_NAMES: Final = 8


def read_salutation(own_text: str) -> Salutation | None:
    """Read the greeting of a text, None where its first line is none.

    Knows "Hi Anna," "Dear Mr. Rossi:" "Liebe Anna, lieber Tom," "Ayşe Hanım merhaba," "Anna -", "Anna and
    Tom," "All," and the like. A name without a greeting counts where a comma, colon or dash
    follows and it is no ordinary word; where the sentence goes on in the same line, only where it
    is a known given name.
    """
    start = 0
    length = len(own_text)
    while start < length and own_text[start].isspace():
        start += 1
    if start == length:
        return None
    end = own_text.find("\n", start)
    line = own_text[start : length if end < 0 else end][:_MAX_CHARACTERS]
    more = end >= 0 and not own_text[end:].isspace()
    first = line[0]
    if not (first.isalpha() or first in "*¡\"'"):
        return None
    line = line.strip("*¡\"' \t")
    return _Reader(line, more=more).read() if line[:1].isalpha() else None


class _Reader:
    """Reads one line, token by token."""

    def __init__(self, line: str, *, more: bool) -> None:
        self._tokens: list[str] = _TOKEN.findall(line)[:_MAX_TOKENS]
        self._more = more  # whether text follows on later lines
        self._words: Vocabulary = vocabulary()
        self._at = 0
        self._names: list[str] = []
        self._group = False
        self._formal = False
        self._title = False  # whether the name just read bears a title

    def _token(self, ahead: int = 0) -> str:
        position = self._at + ahead
        return self._tokens[position] if position < len(self._tokens) else ""

    def read(self) -> Salutation | None:
        opening = self._opening()
        if opening is None:
            return self._read_bare()
        greeted = opening
        while (opening := self._opening()) is not None:  # "Hi dear Anna"
            greeted = opening
        if greeted is Opening.THANKS:
            return self._read_thanks()
        if self._token() == "," and not self._lone_name(1):
            return None
        if self._token() == ",":
            self._at += 1
        self._people(greeted=True)
        return self._result()

    def _result(self) -> Salutation | None:
        if not self._names and not self._group:
            return None
        return Salutation(tuple(self._names), group=self._group, formal=self._formal)

    # --- with a greeting ------------------------------------------------------------------------

    def _opening(self) -> Opening | None:
        """Pass over a greeting phrase."""
        for phrase, opening in self._words.openings.get(bare(self._token()), ()):
            if all(bare(self._token(index)) == word for index, word in enumerate(phrase)):
                self._at += len(phrase)
                if opening is Opening.FORMAL:
                    self._formal = True
                return opening
        return None

    def _lone_name(self, ahead: int) -> bool:
        """Whether a capitalised word stands there with an end behind it ("Hello, Anna!")."""
        word = self._token(ahead)
        if bare(word) in self._words.groups:
            return True
        return word[:1].isupper() and self._plausible(word) and self._ends(ahead + 1)

    def _read_thanks(self) -> Salutation | None:
        word = self._token()
        if not (
            word[:1].isupper() and is_given_name(word) and self._token(1) in {",", "!", ":", "-", "\u2013"}
        ):
            return None
        if not self._more and not self._token(2):
            return None  # "Thanks Anna!" alone may as well be signed by Anna
        self._people(greeted=True)
        return self._result()

    def _people(self, *, greeted: bool) -> None:
        """Read names and groups as long as they go on."""
        while len(self._names) < _MAX_NAMES:
            if self._group_phrase():
                if (
                    self._token() == "," and bare(self._token(1)) in self._words.groups
                ):  # "Mesdames, Messieurs"
                    self._at += 1
                    continue
            else:
                name = self._name(greeted=greeted)
                if not name:
                    return
                self._names.append(name)
            self._opening()  # "Ayşe Hanım merhaba"
            mark = self._token()
            if mark and bare(mark) in self._words.joiners:
                if not self._starts_person(1):
                    return
                self._at += 1
            elif mark == ",":
                here = self._at
                self._at += 1
                if self._opening() is not None:  # "Liebe Anna, lieber Tom"
                    continue
                if not self._listed():
                    self._at = here
                    return
            else:
                return

    def _starts_person(self, ahead: int) -> bool:
        word = self._token(ahead)
        if bare(word) in self._words.groups or bare(word) in self._words.titles:
            return True
        return (word[:1].isupper() or is_given_name(word)) and self._plausible(word)

    def _listed(self) -> bool:
        """Whether the word here goes on a list of names: a joiner, comma, colon or end stands behind it."""
        word = self._token()
        if not word[:1].isupper() or not self._plausible(word):
            return False
        ahead = 1
        if self._token(1)[:1].isupper() and self._plausible(self._token(1)):
            ahead = 2
        after = self._token(ahead)
        if not after:
            return self._more and is_given_name(word)
        if bare(after) in self._words.joiners:
            return self._starts_person(ahead + 1)
        if after in {":", "-", "\u2013", "\u2014"}:
            return True
        return after == "," and is_given_name(word)

    def _group_phrase(self) -> bool:
        token = bare(self._token())
        for phrase in self._words.groups.get(token, ()):
            at, matched = self._at, True
            for word in phrase:
                if self._token() == "," and at != self._at:
                    self._at += 1
                if bare(self._token()) != word:
                    matched = False
                    break
                self._at += 1
            behind = self._token()
            if matched and (len(phrase) > 1 or not (behind[:1].isupper() and self._plausible(behind))):
                self._group = True
                return True
            self._at = at
        return False

    def _name(self, *, greeted: bool) -> str:
        """Read one person's name: titles are passed over, up to three words are taken."""
        self._titles()
        words: list[str] = []
        while len(words) < _MAX_NAME_WORDS + 2 * self._title:  # titles come with particles
            token = self._token()
            folded = bare(token)
            if words and folded in self._words.suffixes:
                self._formal = self._title = True
                self._at += 1
                break
            particle = folded in _PARTICLES and bool(words or self._title) and self._particles_lead_on()
            if not particle and not self._name_word(token, folded, after=bool(words), greeted=greeted):
                break
            self._at += 1
            words.append(token if particle or (len(token) == 2 and token[1] == ".") else token.rstrip("."))
            if token[-1] == "." and len(token) > 3:  # the sentence ends here
                break
        return " ".join(words)

    def _titles(self) -> None:
        self._title = False
        while self._token() and bare(self._token()) in self._words.titles and self._word_behind():
            self._title = self._formal = True
            self._at += 1
            if self._token() == ".":
                self._at += 1

    def _name_word(self, token: str, folded: str, *, after: bool, greeted: bool) -> bool:
        """Whether a word is part of a name; `after` says that another word of it stands before."""
        if not token[:1].isalpha() or (after and folded in self._words.joiners):
            return False
        if not token[0].isupper():
            return not after and greeted and self._lower_name(token)
        if after:
            return folded not in ordinary_words() and (self._title or self._plausible(token))
        return self._title or is_given_name(token) or self._plausible(token)

    def _particles_lead_on(self) -> bool:
        """Whether "von der" and the like go on to a capitalised word."""
        ahead = 1
        while bare(self._token(ahead)) in _PARTICLES and not self._token(ahead)[0].isupper():
            ahead += 1
        return self._token(ahead)[:1].isupper()

    def _word_behind(self) -> bool:
        ahead = 2 if self._token(1) == "." else 1
        word = self._token(ahead)
        return word[:1].isalpha() and (
            word[:1].isupper() or bare(word) in _PARTICLES or self._token(ahead + 1) in _END
        )

    def _lower_name(self, token: str) -> bool:
        """Whether a word in lower case behind a greeting is a name ("hi anna,")."""
        return is_given_name(token) and fold(token) not in ordinary_words()

    def _plausible(self, word: str) -> bool:
        folded = fold(word.rstrip("."))
        if not folded[:1].isalpha() or folded in ordinary_words():
            return False
        return len(folded) > 1 or word.endswith(".")

    # --- without a greeting ---------------------------------------------------------------------

    def _read_bare(self) -> Salutation | None:
        """Read a line that starts with the name itself."""
        if bare(self._token()) in self._words.groups:
            return self._read_bare_group()
        if not self._bare_start():
            return None
        self._people(greeted=False)
        if not self._names:
            return None
        greeted = self._at > 0 and self._tokens[self._at - 1].lower() in self._words.openings
        end = self._token()
        rest = self._token(1)
        known = self._title or all(self._known(name) for name in self._names)
        if greeted or (self._title and (end in _END or _is_dash(end))):
            accepted = True
        elif end in {",", ":", ";"} or _is_dash(end):
            unknown_alone = end == "," and not rest and self._more and self._letter_shaped()
            accepted = known or unknown_alone
            accepted = accepted and bool(rest or self._more)
        else:
            accepted = end in {"", "!"} and known and self._more and not rest
        return self._result() if accepted else None

    def _bare_start(self) -> bool:
        token = self._token()
        folded = bare(token)
        if folded in self._words.titles:
            return token[0].isupper()
        if not token[0].isupper():
            return False
        return folded not in ordinary_words() or folded in words_and_names()

    def _read_bare_group(self) -> Salutation | None:
        if not self._tokens[0][0].isupper() or not self._group_phrase():
            return None
        opened = self._opening() is not None
        end = self._token()
        if opened or end in {",", ":", ";", "!"} or _is_dash(end) or (not end and self._more):
            return self._result() if opened or self._more or self._token(1) else None
        return None

    def _known(self, name: str) -> bool:
        first = name.partition(" ")[0]
        return is_given_name(first) and (
            fold(first) not in ordinary_words() or fold(first) in words_and_names()
        )

    def _letter_shaped(self) -> bool:
        """Whether all words are written as names are: a capital, then small letters; no adverb."""
        for word in " ".join(self._names).split():
            if (
                not word[1:]
                or word[1:].isupper()
                or fold(word).endswith(("ly", "mente", "weise", "ment", "ing", "ed", "tion"))
            ):
                return False
        return True

    def _ends(self, ahead: int) -> bool:
        token = self._token(ahead)
        return token in _END or _is_dash(token)


def _is_dash(token: str) -> bool:
    return bool(token) and not token.strip("-\u2013\u2014")
