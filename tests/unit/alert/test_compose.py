"""What the alert and the digest say, and that they are proper mails."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from scanner.alert import compose
from scanner.alert.content import Block
from scanner.alert.safe import width
from scanner.detect.verdict import Severity
from scanner.errors import ConfigError
from scanner.message.model import Person
from tests.unit.alert.samples import ALERT_ID, ANNA, BEN, NOW, OWNER, alert, flat, parsed, part, verdict, why


def test_the_first_line_says_it_all() -> None:
    """What went where, and where such mail usually goes."""
    assert flat(alert(ANNA)).startswith(
        "“Offer Q3” went to Anna Rossi (acme.example). "
        "You usually send this to Anna Rossi-Bianchi (firm.example). Why Oopsee asks"
    )


@pytest.mark.parametrize(
    ("recipient", "sentence"),
    [
        (BEN, "“Offer Q3” went to Ben Wei\u00df (beta.example). You may not have meant this recipient."),
        (
            replace(BEN, name=""),
            "“Offer Q3” went to ben@beta.example. You may not have meant this recipient.",
        ),
        (
            replace(BEN, name="boss@firm.example"),
            "“Offer Q3” went to ben@beta.example. You may not have meant this recipient.",
        ),
        (
            replace(ANNA, meant="a.rossi@acme.example", meant_name="Anna Rossi"),
            (
                "“Offer Q3” went to Anna Rossi <anna.rossi@acme.example>. "
                "You usually send this to Anna Rossi <a.rossi@acme.example>."
            ),
        ),
    ],
    ids=["nobody meant", "no name", "a name that poses as an address", "namesakes"],
)
def test_the_first_line_fits_what_is_known(recipient: object, sentence: str) -> None:
    """It is careful where nobody else is likely, and tells namesakes apart."""
    assert flat(alert(recipient)).startswith(sentence)  # type: ignore[arg-type]  # pytest's parameters


@pytest.mark.pitfall("nextcloud-mail-11772")
def test_every_alert_says_that_bcc_may_be_unseen() -> None:
    """Where the Sent copy keeps no Bcc, nobody knows of it: that is 'unknown', never 'none'."""
    assert "Recipients in Bcc are seen only where your mail program keeps them" in flat(alert(BEN))


def test_several_suspects_are_named_in_one_alert() -> None:
    """Who is nearly as suspicious as the first is named with him; who is not, is left out."""
    other = replace(BEN, address="info@gamma.example", name="", score=0.05)
    text = flat(alert(BEN, other, ANNA))
    assert text.startswith(
        "“Offer Q3” went to Anna Rossi (acme.example) and Ben Wei\u00df (beta.example). "
        "You may not have meant them."
    )
    assert "Probably meant: Anna Rossi-Bianchi (firm.example)" in text
    assert "He is new here." in text
    assert "gamma.example" not in text


def test_of_a_long_list_some_are_described_and_the_rest_counted() -> None:
    """The alert stays short for a mail to hundreds."""
    raw = alert(*(replace(BEN, address=f"ben{number}@beta.example", name="") for number in range(200)))
    text = flat(raw)
    assert text.startswith(
        "“Offer Q3” went to ben0@beta.example, ben1@beta.example, ben2@beta.example and 197 more."
    )
    assert 8 == text.count("He is new here.")
    assert "and 192 more" in text
    assert len(raw) < 20_000


def test_at_most_three_reasons_the_strongest_first_and_none_that_speak_for_it() -> None:
    """Reasons are those against the recipient, by weight."""
    text = part(alert(ANNA), "plain")
    assert [
        "Both are called Anna.",
        "The greeting names somebody else.",
        "You have not written to this recipient before.",
    ] == re.findall(r"^  - (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("date", "sentence"),
    [
        (NOW - timedelta(seconds=40), "Sent: 1 April 2025, 15:22 UTC+02:00, 40 seconds before this notice"),
        (NOW - timedelta(seconds=61), "15:22 UTC+02:00, 1 minute before this notice"),
        (NOW - timedelta(hours=30), "31 March 2025, 09:23 UTC+02:00, 1 day before this notice"),
        (NOW + timedelta(minutes=5), "15:28 UTC+02:00, just before this notice"),
        (None, "Sent: at a time that the message does not say"),
        (datetime.min.replace(tzinfo=UTC), "Sent: 1 January 1, 02:00 UTC+02:00"),
        (datetime.max.replace(tzinfo=UTC), "31 December 9999, 23:59 UTC, just before"),
    ],
)
def test_the_time_since_sending_is_told(date: datetime | None, sentence: str) -> None:
    """In the largest unit, in the zone of the owner, whatever the message's date."""
    assert sentence in flat(alert(ANNA, date=date))


