"""Mailboxes as mail programs keep them, each in its form."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scanner.errors import UsageError
from tests.letters import person
from tests.people import START, raw_mail
from training.corpora import Mailbox, mailboxes
from training.corpora.owners import one_owner, same_person

ANNA, BRUNO, CARLA = "anna@firm.example", "bruno@firm.example", "carla@client.example"


def from_person(raw: bytes, name: str) -> bytes:
    """The same mail with a display name for its sender."""
    return raw.replace(b"From: <", f"From: {name} <".encode(), 1)


def write_mbox(path: Path, mails: list[bytes]) -> None:
    """Mails as an mbox file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        b"From corpus@invalid Thu Jan  1 00:00:00 1970\n" + mail.replace(b"\r\n", b"\n") for mail in mails
    ]
    path.write_bytes(b"\n".join(parts))


def write_maildir(path: Path, mails: list[bytes]) -> None:
    """Mails as a Maildir folder."""
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    for number, mail in enumerate(mails):
        (path / "cur" / f"170000000{number}.M{number}P1.host:2,S").write_bytes(mail)


def sent_by_anna(count: int = 3) -> list[bytes]:
    """What Anna sent."""
    return [raw_mail(n, sender=ANNA, to=[(BRUNO, CARLA)[n % 2]], text=f"Sent {n}.") for n in range(count)]


def got_by_anna(count: int = 5) -> list[bytes]:
    """What Anna received: more than she sent, most of it from one sender."""
    return [raw_mail(100 + n, sender=BRUNO, to=[ANNA], text=f"Got {n}.") for n in range(count)]


def shape(box: Mailbox) -> tuple[str, set[str], int, int]:
    """Name, owner's addresses, messages sent and in all."""
    return box.name, set(box.owner), box.sent, len(box.mail)


def test_an_mbox_without_folders_is_the_mail_of_who_takes_part_in_most_of_it(tmp_path: Path) -> None:
    """Somebody else may have sent more."""
    newsletter = [raw_mail(200 + n, sender="news@shop.example", to=["all@shop.example"]) for n in range(5)]
    write_mbox(tmp_path / "export.mbox", [*got_by_anna(), *newsletter, *sent_by_anna()])
    (box,) = mailboxes(tmp_path / "export.mbox")
    assert ("export", {ANNA}, 3, 13) == shape(box)
    assert [START + timedelta(hours=n) for n in range(3)] == [m.date for m, sent in box.mail if sent]


def test_a_maildir_is_one_owners_and_its_sent_folder_says_whose(tmp_path: Path) -> None:
    """Drafts were never sent, and what lies in two folders counts once, as sent."""
    root = tmp_path / "Maildir"
    write_maildir(root, [*got_by_anna(), sent_by_anna()[0]])
    write_maildir(root / ".Sent", sent_by_anna())
    write_maildir(root / ".Drafts", [raw_mail(50, sender=ANNA, to=[BRUNO], text="Unfinished")])
    (box,) = mailboxes(root)
    assert ("Maildir", {ANNA}, 3, 8) == shape(box)


def test_below_a_folder_each_folder_is_a_mailbox(tmp_path: Path) -> None:
    """Mbox files for one, a Maildir for another, a single file for a third; who sent most comes first."""
    write_mbox(tmp_path / "anna-n" / "Sent.mbox", sent_by_anna())
    write_mbox(tmp_path / "anna-n" / "Inbox.mbox", got_by_anna())
    write_maildir(tmp_path / "bruno-c", [raw_mail(1, sender=ANNA, to=[BRUNO])])
    write_maildir(
        tmp_path / "bruno-c" / ".Sent", [raw_mail(n, sender=BRUNO, to=[ANNA]) for n in range(60, 64)]
    )
    write_mbox(tmp_path / "carla.mbox", [raw_mail(n, sender=CARLA, to=[ANNA]) for n in range(70, 72)])
    (tmp_path / "notes.txt").write_text("no mail", "utf-8")
    (tmp_path / "empty").mkdir()
    expected = [("bruno-c", {BRUNO}, 4, 5), ("anna-n", {ANNA}, 3, 8), ("carla", {CARLA}, 2, 2)]
    assert expected == [shape(box) for box in mailboxes(tmp_path)]


def test_a_mailbox_in_which_nothing_was_sent_is_none(tmp_path: Path) -> None:
    """Nothing can be learnt of its owner, nor who that is."""
    write_mbox(tmp_path / "anna-n" / "Sent.mbox", sent_by_anna())
    write_mbox(tmp_path / "shared" / "Inbox.mbox", got_by_anna())
    assert ["anna-n"] == [box.name for box in mailboxes(tmp_path)]
    with pytest.raises(UsageError, match="nobody wrote"):
        mailboxes(tmp_path / "shared")


def test_copies_with_another_message_id_count_once(tmp_path: Path) -> None:
    """Same sender, date, subject, text and recipients."""
    first, *others = sent_by_anna()
    copy = first.replace(b"<000000@", b"<copy@")
    write_mbox(tmp_path / "Sent.mbox", [first, copy, *others])
    (box,) = mailboxes(tmp_path)
    assert 3 == box.sent


def test_an_alias_in_the_sent_folder_is_the_owner_and_an_assistant_is_not(tmp_path: Path) -> None:
    """By the display name; what the assistant sent is in Sent all the same."""
    mails = [
        *(from_person(mail, "Anna Neri") for mail in sent_by_anna()),
        from_person(raw_mail(10, sender="a.neri@mail.example", to=[BRUNO]), '"Neri, Anna M."'),
        from_person(raw_mail(11, sender="desk@firm.example", to=[CARLA]), "Dora Lang"),
    ]
    write_mbox(tmp_path / "Sent.mbox", mails)
    write_mbox(tmp_path / "Inbox.mbox", [raw_mail(12, sender=BRUNO, to=[ANNA])])
    (box,) = mailboxes(tmp_path)
    assert {ANNA, "a.neri@mail.example"} == box.owner
    assert (5, 6) == (box.sent, len(box.mail))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anna Neri", "Neri, Anna M.", True),
        ("Bill Conti", "William R. Conti", True),
        ("Anna Neri", "Anna Conti", False),
        ("Anna Neri", "Bruno Neri", False),
        ("Anna", "Anna", False),
        ("", "", False),
    ],
)
def test_two_names_are_one_persons_by_last_and_given_name(one: str, other: str, same: bool) -> None:
    """Initials, order and short forms aside; a given name alone is nobody's."""
    assert same is same_person(one, other)


def test_the_main_address_is_that_of_most_messages() -> None:
    """And nobody owns what nobody sent."""
    senders = [
        person("Anna Neri <b@x.example>"),
        *[person("Anna Neri <a@x.example>")] * 2,
        person("c@x.example"),
    ]
    assert ("a@x.example", frozenset({"a@x.example", "b@x.example"})) == one_owner(senders)
    assert ("", frozenset()) == one_owner([])


def test_nonsense_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A file that holds no mail."""
    path = tmp_path / "notes.txt"
    path.write_text("\x00\x01", "utf-8")
    with pytest.raises(UsageError, match="holds no mail"):
        mailboxes(path)
