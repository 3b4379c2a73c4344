"""The files of the gallery: alert, drafts and incident record of each case, and the index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from scanner.alert import compose
from scanner.alert.content import Block
from scanner.message.model import Person
from scanner.recovery import Draft, at_once, drafts, is_formal, language_of, sentences, to_recipient
from scanner.recovery.facts import full, why
from scanner.recovery.record import as_markdown
from scanner.words import LANGUAGES, Words
from tests.gallery.stage import Scene, scenes
from tests.snapshots import Snapshots
from tests.unit.alert.samples import parsed, part

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
BUDGET = 5
"""Alerts per 1,000 sent messages, as configured by default."""

_NAMES = {
    "en": "English",
    "it": "italiano",
    "es": "español",
    "tr": "Türkçe",
    "de": "Deutsch",
    "fr": "français",
}
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")

_INDEX = """\
# What Oopsee writes

Three messages that went astray, in each of six languages: one within the house, one to an outsider of a
similar name, one with data about people to another firm. All people, firms and mail are made up
(`tests/gallery/scenes`). For each there is the alert as text and as a page, the drafts that its severity asks
for, and the incident record.

`make gallery` (or `python -m tests.gallery`) writes these files; a test holds them against what is written
today. The mail is read, judged and weighed as in a mailbox, but by Oopsee's fixed rules in place of the
trained model, so that the files do not change when a model is trained. In the third case the sender has
confirmed the mistake and filed two drafts.

| language | case | severity | why | alert | drafts | record |
|---|---|---|---|---|---|---|
"""


def make() -> Mapping[str, str]:
    """Make the text of each file, by its path in the gallery."""
    made, rows = {}, []
    for language in LANGUAGES:
        for scene in scenes(language):
            words = sentences(language)
            place = f"{language}/{scene.name}"
            raw = alert(scene, words)
            made[f"{place}.alert.txt"] = f"Subject: {parsed(raw)['Subject']}\n\n{part(raw, 'plain')}"
            made[f"{place}.alert.html"] = part(raw, "html")
            made[f"{place}.drafts.md"] = _drafts(scene, words)
            made[f"{place}.record.md"] = as_markdown(scene.case, words, now=scene.now)
            rows.append(_row(scene, words, place))
    made["README.md"] = _INDEX + "\n".join(rows) + "\n"
    return made


def alert(scene: Scene, words: Words) -> bytes:
    """Compose the alert as the daemon does."""
    owner = Person("", scene.message.sender.address)
    short = at_once(scene.message, scene.verdict, own=scene.own, words=words)
    return compose.alert(
        scene.verdict,
        owner=owner,
        now=scene.alerted,
        message_id=f"<oopsee.0123456789@{owner.address.rpartition('@')[2]}>",
        references=scene.message.references,
        budget=BUDGET,
        language=scene.language,
        blocks=[Block(short.heading, short.paragraphs, (short.command,))],
        answers=True,
        folders=True,
    )


def _drafts(scene: Scene, words: Words) -> str:
    """Show the drafts of the steps, each with its address lines, in the language and register of the mail."""
    page = [f"# {words.say('label', 'drafts')}"]
    for letter in _suggested(scene):
        page += ["", f"## {_bare(letter.subject)}", ""]
        for key, people in (("to_line", letter.to), ("bcc_line", letter.bcc)):
            if people:
                named = ", ".join(full(one) for one in people)
                page += [_bare(words.labelled(words.say("label", key), named)), ""]
        page += _quoted(letter.text)
    return "\n".join(page) + "\n"


def _quoted(text: str) -> list[str]:
    """Quote a letter such that its lines stay lines."""
    lines = text.rstrip("\n").split("\n")
    found = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        broken = line and following and not following.startswith("- ")
        found.append(f"> {_bare(line)}".rstrip() + "\\" * bool(broken))
    return found


def _row(scene: Scene, words: Words, place: str) -> str:
    links = [
        f"[text]({place}.alert.txt), [page]({place}.alert.html)",
        f"[{len(_suggested(scene))}]({place}.drafts.md)",
        f"[record]({place}.record.md)",
    ]
    case = scene.case
    severity = words.say("severity", case.severity.value)
    cells = [_NAMES[scene.language], _bare(case.subject), severity, _bare(why(case, words)), *links]
    return f"| {' | '.join(cells)} |"


def _suggested(scene: Scene) -> list[Draft]:
    """Give the drafts that belong to the steps, as `oopsee recover` does."""
    theirs = language_of(scene.message)
    formal = is_formal(scene.message, theirs)
    recipient = to_recipient(scene.case, formal=formal)
    letters = drafts(scene.case, language=theirs, formal=formal, to_recipient=recipient, now=scene.now)
    return [letter for letter in letters if letter.suggested]


def _bare(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


SNAPSHOTS = Snapshots(GALLERY, make)
