"""Which hard sets a message belongs to, on made-up mail."""

from __future__ import annotations

import pytest

from scanner.detect.features.context import Context, make_context
from scanner.history.history import History
from scanner.history.terms import TermHasher
from scanner.message.model import Kind, Message
from tests.letters import OWNER, facts, learnt, letter, quoting
from training import verdicts
from training.tagging import CLEAN_SETS, MISTAKE_SETS, REAL_MISTAKE, Tagger, look_alike, mistake
from training.verdicts import MISTAKE, NOT_ONE, digest_of

BRUNO = "Bruno Conti <bruno.conti@firm.example>"
CARLA = "Carla Weber <carla.weber@partner.example>"
OTHER_CARLA = "Carla Fontana <carla.fontana@client.example>"
DENIZ = "Deniz Kaya <deniz.kaya@gmail.com>"
_OWN = frozenset({"firm.example"})


def seen(message: Message, history: History) -> Context:
    """A sent message seen from a history."""
    hasher = TermHasher()
    return make_context(message, facts(message, hasher=hasher), history, own=_OWN, hasher=hasher)


def past() -> tuple[Message, ...]:
    """Three letters each to Bruno, Carla, the other Carla and Deniz."""
    people = (BRUNO, CARLA, OTHER_CARLA, DENIZ)
    return tuple(letter(n, day=n, to=[people[n % 4]], text=f"letter {n}") for n in range(12))


def sets(message: Message, *before: Message) -> frozenset[str]:
    """The clean sets of a letter after those letters and some more."""
    tagger, mail = Tagger(), (*past(), *before)
    for one in mail:
        tagger.learn(one, facts(one))
    return tagger.clean(seen(message, learnt(*mail)))


def wrong(
    message: Message, stratum: int, *, who: str, meant: str | None, mode: str = "replace"
) -> frozenset[str]:
    """The sets of a mistake, after those letters."""
    return mistake(seen(message, learnt(*past())), stratum, mode, frozenset({who}), meant)


def test_an_ordinary_letter_belongs_to_no_set() -> None:
    """To a known person, about something, with a greeting."""
    assert frozenset() == sets(
        letter(50, day=13, to=[CARLA], text="The crane comes on Monday.", greets=["Carla"])
    )


def test_a_first_letter_to_somebody_is_a_first_contact() -> None:
    """Whether the address was seen before or not; a new address of a known name is that too."""
    assert "first contact" in sets(letter(50, day=13, to=["zoe@new.example"]))
    heard = letter(20, sender="Zoe Abele <zoe@new.example>", to=[OWNER], day=12.5)
    assert "first contact" in sets(letter(50, day=13, to=["zoe@new.example"]), heard)
    found = sets(letter(50, day=13, to=["Carla Weber <cweber@home.example>"]))
    assert found >= {"first contact", "new address of a known person"}
    assert "new address of a known person" in sets(letter(50, day=13, to=["carla.weber@home.example"]))


@pytest.mark.parametrize(
    "text",
    [
        "Carla, I would like to introduce Zoe.",
        "Cara Carla, ti presento Zoe.",
        "Carla, te presento a Zoe.",
        "Sizi tanıştırmak istedim: Zoe.",
        "Darf ich vorstellen: Zoe.",
        "Carla, je te présente Zoé.",
    ],
)
def test_two_people_made_known_to_each_other_are_an_introduction(text: str) -> None:
    """They never shared a message before; one who is introduced to nobody is none."""
    to = [CARLA, "Zoe Abele <zoe@new.example>"]
    assert "introduction" in sets(letter(50, day=13, to=to, text=text))
    assert "introduction" not in sets(letter(50, day=13, to=[CARLA], text=text))
    together = letter(30, day=12.5, to=to)
    assert "introduction" not in sets(letter(50, day=13, to=to, text=text), together)


def test_what_is_passed_on_to_a_private_address_is_for_fun() -> None:
    """Or what calls itself a joke; not to a firm, and not with much to say."""
    fun = letter(50, day=13, to=[DENIZ], kind=Kind.FORWARD, subject="pipes")
    assert "joke or personal forward" in sets(fun)
    assert "joke or personal forward" in sets(letter(50, day=13, to=[DENIZ], subject="Witz des Tages"))
    assert "joke or personal forward" not in sets(letter(50, day=13, to=[CARLA], kind=Kind.FORWARD))
    long = letter(50, day=13, to=[DENIZ], kind=Kind.FORWARD, text="The pipes. " * 30)
    assert "joke or personal forward" not in sets(long)


