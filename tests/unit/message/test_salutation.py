"""The greeting line, strictly read, in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.salutation import read_salutation

BODY = "\n\nthe plan is attached."


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Hi Anna,", ("Anna",)),
        ("Hello Anna", ("Anna",)),
        ("Dear Tom:", ("Tom",)),
        ("Hey Tom!", ("Tom",)),
        ("hi anna,", ("anna",)),
        ("Good morning Anna,", ("Anna",)),
        ("Dear Jane Doe,", ("Jane Doe",)),
        ("Hi Zyx,", ("Zyx",)),
        ("Hi, Anna,", ("Anna",)),
        ("Hi dear Anna,", ("Anna",)),
        ("Hi Tom and Ann,", ("Tom", "Ann")),
        ("Hi Tom, Ann and Bob,", ("Tom", "Ann", "Bob")),
        ("Hi Anna, can you send it?", ("Anna",)),
        ("Hi Anna can you send it?", ("Anna",)),
        ("Hi Anna - please call.", ("Anna",)),
        ("Hi Anna/Tom,", ("Anna", "Tom")),
        ("Thanks Anna, see you.", ("Anna",)),
        ("Dear J. Doe,", ("J. Doe",)),
        ("Ciao Marco,", ("Marco",)),
        ("Ciao Marco e Anna,", ("Marco", "Anna")),
        ("Cara Giulia,", ("Giulia",)),
        ("Buongiorno Luca,", ("Luca",)),
        ("Hola José:", ("José",)),
        ("Hola Pepe y Lola,", ("Pepe", "Lola")),
        ("Querida Begoña:", ("Begoña",)),
        ("¡Hola José!", ("José",)),
        ("Merhaba Ayşe,", ("Ayşe",)),
        ("Selam Mehmet,", ("Mehmet",)),
        ("Sevgili İbrahim,", ("İbrahim",)),
        ("Merhaba Can,", ("Can",)),
        ("Hallo Jürgen,", ("Jürgen",)),
        ("Liebe Anna, lieber Tom,", ("Anna", "Tom")),
        ("Lieber Karl-Heinz,", ("Karl-Heinz",)),
        ("Hallo Frau", ()),
        ("Moin Uwe,", ("Uwe",)),
        ("Guten Morgen Sabine,", ("Sabine",)),
        ("Bonjour Pierre,", ("Pierre",)),
        ("Chère Hélène,", ("Hélène",)),
        ("Salut Jean-Luc,", ("Jean-Luc",)),
        ("Bonsoir Zoé et Léa,", ("Zoé", "Léa")),
    ],
)
def test_a_greeting_names_whom_it_greets(line: str, names: tuple[str, ...]) -> None:
    """Greetings of every language give the names as written, without being formal."""
    salutation = read_salutation(line + BODY)
    assert names == (salutation.names if salutation else ())
    assert not (salutation and (salutation.group or salutation.formal))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Dear Mr. Rossi:", ("Rossi",)),
        ("Dear Dr Doe,", ("Doe",)),
        ("Dear Ms Van der Berg,", ("Van der Berg",)),
        ("Mr. Doe -", ("Doe",)),
        ("Gentile dott. Rossi,", ("Rossi",)),
        ("Egregio Ing. Bianchi,", ("Bianchi",)),
        ("Gent.ma Sig.ra De Luca,", ("De Luca",)),
        ("Estimado Sr. García:", ("García",)),
        ("Estimada doña Carmen,", ("Carmen",)),
        ("Sayın Yılmaz,", ("Yılmaz",)),
        ("Merhaba Ayşe Hanım,", ("Ayşe",)),
        ("Ali Bey merhaba,", ("Ali",)),
        ("Mehmet Bey,", ("Mehmet",)),
        ("Sayın Ayşe Yılmaz,", ("Ayşe Yılmaz",)),
        ("Sehr geehrte Frau Müller,", ("Müller",)),
        ("Sehr geehrter Herr Dr. Schmidt,", ("Schmidt",)),
        ("Sehr geehrte Frau Müller, sehr geehrter Herr Maier,", ("Müller", "Maier")),
        ("Hallo Frau von der Heide,", ("von der Heide",)),
        ("Cher Monsieur Dupont,", ("Dupont",)),
        ("Bonjour Mme Durand,", ("Durand",)),
    ],
)
def test_titles_make_it_formal(line: str, names: tuple[str, ...]) -> None:
    """Formal openings and titles are no part of the name, and are noted."""
    salutation = read_salutation(line + BODY)
    assert salutation is not None
    assert (names, True) == (salutation.names, salutation.formal)


@pytest.mark.parametrize(
    "line",
    [
        "All,",
        "Team,",
        "Hi all,",
        "Hello everyone,",
        "Dear colleagues,",
        "Folks -",
        "Dear Sir or Madam,",
        "Hi team",
        "To whom it may concern:",
        "Ciao a tutti,",
        "Cari colleghi,",
        "Buongiorno a tutti",
        "Hola a todos:",
        "Hola equipo,",
        "Herkese merhaba,",
        "Arkadaşlar merhaba,",
        "Merhaba arkadaşlar,",
        "Hallo zusammen,",
        "Liebe Kolleginnen und Kollegen,",
        "Sehr geehrte Damen und Herren,",
        "Bonjour à tous,",
        "Mesdames, Messieurs,",
        "Chers collègues,",
    ],
)
def test_a_group_is_a_group(line: str) -> None:
    """Greetings of several people name nobody and are marked as addressed to a group."""
    salutation = read_salutation(line + BODY)
    assert salutation is not None
    assert ((), True) == (salutation.names, salutation.group)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Anna,", ("Anna",)),
        ("Anna -", ("Anna",)),
        ("Anna:", ("Anna",)),
        ("Anna", ("Anna",)),
        ("Zyxel,", ("Zyxel",)),
        ("Anna, Marco:", ("Anna", "Marco")),
        ("Anna and Tom,", ("Anna", "Tom")),
        ("Anna, can you call?", ("Anna",)),
        ("Anna - can you call?", ("Anna",)),
        ("Ed- please call", ("Ed",)),
        ("Tom Roe,", ("Tom Roe",)),
        ("ANNA,", ("ANNA",)),
        ("Will, can you call?", ("Will",)),
        ("Anna/Tom:", ("Anna", "Tom")),
    ],
)
def test_a_bare_name_is_a_salutation(line: str, names: tuple[str, ...]) -> None:
    """A name without a greeting counts in front of a comma, colon, dash or line end."""
    salutation = read_salutation(line + BODY)
    assert salutation is not None
    assert names == salutation.names


@pytest.mark.parametrize(
    "line",
    [
        "Enjoy,",
        "True.",
        "Thanks,",
        "Great,",
        "Yes,",
        "Thanks",
        "Unfortunately, we go.",
        "However, we go.",
        "Attached, please find it.",
        "FYI,",
        "FYI - see below",
        "Note: the plan",
        "Monday, we go.",
        "Sorry, no.",
        "Anna is here.",
        "Anna called me.",
        "Grazie,",
        "Purtroppo, no.",
        "Perfetto,",
        "Ottimo!",
        "Gracias,",
        "Perfecto,",
        "Vale, nos vemos.",
        "Tamam,",
        "Teşekkürler,",
        "Maalesef,",
        "Danke,",
        "Leider, nein.",
        "Super,",
        "Gerne,",
        "Merci,",
        "Parfait,",
        "Malheureusement,",
        "Hi,",
        "Hello!",
        "Ciao",
        "Merhaba,",
        "Hallo,",
        "Bonjour,",
        "Hi there,",
        "Houston, we have a problem.",
        "New York, Monday",
        "Approved - go",
        "OK - go",
        "Thanks, Anna",
        "the plan",
        "42, yes",
        "",
        "Clearly,",
        "Dear",
        "Quarterly report:",
        "Hi I wanted to ask",
    ],
)
def test_ordinary_openings_are_no_salutation(line: str) -> None:
    """A first line that addresses nobody by name gives no name: rather none than a wrong one."""
    salutation = read_salutation(line + BODY)
    assert salutation is None or not salutation.names


@pytest.mark.parametrize("text", ["", "\n \n", "Anna", "Anna,", "Thanks Anna!", "DG"])
def test_a_text_that_may_be_a_signature_is_no_salutation(text: str) -> None:
    """A name with nothing below it may be the sender's own."""
    assert read_salutation(text) is None


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("HiAnna ,:-.\n"))))
def test_any_text_can_be_read(text: str) -> None:
    """No text makes the parser raise; names are never empty and at most eight."""
    salutation = read_salutation(text)
    assert salutation is None or (all(salutation.names) and len(salutation.names) <= 8)


@given(
    st.lists(
        st.sampled_from(
            [
                "Hi",
                "Anna",
                "and",
                ",",
                "Dear",
                "Mr.",
                "all",
                "Bey",
                "à",
                "tous",
                "de",
                "-",
                ":",
                "Liebe",
                "Thanks",
                "Rossi",
            ]
        ),
        max_size=25,
    )
)
def test_any_row_of_words_can_be_read(words: list[str]) -> None:
    """No order of greetings, names and marks makes the parser raise or loop."""
    salutation = read_salutation(" ".join(words) + "\nmore")
    assert salutation is None or salutation.group or salutation.names
