"""The people and conversations of the sample mailbox, read from the data files under `mail/`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

OWNER: Final = "me"
_HEAD = re.compile(r"^# (?P<subject>.+?) \| (?P<options>.+)$")
_LINE = re.compile(r"^(?P<speaker>\w+)(?: \[(?P<first>[^\]]*)\])?(?: \[(?P<second>[^\]]*)\])?: (?P<text>.+)$")


@dataclass(frozen=True, slots=True)
class Contact:
    """One person of the sample: how they are called, how they greet and which mail program they use."""

    key: str
    name: str
    address: str
    lang: str
    client: str = "outlook"
    locale: str = "de"
    given: str = ""
    formal: str = ""
    formal_it: str = ""
    gender: str = "p"
    polite: bool = False
    own_lang: bool = False
    bare: bool = False
    sign: tuple[str, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conversation as it stands in the script.

    `to` and `cc` are keys of people, in header order; the owner is among them where somebody else
    speaks. `gap` is the time since the message before in hours, None for chance to choose.
    """

    speaker: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    text: str
    attachments: tuple[str, ...] = ()
    greet: str = ""
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation: its subject, language, how many days ago it began, and its lines."""

    subject: str
    lang: str
    days_ago: float
    private: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """One message that the owner sends while the demo runs (see `mail/live.toml`)."""

    key: str
    mistake: bool
    note: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    lang: str
    text: str
    subject: str = ""
    answers: str = ""
    forwards: str = ""
    wrong: str = ""
    meant: str = ""
    signature: bool = False
    attachments: Sequence[str] = ()


@cache
def people() -> Mapping[str, Contact]:
    """Everybody of the sample by key; the owner stands under `OWNER`."""
    table = tomllib.loads(_data("people.toml").read_text(encoding="utf-8"))
    table[OWNER] = table.pop("owner")
    return {
        key: Contact(key=key, **{**row, "sign": tuple(row.get("sign", ()))}) for key, row in table.items()
    }


@cache
def calendar() -> Mapping[str, Mapping[str, list[str]]]:
    """Days and months by language."""
    return tomllib.loads(_data("calendar.toml").read_text(encoding="utf-8"))


@cache
def phrases() -> Mapping[str, Mapping[str, list[str]]]:
    """Greetings and closings by language and kind."""
    return tomllib.loads(_data("phrases.toml").read_text(encoding="utf-8"))


@cache
def sends() -> tuple[Send, ...]:
    """What the owner sends while the demo runs, in order."""
    table = tomllib.loads(_data("live.toml").read_text(encoding="utf-8"))
    return tuple(
        Send(
            **{**row, "to": tuple(row["to"]), "cc": tuple(row.get("cc", ())), "text": row["text"].strip()},
        )
        for row in table["send"]
    )


@cache
def threads() -> tuple[Thread, ...]:
    """Every conversation of the sample, file by file, oldest first within a file."""
    names = sorted(entry.name for entry in _data("threads").iterdir() if entry.name.endswith(".txt"))
    return tuple(
        thread
        for name in names
        for thread in _read(
            _data("threads").joinpath(name).read_text(encoding="utf-8"), private=name == "family.txt"
        )
    )


def _data(name: str) -> Traversable:
    return files("scanner.demo").joinpath("mail").joinpath(name)


def _read(text: str, *, private: bool) -> Iterator[Thread]:
    lang, oldest, newest = "", 0.0, 0.0
    found: list[Thread] = []
    defaults: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    for row in filter(None, map(str.strip, text.splitlines())):
        if row.startswith("@"):
            name, *values = row[1:].split()
            if name == "lang":
                lang = values[0]
            else:
                oldest, newest = map(float, values)
        elif head := _HEAD.match(row):
            options = _options(head["options"].split(" | "), " ")
            defaults = (_keys(options["to"]), _keys(options.get("cc", "")))
            found.append(Thread(head["subject"], options.get("lang", lang), 0.0, private, ()))
        elif line := _LINE.match(row):
            spoken = _line(line, *defaults)
            found[-1] = replace(found[-1], lines=(*found[-1].lines, spoken))
        else:
            raise ValueError(row)
    step = (oldest - newest) / max(1, len(found) - 1)
    for index, thread in enumerate(found):
        yield replace(thread, days_ago=oldest - index * step)


def _line(match: re.Match[str], to: tuple[str, ...], cc: tuple[str, ...]) -> Line:
    """Who gets a line: as the thread says; what others write goes to the owner, with a copy to the rest."""
    tokens = re.split(r"\s+", " ".join(filter(None, (match["first"], match["second"]))))
    flags = {token for token in tokens if token and "=" not in token and "+" not in token}
    options = _options([token for token in tokens if "=" in token], "=")
    added = [token.split("+", 1) for token in tokens if "+" in token and "=" not in token]
    speaker = match["speaker"]
    if speaker == OWNER:
        to = _keys(options["to"]) if "to" in options else to
        cc = _keys(options["cc"]) if "cc" in options else cc
    else:
        others = [key for key in (*to, *cc) if key != speaker]
        to, cc = (OWNER,), tuple(dict.fromkeys(others))
    for field, keys in added:
        if field == "cc":
            cc = (*cc, *_keys(keys))
    gap = options.get("gap")
    hours = {"h": 1.0, "d": 24.0}
    return Line(
        speaker=speaker,
        to=to,
        cc=cc,
        text=match["text"],
        attachments=tuple(filter(None, options.get("file", "").split(","))),
        greet="formal" if "formal" in flags else options.get("greet", ""),
        gap=None if gap is None else float(gap[:-1]) * hours[gap[-1]],
    )


def _options(fields: list[str], mark: str) -> dict[str, str]:
    return {key: value for key, _, value in (field.strip().partition(mark) for field in fields)}


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key for key in re.split(r"[,\s]+", text) if key)