def test_one_line_without_anything_is_a_delegation() -> None:
    """Not an answer, not with a greeting, and not where a quoted header names the recipient."""
    assert "delegation" in sets(letter(50, day=13, to=[BRUNO], text="pls print"))
    assert "delegation" not in sets(letter(50, day=13, to=[BRUNO], text="pls print", greets=["Bruno"]))
    assert "delegation" not in sets(letter(50, day=13, to=[BRUNO], text="pls print", answers=3))
    named = letter(50, day=13, to=[BRUNO], text="pls print", quoted=[quoting(BRUNO)], kind=Kind.FORWARD)
    assert "delegation" not in sets(named)
    assert "delegation" not in sets(letter(50, day=13, to=["zoe@new.example"], text="pls print"))


def test_a_group_is_greeted() -> None:
    """Hello all."""
    assert "group greeting" in sets(letter(50, day=13, to=[BRUNO, CARLA], greets_group=True))


def test_ones_own_name_elsewhere_is_ones_own_other_address() -> None:
    """By the local part or by the name."""
    assert "own other address" in sets(letter(50, day=13, to=["anna.neri@home.example"]))
    sender = f"Anna Neri <{OWNER}>"
    mine = letter(50, day=13, sender=sender, to=["Neri, Anna <an77@home.example>"])
    assert "own other address" in sets(mine)
    assert "own other address" not in sets(letter(50, day=13, to=["Anna Kaya <anna.kaya@home.example>"]))


def test_the_same_text_within_a_week_is_a_resend() -> None:
    """To whomever; a short word that everybody writes is none."""
    text = "Here is the plan of the harbour crane for the new year."
    first = letter(40, day=12, to=[CARLA], text=text)
    assert "resend" in sets(letter(50, day=13, to=[BRUNO], text=text.upper()), first)
    assert "resend" not in sets(letter(50, day=20, to=[BRUNO], text=text), first)
    thanks = letter(40, day=12, to=[CARLA], text="Thanks!")
    assert "resend" not in sets(letter(50, day=13, to=[BRUNO], text="Thanks!"), thanks)


def test_an_address_that_reads_or_behaves_like_a_list_is_one() -> None:
    """A word in its name, or in copy everywhere without ever writing; a person in copy is none."""
    assert "mailing list" in sets(letter(50, day=13, to=["harbour-team@partner.example"]))

    def copied(address: str) -> list[Message]:
        return [
            letter(60 + n, day=12, sender=f"p{n}@partner.example", to=[OWNER, address]) for n in range(20)
        ]

    assert "mailing list" in sets(
        letter(99, day=13, to=["hrb7@partner.example"]), *copied("hrb7@partner.example")
    )
    carla = "carla.weber@partner.example"
    assert "mailing list" not in sets(letter(99, day=13, to=[CARLA]), *copied(carla))


def test_a_contact_of_two_languages_is_bilingual() -> None:
    """Two letters of each are needed."""
    english = (
        "The delivery of the new windows will be on Monday morning, and the crane comes at nine, as we said."
    )
    german = (
        "Die Lieferung der neuen Fenster kommt am Montagmorgen, und der Kran ist um neun da, wie besprochen."
    )
    mail = [
        letter(60 + n, day=12 + n / 10, to=[CARLA], text=f"{text} {n}")
        for n, text in enumerate((english, german, english, german))
    ]
    assert "bilingual contact" in sets(letter(99, day=13, to=[CARLA]), *mail)
    assert "bilingual contact" not in sets(letter(99, day=13, to=[CARLA]), *mail[:3])
    assert "bilingual contact" not in sets(letter(99, day=13, to=[BRUNO]), *mail)


def test_a_contact_silent_for_half_a_year_is_long_silent() -> None:
    """Neither written to nor heard from."""
    assert "long silent" in sets(letter(50, day=200, to=[CARLA]))
    heard = letter(40, day=150, sender=CARLA, to=[OWNER])
    assert "long silent" not in sets(letter(50, day=200, to=[CARLA]), heard)


