"""The sample mailbox: believable, fictional, and the same every time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from scanner.demo import sample
from scanner.message.parse import parse

NOW = datetime(2026, 3, 5, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def past() -> list[tuple[str, bytes]]:
    """The mailbox as the demo puts it in."""
    return sample.messages(NOW)


def as_mail(raw: bytes) -> EmailMessage:
    """The message as the standard library reads it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def addresses(message: EmailMessage) -> set[str]:
    """Every address in the header."""
    fields = [message[name] for name in ("From", "To", "Cc") if message[name]]
    return {address.addr_spec for field in fields for address in field.addresses}


def test_the_mailbox_is_large_enough_for_the_cold_start(past: list[tuple[str, bytes]]) -> None:
    """There are 400 to 700 messages, and at least 250 of them are sent."""
    folders = Counter(folder for folder, _ in past)
    assert {sample.INBOX, sample.SENT} == set(folders)
    assert folders[sample.SENT] >= 250
    assert 400 <= len(past) <= 700


def test_the_same_moment_gives_the_same_octets(past: list[tuple[str, bytes]]) -> None:
    """Nothing of the mailbox is left to chance."""
    assert past == sample.messages(NOW)
    assert sample.live(NOW) == sample.live(NOW)


def test_the_mail_is_recent_and_in_order(past: list[tuple[str, bytes]]) -> None:
    """The mail runs in date order from more than a year ago to the last three days, none later than now."""
    dates = [parsedate_to_datetime(as_mail(raw)["Date"]) for _, raw in past]
    assert dates == sorted(dates)
    assert dates[0] < NOW - timedelta(days=365)
    assert NOW - timedelta(days=3) < dates[-1] < NOW


@pytest.mark.parametrize("days", [1, 2, 4])
def test_any_weekday_will_do(days: int) -> None:
    """Whenever the demo runs, an answer is later than what it answers."""
    raws = [raw for _, raw in sample.messages(NOW + timedelta(days=days, hours=days * 3))]
    mails = {mail["Message-ID"]: mail for mail in map(as_mail, raws)}
    assert len(raws) == len(mails)
    for mail in mails.values():
        if asked := mail["In-Reply-To"]:
            assert parsedate_to_datetime(mails[asked]["Date"]) < parsedate_to_datetime(mail["Date"])


def test_everybody_is_fictional(past: list[tuple[str, bytes]]) -> None:
    """Every address, in headers and in texts, stands on a domain that is reserved for examples."""
    found = {address for _, raw in past for address in addresses(as_mail(raw))}
    for raw in (raw for _, raw in past):
        found |= set(re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", parse(raw).own_text))
    assert len(found) >= 40
    assert set() == {address for address in found if not address.endswith(".example")}


def test_only_the_owner_has_sent_mail(past: list[tuple[str, bytes]]) -> None:
    """Sent holds the owner's mail and nobody else's; the inbox holds mail to the owner."""
    for folder, raw in past:
        mail = as_mail(raw)
        sender = mail["From"].addresses[0].addr_spec
        assert (sender == sample.owner.address) == (folder == sample.SENT)
        assert sample.owner.address in addresses(mail)


def test_the_mail_speaks_several_languages(past: list[tuple[str, bytes]]) -> None:
    """German, Italian and English each fill a good part of Sent; Spanish and French occur."""
    greetings = Counter[str]()
    words = {
        "de": r"\b(und|der|das|nicht|ich)\b",
        "it": r"\b(che|per|della|non)\b",
        "en": r"\b(the|and|you|of)\b",
    }
    words |= {"es": r"\b(los|para|una|muy)\b", "fr": r"\b(vous|les|nous|avec)\b"}
    for folder, raw in past:
        text = parse(raw).own_text
        best = max(words, key=lambda lang: len(re.findall(words[lang], text)))
        greetings[best] += folder == sample.SENT
    assert min(greetings[lang] for lang in ("de", "it", "en")) >= 40
    assert min(greetings[lang] for lang in ("es", "fr")) >= 4


def test_no_two_messages_say_the_same(past: list[tuple[str, bytes]]) -> None:
    """Each mail was written for its own sake: no own text occurs twice."""
    texts = Counter(parse(raw).own_text for _, raw in past)
    assert [] == [text for text, count in texts.items() if count > 1]


def test_every_message_is_read_without_flaws(past: list[tuple[str, bytes]]) -> None:
    """The parser finds nothing to complain of, and own text in every message."""
    for _, raw in past:
        message = parse(raw)
        assert message.flaws == ()
        assert message.own_text != ""
        assert not message.automatic


def test_quotations_name_whom_they_quote(past: list[tuple[str, bytes]]) -> None:
    """Whatever mail program answered, the parser finds in the quotation who wrote what is answered."""
    mails = {mail.message_id: mail for mail in (parse(raw) for _, raw in past)}
    quoting = [mail for mail in mails.values() if mail.quoted]
    assert len(quoting) > 300
    for mail in quoting:
        asked, block = mails[mail.in_reply_to], mail.quoted[0]
        assert block.sender is not None
        if block.sender.address:
            assert asked.sender.address == block.sender.address
        else:
            assert asked.sender.name == block.sender.name
        if block.to:
            assert {who.address for who in asked.recipients} == {
                who.address for who in (*block.to, *block.cc)
            }


def test_the_people_are_easy_to_confuse(past: list[tuple[str, bytes]]) -> None:
    """Two people of one first name at different firms are both written to often."""
    sent = Counter(
        address for folder, raw in past if folder == sample.SENT for address in addresses(as_mail(raw))
    )
    marcos = {address: count for address, count in sent.items() if address.startswith("marco.ber")}
    assert {"marco.bernardi@cantina-valdoro.example", "marco.berger@sonnklar-hotels.example"} == set(marcos)
    assert min(marcos.values()) >= 10


def test_three_mistakes_and_two_oddities_are_sent(past: list[tuple[str, bytes]]) -> None:
    """The live mail holds three mistakes, each with who got it and who was meant, and two harmless sends."""
    sends = sample.live(NOW)
    known = {address for _, raw in past for address in addresses(as_mail(raw))}
    assert [True, True, True] == [send.mistake for send in sends if send.mistake]
    assert 5 == len(sends)
    for send in sends:
        mail = as_mail(send.raw)
        recipients = {person.address for person in (*send.to, *send.cc)}
        assert recipients == addresses(mail) - {sample.owner.address}
        assert sample.owner.address == mail["From"].addresses[0].addr_spec
        assert mail["Message-ID"] == send.message_id
        assert send.note
        if send.mistake:
            assert send.wrong in recipients
            assert send.meant in known - recipients
        else:
            assert (send.wrong, send.meant) == ("", "")


def test_the_data_stay_small() -> None:
    """The authored mail takes less than 400 kB in the package."""
    from importlib.resources import files

    root = files("scanner.demo").joinpath("mail")
    rows = [*root.iterdir(), *root.joinpath("threads").iterdir()]
    assert 0 < sum(len(row.read_bytes()) for row in rows if row.is_file()) < 400_000
