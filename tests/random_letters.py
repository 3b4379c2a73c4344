"""Random sequences of mail, odd ones included, for tests that hold whatever comes."""

from __future__ import annotations

from hypothesis import strategies as st

from scanner.message.model import Kind, Message
from tests.letters import OWNER, letter, quoting

ADDRESSES = (
    "bruno.conti@firm.example",
    "bruno.conte@firm.example",
    "bruno@partner.example",
    "carla@partner.example",
    "deniz@shop.example",
    "d\u0435niz@shop.example",
    "xn--deniz-x.example",
    "no-at-sign",
    "@nobody.example",
    "nowhere@",
    "two@at@signs.example",
    "",
    "\udcff@surrogate.example",
)
_NAMES = ("", "Bruno Conti", "Conti, Bruno", "Deniz", "İpek Şahin", "\udcfe", "A", "bruno.conti@firm.example")
_WORDS = "offer contract delivery invoice meeting 2025 Überweisung çok Bruno \udc80 x".split(" ")

_people = st.tuples(st.sampled_from(_NAMES), st.sampled_from(ADDRESSES)).map(
    lambda pair: f"{pair[0]} <{pair[1]}>" if pair[0] and "@" in pair[1] else pair[1]
)
_texts = st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join)
_days = st.sampled_from((-9_000.0, -1.0, 0.0, 0.0, 1.0, 1.5, 40.0, 100.0, 400.0, 20_000.0))
_few = st.lists(_people, max_size=4, unique_by=lambda one: one.rpartition("<")[2])


@st.composite
def letters(draw: st.DrawFn, number: int) -> Message:
    """One mail, sent or received, with anything missing that may be missing."""
    sent = draw(st.booleans())
    everybody = draw(_few)
    copies = [one for one in draw(_few) if one.rpartition("<")[2] not in str(everybody)]
    return letter(
        number,
        sender=OWNER if sent else draw(_people),
        to=everybody if sent else [OWNER, *everybody],
        cc=[one for one in copies if one and one not in everybody],
        day=draw(_days),
        undated=draw(st.integers(0, 9)) == 0,
        subject=draw(_texts),
        text=draw(_texts),
        greets=draw(st.lists(st.sampled_from(_NAMES), max_size=2)),
        named=draw(st.lists(st.sampled_from(_NAMES), max_size=3)),
        quoted=[quoting(one, to=draw(_few)) for one in draw(st.lists(_people, max_size=2))],
        quoted_text=draw(_texts),
        kind=draw(st.sampled_from(tuple(Kind))),
        answers=draw(st.none() | st.integers(0, number)),
        attachments=draw(st.lists(st.sampled_from(_WORDS), max_size=2)),
        text_addresses=draw(st.lists(st.sampled_from(ADDRESSES), max_size=2)),
        automatic=draw(st.integers(0, 9)) == 0,
    )


@st.composite
def sequences(draw: st.DrawFn, *, most: int = 14) -> list[Message]:
    """A sequence of mails; several may bear the same time, and none need be in order."""
    return [draw(letters(number)) for number in range(draw(st.integers(1, most)))]