def test_a_namesake_in_the_place_of_another_shares_the_first_name() -> None:
    """Or beside a right one, where somebody was added; a typing error of the name is none."""
    who, meant = "carla.fontana@client.example", "carla.weber@partner.example"
    assert "same first name" in wrong(letter(50, day=13, to=[OTHER_CARLA]), 1, who=who, meant=meant)
    added = letter(50, day=13, to=[CARLA, OTHER_CARLA])
    assert "same first name" in wrong(added, 6, who=who, meant=None, mode="add")
    assert "same first name" not in wrong(
        letter(50, day=13, to=[DENIZ]), 6, who="deniz.kaya@gmail.com", meant=meant
    )


def test_an_outsider_where_one_of_the_house_stood_is_client_instead_of_boss() -> None:
    """And the other way; one outsider for another is not."""
    boss, client = "bruno.conti@firm.example", "carla.weber@partner.example"
    name = "client instead of boss"
    assert name in wrong(letter(50, day=13, to=[CARLA]), 6, who=client, meant=boss)
    assert name in wrong(letter(50, day=13, to=[BRUNO]), 6, who=boss, meant=client)
    other = "carla.fontana@client.example"
    assert name not in wrong(letter(50, day=13, to=[OTHER_CARLA]), 6, who=other, meant=client)


def test_a_slip_in_the_address_is_a_look_alike() -> None:
    """Within two edits, or the same local part at a near domain; a known contact is none."""
    meant, name = "carla.weber@partner.example", "look-alike of a known person"
    typed = "carla.wber@partner.example"
    assert name in wrong(letter(50, day=13, to=[typed]), 7, who=typed, meant=meant)
    assert look_alike("c.weber@partnr.example", "c.weber@partner.example")
    assert not look_alike("c.weber@home.test", "c.weber@partner.example")
    assert not look_alike(meant, meant)
    known = "carla.fontana@client.example"
    assert name not in wrong(letter(50, day=13, to=[OTHER_CARLA]), 1, who=known, meant=meant)


@pytest.mark.parametrize(
    ("stratum", "name"), [(8, "stale list"), (10, "talked-about person"), (11, "exposed list")]
)
def test_some_sets_are_strata(stratum: int, name: str) -> None:
    """The injector makes them on purpose."""
    mode = "list" if stratum == 11 else "add"
    who = "carla.weber@partner.example"
    assert name in wrong(letter(50, day=13, to=[CARLA, BRUNO]), stratum, who=who, meant=None, mode=mode)


@pytest.mark.parametrize(
    ("attachment", "elsewhere"),
    [
        ("Offer Carla Weber.pdf", True),
        ("carla_weber_contract.docx", True),
        ("Vertrag-PARTNER-2025.pdf", True),
        ("Offer Bruno Conti.pdf", False),
        ("offer 2025.pdf", False),
        ("firm price list.pdf", False),
        ("Carla Weber and Bruno Conti.pdf", False),
        ("", False),
    ],
)
def test_an_attachment_with_the_name_of_somebody_else_is_told_apart(attachment: str, elsewhere: bool) -> None:
    """By two names of a contact or by a firm's, unless it fits a recipient too."""
    message = letter(50, day=13, to=[BRUNO], attachments=[attachment])
    found = wrong(message, 9, who="bruno.conti@firm.example", meant=None, mode="swap")
    assert elsewhere is ("wrong attachment name" in found)


def test_every_set_has_a_meaning_and_no_name_twice() -> None:
    """The two tables are apart."""
    assert not CLEAN_SETS.keys() & MISTAKE_SETS.keys()
    assert all({**CLEAN_SETS, **MISTAKE_SETS}.values())


def test_a_real_mistake_that_a_person_read_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts as clean all the same; what was read and is none is not marked."""
    message = letter(50, day=13, to=[CARLA], text="The crane comes on Monday.", greets=["Carla"])
    for verdict, marked in ((MISTAKE, True), (NOT_ONE, False)):
        read = {digest_of(message.message_id): verdict}
        monkeypatch.setattr(verdicts, "read_by_a_person", lambda read=read: read)
        assert marked is (REAL_MISTAKE in sets(message))