@pytest.mark.parametrize(
    ("severity", "step"),
    [
        (Severity.LOW, "Consider letting it go"),
        (Severity.MIDDLE, "a short note"),
        (Severity.HIGH, "Talk to your manager or your data protection contact before you write"),
    ],
)
def test_first_steps_follow_the_severity(severity: Severity, step: str) -> None:
    """Each severity has its own steps, in the text and in the HTML."""
    raw = alert(ANNA, severity=severity)
    assert f"Severity: {severity.value}" in flat(raw)
    assert step in flat(raw)
    assert step in part(raw, "html")


@pytest.mark.parametrize(
    ("message_id", "command"),
    [
        ("<sent.1@firm.example>", "oopsee label '<sent.1@firm.example>' wrong"),
        ("", "oopsee label 0123abcd fine"),
        ("<a';reboot;'@x.example>", """oopsee label '<a'"'"';reboot;'"'"'@x.example>' wrong"""),
    ],
)
def test_the_answer_is_a_command_to_copy(message_id: str, command: str) -> None:
    """It names the message, by its digest where it has no Message-ID, and is safe in a shell."""
    assert f"  {command}\n" in part(alert(ANNA, message_id=message_id), "plain")


def test_it_says_why_it_came_and_to_whom() -> None:
    """The owner alone was written to; the budget is told where it is known."""
    raw = compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, budget=5)
    assert "watches the Sent folder of maria@firm.example. It wrote to you and to nobody else" in flat(raw)
    assert "about 5 notices for 1,000 messages" in flat(raw)
    assert "Bcc" in flat(raw)


@pytest.mark.pitfall("rfc-3834-sent")
def test_the_headers_are_those_of_an_automatic_answer_to_oneself() -> None:
    """From, Reply-To and To are the owner; it joins the thread; nobody's responder answers it."""
    raw = compose.alert(
        verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, references=["<first@x.example>", "broken"]
    )
    mail = parsed(raw)
    assert {
        "From": "Oopsee <maria@firm.example>",
        "Reply-To": "Oopsee <maria@firm.example>",
        "To": "maria@firm.example",
        "Subject": "Did “Offer Q3” go to the right person?",
        "Date": "Tue, 01 Apr 2025 15:23:02 +0200",
        "Message-ID": ALERT_ID,
        "In-Reply-To": "<sent.1@firm.example>",
        "References": "<first@x.example> <sent.1@firm.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Oopsee": "alert;v=1",
        "MIME-Version": "1.0",
    } == {
        name: value.strip("<>") if name == "To" else value
        for name, value in mail.items()
        if name != "Content-Type"
    }
    assert ["text/plain", "text/html"] == [one.get_content_type() for one in mail.iter_parts()]
    assert [] == mail.defects


def test_a_long_thread_keeps_its_first_and_its_latest_messages() -> None:
    """The header stays bounded; the message that is answered comes last, once."""
    references = [f"<{number}@x.example>" for number in range(100)] + ["<sent.1@firm.example>"]
    raw = compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, references=references)
    kept = str(parsed(raw)["References"]).split()
    assert 20 == len(kept)
    assert ("<0@x.example>", "<99@x.example>", "<sent.1@firm.example>") == (kept[0], kept[-2], kept[-1])


def test_a_message_without_an_id_starts_a_thread_of_its_own() -> None:
    """Then there is no In-Reply-To."""
    mail = parsed(alert(ANNA, message_id=""))
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


@pytest.mark.parametrize(
    "subject", ["Offer Q3", "", "\u00dcbersicht " * 30, "x" * 3000, "=?utf-8?b?4oCuQQ==?="]
)
def test_every_line_can_be_carried_and_read(subject: str) -> None:
    """Octets are 7-bit in lines of at most 78; the text is at most 72 columns wide; the subject is short."""
    raw = alert(ANNA, BEN, subject=subject)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert 78 >= max(len(line) for line in raw.split(b"\r\n"))
    assert 72 >= max(width(line) for line in part(raw, "plain").splitlines())
    assert 90 >= len(str(parsed(raw)["Subject"]))


def test_a_subject_that_looks_encoded_is_not_decoded_once_more() -> None:
    """Otherwise hidden characters could be smuggled past the cleaning."""
    assert "Did “=?utf-8?b?4oCuQQ==?=” go to the right person?" == str(
        parsed(alert(ANNA, subject="=?utf-8?b?4oCuQQ==?="))["Subject"]
    )


def test_the_same_alert_is_the_same_octets() -> None:
    """A repeat differs in nothing."""
    assert alert(ANNA, BEN) == alert(ANNA, BEN)


@pytest.mark.parametrize(
    "address", ["", "maria", "maria@firm.example\r\nBcc: x@y.example", "a b@c.example", "<a@b>"]
)
def test_an_owner_who_cannot_be_written_to_is_refused(address: str) -> None:
    """The error says what to correct."""
    with pytest.raises(ConfigError) as caught:
        compose.alert(verdict(ANNA), owner=Person("", address), now=NOW, message_id=ALERT_ID)
    assert "Correct" in caught.value.remedy


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)


