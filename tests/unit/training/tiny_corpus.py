"""A made-up corpus of a few people who write to each other and to clients, as JSON Lines."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

_PEOPLE = (
    "Ada Kern,Bea Lind,Carl Moss,Dina Nord,Emil Orth,Fay Pohl,Gus Quint,Hal Rohn,Ida Senn,Jon Toft,"
    "Kai Uhl,Lea Voss,Max Wirth,Nia Yost,Otto Zorn,Pia Adler,Rolf Baum,Sara Cole,Tim Dorn,Una Ende"
).split(",")
_TOPICS = "budget,invoice,schedule,contract,meeting,holiday,report,delivery,training,travel".split(",")
OWNERS = ("Ada Kern", "Bea Lind", "Carl Moss")
_START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


def person(name: str) -> dict[str, str]:
    """A person of the firm, or of a client for those late in the alphabet."""
    local = name.lower().replace(" ", ".")
    domain = "firm.example" if _PEOPLE.index(name) < 10 else f"client{_PEOPLE.index(name) % 3}.example"
    return {"name": name, "address": f"{local}@{domain}"}


def write_corpus(path: Path, *, each: int = 62, seed: int = 1) -> Path:
    """Write so many messages of each owner, most to the people of a topic, each topic with its own words."""
    chance = random.Random(seed)
    lines = []
    for number in range(each * len(OWNERS)):
        author = OWNERS[number % len(OWNERS)]
        topic = chance.randrange(len(_TOPICS))
        circle = [_PEOPLE[(3 * topic + step) % len(_PEOPLE)] for step in range(5)]
        others = [name for name in circle if name != author]
        to = chance.sample(others, chance.choice((1, 1, 2, 3)))
        if chance.random() < 0.1:
            to = [chance.choice([name for name in _PEOPLE if name != author])]
        # Everybody who owns a mailbox is written to as well.
        to += [name for name in OWNERS if name != author and name not in to and chance.random() < 0.4]
        word = _TOPICS[topic]
        lines.append(
            {
                "message_id": f"<{number}@firm.example>",
                "date": (_START + timedelta(hours=7 * number)).isoformat(),
                "from": person(author),
                "to": [person(name) for name in to[:2]],
                "cc": [person(name) for name in to[2:]],
                "bcc": [],
                "subject": f"{word} {number}",
                "body": f"Dear {to[0].split()[0]},\n\nhere is the {word} of {word} number {number}.\n\n"
                f"{author.split()[0]}\n",
            }
        )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path
