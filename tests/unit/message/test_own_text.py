"""Own text apart from quotes, and the people in quoted header blocks, in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.message.model import Person, QuotedBlock
from scanner.message.owntext import split_text

JANE = Person("Jane Doe", "jane@example.com")
TOM = Person("Tom Roe", "tom@example.org")
ANNA = Person("Anna Rossi", "anna@example.net")


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, 5 Mar 2024 at 10:00, Jane Doe <jane@example.com> wrote:",
        "On Tue, 5 Mar 2024 at 10:00 AM Jane Doe\n<jane@example.com> wrote:",
        "On Tuesday, March 5, 2024 10:00:12 AM CET, Jane Doe <jane@example.com> wrote:",
        "On 05.03.24 10:00, Jane Doe <jane@example.com> wrote:",
        "Jane Doe <jane@example.com> wrote on 5 March 2024 10:00:",
        "Il giorno mar 5 mar 2024 alle ore 10:00 Jane Doe <jane@example.com> ha scritto:",
        "Il 05/03/2024 10:00, Jane Doe <jane@example.com> ha scritto:",
        "El mar, 5 mar 2024 a las 10:00, Jane Doe (<jane@example.com>) escribió:",
        "El 5/3/24 a las 10:00, Jane Doe <jane@example.com> escribió:",
        "Jane Doe <jane@example.com>, 5 Mar 2024 Sal, 10:00 tarihinde şunu yazdı:",
        "Jane Doe, 5 Mar 2024 Sal, 10:00 tarihinde\n<jane@example.com> şunu yazdı:",
        "5.03.2024 10:00 tarihinde Jane Doe <jane@example.com> yazdı:",
        "Am Di., 5. März 2024 um 10:00 Uhr schrieb Jane Doe <jane@example.com>:",
        "Am 05.03.2024 um 10:00 schrieb Jane Doe <jane@example.com>:",
        "Am Di., 5. März 2024 um 10:00 Uhr schrieb Jane Doe\n<jane@example.com>:",
        "Le mar. 5 mars 2024 à 10:00, Jane Doe <jane@example.com> a écrit :",
        "Le 05/03/2024 à 10:00, Jane Doe <jane@example.com> a écrit :",
    ],
)
def test_an_attribution_line_starts_the_quote_and_names_its_author(attribution: str) -> None:
    """Every language's "... wrote:" parts own from quoted text, with or without ">" below it."""
    for below in ("> old text\n> more", "old text\nmore"):
        split = split_text(f"Fine with me.\n\n{attribution}\n\n{below}")
        assert "Fine with me." == split.own.strip()
        assert (QuotedBlock(JANE),) == split.blocks


@pytest.mark.parametrize(
    "block",
    [
        (
            "-----Original Message-----\nFrom: Jane Doe [mailto:jane@example.com]\nSent: Tuesday, March "
            "05, 2024 10:00 AM\n"
            "To: Tom Roe <tom@example.org>\nCc: Anna Rossi <anna@example.net>\nSubject: Plan"
        ),
        (
            " -----Original Message-----\nFrom: \tDoe, Jane <jane@example.com>  \nSent:\tTuesday\n"
            "To:\tRoe, Tom <tom@example.org>\n"
            "Cc:\tRossi, Anna <anna@example.net>\nSubject:\tPlan"
        ),
        (
            "________________________________\nFrom: Jane Doe <jane@example.com>\nSent: Tuesday, March 5, "
            "2024 10:00:00 AM\n"
            "To: Tom Roe <tom@example.org>\nCc: Anna Rossi <anna@example.net>\nSubject: Plan"
        ),
        (
            "*From:* Jane Doe <jane@example.com>\n*Sent:* Tuesday\n*To:* Tom Roe <tom@example.org>\n*Cc:* "
            "Anna Rossi <anna@example.net>\n"
            "*Subject:* Plan"
        ),
        (
            "Da: Jane Doe <jane@example.com>\nInviato: martedì 10:00\nA: Tom Roe <tom@example.org>\n"
            "Cc: Anna Rossi <anna@example.net>\nOggetto: Piano"
        ),
        (
            "-----Messaggio originale-----\nDa: Jane Doe [mailto:jane@example.com]\nInviato: martedì\nA: "
            "Tom Roe <tom@example.org>\n"
            "Cc: Anna Rossi <anna@example.net>\nOggetto: Piano"
        ),
        (
            "De: Jane Doe <jane@example.com>\nEnviado el: martes, 5 de marzo de 2024 10:00\nPara: Tom Roe "
            "<tom@example.org>\n"
            "CC: Anna Rossi <anna@example.net>\nAsunto: Plan"
        ),
        (
            "Kimden: Jane Doe <jane@example.com>\nGönderildi: 5 Mart 2024 Salı 10:00\nKime: Tom Roe "
            "<tom@example.org>\n"
            "Bilgi: Anna Rossi <anna@example.net>\nKonu: Plan"
        ),
        (
            "Von: Jane Doe <jane@example.com>\nGesendet: Dienstag, 5. März 2024 10:00\nAn: Tom Roe "
            "<tom@example.org>\n"
            "Cc: Anna Rossi <anna@example.net>\nBetreff: Plan"
        ),
        (
            "De : Jane Doe <jane@example.com>\nEnvoyé : mardi 10:00\nÀ : Tom Roe <tom@example.org>\n"
            "Cc : Anna Rossi <anna@example.net>\nObjet : Plan"
        ),
        (
            "---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.com>\nDate: Tue, 5 Mar "
            "2024 at 10:00\nSubject: Plan\n"
            "To: Tom Roe <tom@example.org>\nCc: Anna Rossi <anna@example.net>"
        ),
        (
            "Begin forwarded message:\n\nFrom: Jane Doe <jane@example.com>\nSubject: Plan\nDate: 5 March "
            "2024\nTo: Tom Roe <tom@example.org>\n"
            "Cc: Anna Rossi <anna@example.net>"
        ),
        (
            "Anfang der weitergeleiteten Nachricht:\n\nVon: Jane Doe <jane@example.com>\nBetreff: Plan\n"
            "Datum: 5. März 2024\n"
            "An: Tom Roe <tom@example.org>\nKopie: Anna Rossi <anna@example.net>"
        ),
        (
            "> From: Jane Doe <jane@example.com>\n> Sent: Tuesday\n> To: Tom Roe <tom@example.org>\n> Cc: "
            "Anna Rossi <anna@example.net>\n"
            "> Subject: Plan"
        ),
    ],
)
def test_a_header_block_starts_the_quote_and_names_everybody(block: str) -> None:
    """Every program's header block, in every language, gives who wrote to whom."""
    split = split_text(f"Please see below.\n\n{block}\n\nHello Tom,\n\nold text")
    assert "Please see below." == split.own.strip().split("\n")[0]
    assert (QuotedBlock(JANE, (TOM,), (ANNA,)),) == split.blocks


