"""A fictional office's mailbox for tests of explanations: few circles, each with its people and its topic."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from scanner.detect.judge import Judge
from scanner.detect.model import Model
from scanner.message.model import Kind, Message, QuotedBlock
from tests.letters import OWNER, OWNERS, letter, quoting

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
GRETA = "Greta Lang <greta.lang@firm.example>"
HUGO = "Hugo Pace <hugo.pace@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
PAOLO = "Paolo Serra <paolo.serra@partner.example>"
DENIZ = "Deniz Kaya <deniz.kaya@shop.example>"
ELIF = "Elif Demir <elif.demir@shop.example>"
INES = "Ines Vogel <ines.vogel@clinic.example>"
CUSTOMERS = tuple(f"{name} <{name.replace(' ', '.').lower()}@{place}.example>" for name, place in (
    ("Ada Abele", "alder"), ("Berta Brandt", "beech"), ("Ciro Costa", "cedar"), ("Dora Dietz", "elm"),
    ("Emre Ekici", "fir"), ("Flora Ferri", "hazel"), ("Jonas Jansen", "larch"), ("Karla Klein", "maple"),
    ("Luca Lombardi", "oak"), ("Mara Moretti", "pine"), ("Nils Nowak", "spruce"), ("Olga Ortega", "willow"),
))  # fmt: skip

HOUSE = "payroll holidays printer parking canteen rota minutes training laptop office".split()
HARBOUR = "harbour crane concrete pier quay anchor dredger caisson sheetpile tide".split()
KITCHEN = "kitchen paint tile varnish colour cupboard worktop brush sample catalogue".split()
CLINIC = "clinic heater pipe boiler radiator valve pump insulation thermostat ward".split()
SALES = "offer price delivery invoice order discount quantity terms quotation stock".split()
_LITTLE = "the of and to we on for is it this with as will can at by from please thanks about".split()

CIRCLES: tuple[tuple[tuple[str, ...], list[str]], ...] = (
    ((BRUNO, GRETA, HUGO), HOUSE),
    ((CARLA, PAOLO), HARBOUR),
    ((DENIZ, ELIF), KITCHEN),
    ((INES,), CLINIC),
    *(((one,), SALES) for one in CUSTOMERS),
)
DAYS = 150


def first(person: str) -> str:
    """The first name of a person."""
    return person.partition(" ")[0]


def about(words: Sequence[str], chance: random.Random, length: int = 40) -> str:
    """A text of so many words, every third from a topic."""
    found = [chance.choice(words) if n % 3 == 0 else chance.choice(_LITTLE) for n in range(length)]
    return " ".join(found).capitalize() + "."


def past() -> Iterator[tuple[Message, bool]]:
    """Five months of mail: somebody of a circle writes, the owner answers; or the owner begins."""
    chance = random.Random(5)
    number = 0
    for day in range(DAYS):
        for circle in (0, 1, 2, 3, 4 + day % len(CUSTOMERS)):
            if circle < 4 and chance.random() < 0.35:
                continue
            people, words = CIRCLES[circle]
            # Half to all of the circle, half to one of them.
            to = people if chance.random() < 0.5 else (people[chance.randrange(len(people))],)
            text, subject = about(words, chance), " ".join(chance.sample(words, 2)) + f" {number}"
            at, number = day + circle / 50, number + 2
            if chance.random() < 0.5:
                yield letter(number, day=at, to=to, subject=subject, text=text, greets=_greeted(to)), True
                continue
            sender, others = to[0], to[1:]
            yield (
                letter(number, day=at, sender=sender, to=[OWNER, *others], subject=subject, text=text),
                False,
            )
            answer = letter(
                number + 1, day=at + 0.01, to=to, subject=subject, text=about(words, chance, 18),
                greets=_greeted(to), quoted=[quoting(sender, to=[OWNER, *others])], quoted_text=text,
                answers=number,
            )  # fmt: skip
            yield answer, True


def _greeted(to: Sequence[str]) -> tuple[str, ...]:
    return (first(to[0]),) if len(to) == 1 else ()


def experienced(model: Model | None) -> Judge:
    """A judge who has learnt the mailbox."""
    judge = Judge(owner=OWNERS, model=model)
    for _ in judge.stream((message, sent, True) for message, sent in past()):
        pass
    return judge


def new(
    to: Sequence[str],
    words: Sequence[str],
    *,
    greets: Sequence[str] = (),
    named: Sequence[str] = (),
    more: str = "",
    quoted: Sequence[QuotedBlock] = (),
) -> Message:
    """The next mail of the owner, about a topic; an answer where it quotes."""
    text = f"{about(words, random.Random(77))} {more}".strip()
    subject = f"{'Re: ' if quoted else ''}{words[1]} {words[4]} again"
    return letter(
        90_000, day=DAYS + 0.5, to=to, subject=subject, text=text, greets=greets,
        named=named, quoted=quoted, quoted_text=about(words, random.Random(78)) if quoted else "",
        kind=Kind.REPLY if quoted else Kind.NEW,
    )  # fmt: skip
