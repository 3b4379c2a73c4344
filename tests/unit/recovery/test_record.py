"""The record, the scope, the script, and where they go."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.recovery import Action, Relation, Times, drafts, sentences
from scanner.recovery.clients import client
from scanner.recovery.options import options, rules, sieve
from scanner.recovery.record import as_json, as_markdown, say_action
from scanner.recovery.register import is_formal, language_of, to_recipient
from scanner.recovery.scope import COLUMNS, Row, as_csv, safe_cell, scope
from scanner.words import LANGUAGES
from tests.letters import letter
from tests.unit.recovery.cases import ALERTED, CONFIRMED, NOW, SENT, case, high, many, message

EN = sentences("en")
SECRET = "The merger is called Bluebird."


def test_the_record_holds_what_happened_and_no_text() -> None:
    """Times, recipients, reasons, names of attachments, what was done; nothing of the body."""
    about = case(
        message(text=SECRET, subject="Plans", attachments=["plan.pdf"]),
        times=Times(SENT, ALERTED, CONFIRMED),
        actions=[Action("draft", "to the recipient", CONFIRMED)],
    )
    record = as_json(about, now=NOW)
    page = as_markdown(about, EN, now=NOW)

    assert {
        "sent_at": "2025-04-08T11:22:00Z",
        "alerted_at": "2025-04-08T11:22:40Z",
        "confirmed_at": "2025-04-08T11:31:00Z",
    } == record["times"]
    assert "2025-04-11T11:31:00Z" == record["clock"]["article_33_ends"]
    assert ["plan.pdf"] == record["attachments"]
    assert [{"kind": "draft", "detail": "to the recipient", "at": "2025-04-08T11:31:00Z"}] == record[
        "actions"
    ]
    for text in (json.dumps(record), page):
        assert "Bluebird" not in text
        assert "Plans" in text
    assert "not legal advice" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_done_is_said_in_words(language: str) -> None:
    """The steps of drafts and recalls, as they are noted, do not stand there as the program notes them."""
    words = sentences(language)
    noted = [
        *(("draft", who) for who in ("recipient", "meant", "manager", "privacy")),
        *(("recall", f"marco.rossi@acme.example {step}") for step in ("begun", "moved", "read", "gone")),
        ("recall", "marco.rossi@acme.example failed: LoginError"),
        ("keyword", "wrong"),
        ("keyword", "fine"),
    ]
    said = [say_action(Action(kind, detail, SENT), words) for kind, detail in noted]

    assert len(set(said)) == len(noted)
    assert [] == [
        one for one in said if "LoginError" in one or one.startswith(("draft ", "recall marco", "keyword "))
    ]
    assert 5 == sum("marco.rossi@acme.example" in one for one in said)
    assert "moved by hand" == say_action(Action("moved", "by hand", SENT), words)


def test_an_unconfirmed_record_does_not_claim_not_to_know() -> None:
    """Whether the owner has confirmed it is known."""
    assert "Confirmed by you: not yet" in as_markdown(case(), EN, now=NOW)


def test_an_unconfirmed_record_has_no_end_of_the_clock() -> None:
    """Neither a start nor an end."""
    record = as_json(case(), now=NOW)["clock"]
    assert ("unconfirmed", None, None) == (
        record["state"],
        record["article_33_counted_from"],
        record["article_33_ends"],
    )


def test_text_out_of_mail_does_nothing_in_markdown() -> None:
    """Marks are escaped, also in the table."""
    page = as_markdown(case(message(subject="<b>|[x](http://y.example) `z`")), EN, now=NOW)
    assert r"\<b\>\|\[x\](http://y.example) \`z\`" in page


def test_everybody_on_a_list_is_crossed_with_the_history() -> None:
    """Who was wrong gets an apology, strangers outside are to be checked, the others get nothing."""
    about = case(
        many(),
        wrong=["p2@house2.example"],
        relations={"p3@house3.example": Relation(known=True, since=SENT)},
    )
    found = {row.address: row.apology for row in scope(about)}

    assert "yes" == found["p2@house2.example"]
    assert "no" == found["p3@house3.example"]
    assert "check" == found["p4@house4.example"]
    assert "no" == found["bea@firm.example"]
    assert "p2@house2.example" == scope(about)[0].address


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=2, max_size=2))
def test_no_cell_is_a_formula_and_every_cell_comes_back(texts: list[str]) -> None:
    """CSV by RFC 4180: what a reader gives back is what was written, save for the apostrophe."""
    address, name = (text.replace("\0", "") for text in texts)
    rows = [Row(address, name, "to", inside=False, known=True, since="", apology="no")]
    written = as_csv(rows, EN)
    back = list(csv.reader(io.StringIO(written, newline="")))

    assert len(COLUMNS) == len(back[0])
    assert [safe_cell(address), safe_cell(name)] == back[1][:2]
    assert written.endswith("\r\n")
    for cell in back[1]:
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_one_option_is_recommended_and_each_leaves_something() -> None:
    """Cheap, middle, dear; the middle one where it was bad."""
    for language in LANGUAGES:
        for about in (case(high()), case(many())):
            found = options(about, sentences(language))
            assert ["cheap", "middle", "dear"] == [one.cost for one in found]
            assert 1 == sum(one.recommended for one in found)
            assert all(one.what and one.risk for one in found)
    assert options(case(high()), EN)[1].recommended


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"User-Agent: Mozilla Thunderbird\r\n\r\n", "thunderbird"),
        (b"X-Mailer: Microsoft Outlook 16.0\r\n\r\n", "outlook"),
        (b"Message-ID: <CAF3x@mail.gmail.com>\r\n\r\n", "gmail"),
        (b"Message-ID: <AM0@AM0PR01.eurprd01.prod.outlook.com>\r\n\r\n", "outlook"),
        (b"X-Mailer: Apple Mail (2.3)\r\n\r\n", "other"),
        (b"Subject: Outlook for 2026\r\n\r\n", ""),
        (b"", ""),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_the_mail_program_is_known_by_its_header(header: bytes, expected: str) -> None:
    """By what it says of itself or by the ids that it makes."""
    assert expected == client(header)


def test_the_rule_is_for_the_mail_program_of_the_owner() -> None:
    """For all usual ones where it is not known; Bcc for a list."""
    assert ["Thunderbird"] == [one.partition(":")[0] for one in rules(case(client="thunderbird"), EN)][:1]
    assert ["Gmail", "Outlook", "Thunderbird"] == [one.partition(":")[0] for one in rules(case(), EN)][:3]
    assert any("Bcc" in one for one in rules(case(many(), client="gmail"), EN))


def test_sieve_only_flags_what_comes_in() -> None:
    """No address can break out of the script."""
    assert 'address :is "from" ["marco.rossi@acme.example"]' in sieve(case())
    assert "" == sieve(case(message(to=['x"]{discard;}@acme.example'])))


@pytest.mark.parametrize(
    ("language", "text", "formal"),
    [
        ("en", "Dear Mr Rossi,\n\nplease find the figures below.", True),
        ("en", "Hi Marco,\n\nI'll send it later, cheers", False),
        ("it", "Gentile dottor Rossi,\n\nLe invio quanto richiesto.", True),
        ("it", "Ciao Marco,\n\nti mando il file, dimmi se va bene.", False),
        ("es", "Estimado señor:\n\nLe adjunto la oferta. Atentamente", True),
        ("es", "Hola Marco:\n\nte mando el archivo, dime si te va bien.", False),
        ("tr", "Sayın Rossi,\n\nDosyayı ekte bulabilirsiniz.", True),
        ("tr", "Selam Marco,\n\nsana dosyayı gönderiyorum, senden haber bekliyorum.", False),
        ("de", "Sehr geehrter Herr Rossi,\n\nanbei sende ich Ihnen das Angebot.", True),
        ("de", "Hi Marco,\n\nkannst du mir deine Zahlen schicken?", False),
        ("fr", "Monsieur,\n\nveuillez trouver votre devis ci-joint.", True),
        ("fr", "Salut Marco,\n\nje t'envoie ton fichier.", False),
        ("de", "Zahlen anbei.", True),
    ],
)
def test_the_register_is_that_of_the_message(language: str, text: str, *, formal: bool) -> None:
    """By salutation and pronouns; formal where nothing tells."""
    assert formal is is_formal(letter(1, text=text), language)


def test_the_language_is_that_of_the_own_text() -> None:
    """Another than the six, or too short a text, is the one that was given."""
    german = "Sehr geehrter Herr Conti, anbei sende ich Ihnen die Unterlagen für die Sitzung am Montag."
    assert "de" == language_of(letter(1, text=german))
    assert "it" == language_of(letter(1, text="ok"), "it")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("tr", "Merhaba Elif,\n\nbana bir yer tutar mısın?"),
        ("de", "Hallo Anja,\n\nes wird etwas später."),
        ("en", "Hello Ruth,\n\nhere are the figures."),
    ],
)
def test_a_greeting_by_the_given_name_alone_is_informal(language: str, text: str) -> None:
    """Where nothing else in the text is formal."""
    greeted = text.partition(",")[0].split()[-1]
    assert not is_formal(letter(1, text=text, greets=[greeted]), language)


def test_who_got_it_by_mistake_outside_is_written_to_formally() -> None:
    """The tone of the message was meant for somebody else; a colleague is written to as in the message."""
    outside, inside = case(), case(message(to=["Bea <bea@firm.example>"]))

    assert to_recipient(outside, formal=False)
    assert not to_recipient(inside, formal=False)
    letters = {
        one.addressee: one.formal
        for one in drafts(outside, language="en", formal=False, to_recipient=True, now=NOW)
    }
    assert {"recipient": True, "meant": False, "manager": False, "privacy": False} == letters