NOTES = "Jane Q Doe/LON/FIRM@FIRM"


@pytest.mark.parametrize(
    ("top", "sender"),
    [
        ('"Jane Doe" <jane@example.com> on 06/07/2000 11:53:31 PM', JANE),
        ("jane@example.com (Jane Doe) on 06/07/2000 11:53:31 PM", JANE),
        ('\t"Doe, Jane" <jane@example.com>\n\t06/07/2000 11:53 PM', JANE),
        ("Jane Doe\n06/07/2000 11:53 PM", Person("Jane Doe", "")),
        ("Jane Doe@FIRM\n06/07/2000 11:53 PM", Person("Jane Doe", "")),
        (
            ("   \n\tFirm Ltd.\n\t\n\tFrom:  Jane Doe @ FIRM                06/07/2000 11:53 PM\n\t\n"),
            Person("Jane Doe", ""),
        ),
        (
            "\tFrom:  Jane Doe                06/07/2000 11:53 PM\n\n\nSent by: Tom Poe",
            Person("Jane Doe", ""),
        ),
        ("From:\tJane Doe/FIRM@firmGate on 06/07/2000 11:53 PM", Person("Jane Doe", "")),
    ],
)
@pytest.mark.parametrize(
    "mark",
    [
        "",
        (
            "---------------------- Forwarded by Tom Roe/LON/FIRM on 06/08/2000 \n09:20 AM "
            "---------------------------\n\n\n"
        ),
    ],
)
def test_a_lotus_notes_block_names_everybody(top: str, sender: Person, mark: str) -> None:
    """Lotus Notes writes the sender over the block and names without addresses, over several lines."""
    text = (
        f"pls print\n\n{mark}{top}\nTo: Tom Roe/LON/FIRM@FIRM, Jeff \nBloggs/LON/FIRM@FIRM, "
        f'"Anna Rossi" <anna@example.net>\ncc: {NOTES} \nSubject: Plan\n\nold'
    )
    split = split_text(text)
    assert "pls print" == split.own.strip()
    people = (Person("Tom Roe", ""), Person("Jeff Bloggs", ""), ANNA)
    assert (QuotedBlock(sender, people, (Person("Jane Q Doe", ""),)),) == split.blocks
    assert bool(mark) is split.forwarded


def test_a_lotus_notes_block_in_columns_names_everybody() -> None:
    """Later versions put sender and date beside To, cc and Subject, or all in one line."""
    columns = (
        "----- Forwarded by Tom Roe/LON/FIRM on 05/22/01 09:38 AM\n-----\n\n"
        "                    Jane\n                    Doe                  To:     Tom "
        "Roe/LON/FIRM@FIRM, Anna\n"
        "                                         Rossi/LON/FIRM@FIRM\n                    05/22/01    "
        "         cc:     Ann Poe/LON/FIRM\n"
        "                    07:18 AM             Subject:     Plan\n\n\nold text"
    )
    line = (
        "\tJane Doe/FIRM@firmGate 05/16/2001 04:55 PM \t   To: Tom Roe/FIRM@firmGate, Anna "
        "Rossi/FIRM  cc: Ann Poe/FIRM@FIRM  Subject: Plan\t\n\nold"
    )
    expected = QuotedBlock(
        Person("Jane Doe", ""), (Person("Tom Roe", ""), Person("Anna Rossi", "")), (Person("Ann Poe", ""),)
    )
    for text in (columns, line):
        assert (expected,) == split_text(f"See below.\n\n{text}").blocks