def test_the_html_fetches_nothing_and_runs_nothing() -> None:
    """No image, link, script, form or address of any outside resource."""
    html = part(alert(ANNA, BEN), "html")
    found = _Tags(html)
    assert set() == set(found.tags) & {
        "img",
        "a",
        "link",
        "script",
        "form",
        "iframe",
        "object",
        "svg",
        "video",
    }
    assert set() == found.attributes & {"src", "href", "background", "onclick", "onload"}
    assert "http" not in html
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_a_digest_lists_its_messages_in_order() -> None:
    """Each with its first line, time, severity and command; one mail, in no thread."""
    first, second = verdict(ANNA), verdict(BEN, subject="", message_id="<sent.2@firm.example>")
    raw = compose.digest([first, second], owner=OWNER, now=NOW, message_id=ALERT_ID, budget=5)
    text = flat(raw)
    assert "1. " in text.split("“Offer Q3” went to Anna Rossi")[0]
    assert "2. A message without a subject went to Ben Wei\u00df (beta.example)." in text
    assert "oopsee label '<sent.2@firm.example>' fine" in text
    mail = parsed(raw)
    assert "2 messages that you may want to look at again" == mail["Subject"]
    assert "digest;v=1" == mail["X-Oopsee"]
    assert mail["In-Reply-To"] is None
    assert 2 == part(raw, "html").count('class="item"')


def test_a_digest_of_one_and_of_very_many() -> None:
    """One message is spoken of as one; of very many, the rest is counted."""
    one = compose.digest([verdict(ANNA)], owner=OWNER, now=NOW, message_id=ALERT_ID)
    assert "One message that you may want to look at again" == parsed(one)["Subject"]
    many = compose.digest([verdict(ANNA)] * 45, owner=OWNER, now=NOW, message_id=ALERT_ID)
    assert "and 15 more" in flat(many)
    assert "45 messages that you may want to look at again" == parsed(many)["Subject"]


def test_a_reason_kept_by_another_version_is_said_as_it_was_then() -> None:
    """Its key, or what fills its sentence, may have changed since; its own words still hold."""
    kept = replace(why("Written long ago."), key="seldom", values=(("name", "Ben"),))
    assert "- Written long ago." in flat(alert(replace(BEN, reasons=(kept,))))
    assert "- He is new here." in flat(alert(BEN))


def test_an_unknown_language_is_english() -> None:
    """What no data file is there for is not worth losing an alert for."""
    assert compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, language="../xx") == alert(
        ANNA
    )


def test_answers_are_offered_only_where_somebody_reads_them() -> None:
    """By number or by folder then, and by command else."""
    with_them = compose.alert(
        verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, answers=True, folders=True
    )
    by_reply = compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, answers=True)
    assert "Oopsee/Wrong" not in flat(by_reply)
    for shown in (flat(with_them), part(with_them, "html")):
        assert "write one number at the top" in shown
        assert "Oopsee/Wrong" in shown
        assert "oopsee label" not in shown
    for shown in (flat(alert(ANNA)), part(alert(ANNA), "html")):
        assert "number" not in shown
        assert "oopsee label" in shown


def test_further_blocks_stand_between_the_first_steps_and_the_answer() -> None:
    """Each with its heading and its paragraphs, in the text and in the HTML."""
    blocks = [Block("What is known", ("It was delivered & read.",)), Block("Next time", ("Wait.", "Look."))]
    raw = compose.alert(verdict(ANNA), owner=OWNER, now=NOW, message_id=ALERT_ID, blocks=blocks)
    text = part(raw, "plain")
    assert "\n\nWhat is known\n  - It was delivered & read.\n\nNext time\n  - Wait.\n  - Look.\n\n" in text
    assert text.index("If it went wrong") < text.index("What is known") < text.index("Tell Oopsee")
    assert "<li>It was delivered &amp; read.</li>" in part(raw, "html")


def test_the_clock_is_spoken_of_only_where_much_is_at_stake_and_never_as_running() -> None:
    """An alert is unconfirmed; what it says about the law is no advice."""
    high = flat(alert(ANNA, severity=Severity.HIGH))
    assert "may begin when you know of it: 72 hours" in high
    assert "This is not legal advice." in high
    assert "72 hours" not in flat(alert(ANNA, severity=Severity.MIDDLE))


def test_the_terminal_shows_the_text_part() -> None:
    """The demo prints the same words that the mail holds."""
    shown = compose.plain_terminal(alert(ANNA))
    assert shown.split() == part(alert(ANNA), "plain").split()
    assert "\n  - Both are called Anna.\n" in shown
    assert "" == compose.plain_terminal(b"Content-Type: image/png\r\n\r\nx")
    assert "a ]0;tred [2J b" == compose.plain_terminal(b"\r\na \x1b]0;t\x07red \x1b[2J b")