def test_last_first_names_are_turned_round() -> None:
    """Outlook's "Last, First" lists, parted by semicolons, give names in natural order."""
    text = (
        " -----Original Message-----\nFrom: \tDoe, Jane  \nSent:\tMonday\nTo:\tRoe, Tom; Miller "
        "III, Robert; O'Neil, Ann \nSubject:\tx\n\nold"
    )
    assert (
        QuotedBlock(
            Person("Jane Doe", ""),
            (Person("Tom Roe", ""), Person("Robert Miller III", ""), Person("Ann O'Neil", "")),
        ),
    ) == split_text(text).blocks


def test_the_one_for_whom_a_program_sends_is_the_sender() -> None:
    """Where X sends on behalf of Y, Y wrote."""
    text = (
        "-----Original Message-----\nFrom: robot@example.com On Behalf Of Jane Doe\nSent: Monday\n"
        "To: Roe, Tom\nSubject: x\n\nold"
    )
    assert (QuotedBlock(Person("Jane Doe", ""), (Person("Tom Roe", ""),)),) == split_text(text).blocks


def test_a_forward_without_own_text_is_all_quoted() -> None:
    """Where there is nothing but the forwarded message, own text is empty and the message is passed on."""
    split = split_text(
        "---------- Forwarded message ---------\nFrom: Jane Doe <jane@example.com>\nDate: x\nSubject: "
        "y\nTo: tom@example.org\n\nold"
    )
    assert ("", True) == (split.own, split.forwarded)
    assert split.quoted.endswith("old")


def test_inline_answers_are_own_text() -> None:
    """Lines between quoted lines belong to the sender."""
    split = split_text(
        "On 5 March 2024 Jane Doe wrote:\n> first?\nYes, the first.\n> second?\nNo, not the second.\n"
    )
    assert "Yes, the first.\nNo, not the second." == split.own
    assert (QuotedBlock(Person("Jane Doe", "")),) == split.blocks


def test_blocks_come_outermost_first() -> None:
    """A chain of quotes gives one block per message, the latest first."""
    text = (
        "ok\n\nFrom: Jane Doe <jane@example.com>\nSent: Tuesday\nTo: Tom Roe <tom@example.org>\n"
        "Subject: RE: x\n\nfine\n\n"
        "From: Tom Roe <tom@example.org>\nSent: Monday\nTo: Jane Doe <jane@example.com>\nSubject: x\n\n"
        "hello\n\n"
        "On 5 March 2024, Anna Rossi <anna@example.net> wrote:\n> first"
    )
    assert (QuotedBlock(JANE, (TOM,)), QuotedBlock(TOM, (JANE,)), QuotedBlock(ANNA)) == split_text(
        text
    ).blocks


@pytest.mark.parametrize(
    "text",
    [
        "Hi Tom,\n\nFrom: London\nTo: Rome\nDate: 5 March\n\nsee you",
        "Two things:\n\n1. the plan\n2. the date\n\nTom said:\nwe go.",
        "Note: To: and Cc: are fields.\nSubject to approval.",
        "Jane wrote: we go on Monday.\nI agree.",
        "The list is:\n-----\na\nb",
    ],
)
def test_ordinary_text_is_own_text(text: str) -> None:
    """Words with colons, itineraries and rules do not start a quote."""
    split = split_text(text)
    assert (text, "", ()) == (split.own, split.quoted, split.blocks)


@given(
    st.lists(
        st.sampled_from(
            [
                "From: Jane Doe <jane@example.com>",
                "To: a; b",
                "cc:",
                "Subject: x",
                "Sent: Monday",
                "> quoted",
                "",
                "text",
                "-----Original Message-----",
                "On 5 March 2024 Jane Doe wrote:",
                "Jane Doe",
                "06/07/2000 11:53 PM",
                "----- Forwarded by",
                "\tx   To: y",
                "wrote:",
                ">>> a 05/15/01 >>>",
                "--",
            ]
        ),
        max_size=40,
    )
)
def test_every_line_is_own_or_quoted_and_none_twice(lines: list[str]) -> None:
    """Whatever the order of lines, splitting parts them and loses none."""
    split = split_text("\n".join(lines))
    both = split.own.split("\n") + split.quoted.split("\n")
    assert sorted(line for line in lines if line.strip()) == sorted(line for line in both if line.strip())
