"""Which way a message went on servers that show it in several folders, or hold another's mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from scanner.store import MailboxStore
from tests.dovecot import Account, Dovecot
from tests.integration.daemon.harness import WRONG, StubJudges, a_guard, alerts, learnt, now, running, until
from tests.people import OWNER, raw_mail

CHIEF = "chief@firm.example"


@pytest.fixture
def gmail() -> Iterator[Account]:
    """A user of a server with a folder of everything, as Gmail has it: each message is seen there too."""
    with Dovecot(all_mail=True) as server:
        yield Account(server, server.fresh_user())


@pytest.fixture
def copies() -> Iterator[Account]:
    """A user of a server whose folder of everything is a folder like any other, filled by somebody."""
    with Dovecot(folders=("Sent", "Drafts", "All")) as server:
        yield Account(server, server.fresh_user())


@pytest.fixture
def bare() -> Iterator[Account]:
    """A user of a server that makes no folder by itself."""
    with Dovecot(folders=(), special_use=False) as server:
        yield Account(server, server.fresh_user())


def judged(store: MailboxStore) -> list[str]:
    """The ids of all that was scored, in order."""
    return sorted(one.verdict.message_id for one in store.verdicts())


def ids(*numbers: int) -> list[str]:
    """The Message-IDs of the mails with these numbers."""
    return [f"<{number:06d}@firm.example>" for number in numbers]


def directions(store: MailboxStore) -> tuple[int, int]:
    """How many messages count as sent, and as received."""
    status = store.status()
    return status.sent, status.received


@pytest.mark.parametrize("sender", [OWNER, CHIEF])
def test_in_all_mail_the_sent_copy_counts(gmail: Account, store: MailboxStore, sender: str) -> None:
    """Whoever the From names: scored once, alerted once, and never learnt as received, past and present."""
    judges = StubJudges()
    gmail.append("Sent", raw_mail(1, sender=sender, to=[WRONG]), raw_mail(2, sender=sender))
    gmail.append("INBOX", raw_mail(3, sender="carla@client.example", to=[OWNER]))
    with running(a_guard(store, gmail.server.port, gmail.user, judges=judges)):
        until(lambda: learnt(store))
        for number in (4, 5):
            gmail.append("Sent", raw_mail(number, sender=sender, to=[WRONG], date=now()))
            until(lambda number=number: store.verdict(ids(number)[0]))  # type: ignore[misc]
        gmail.append("INBOX", raw_mail(6, sender="carla@client.example", to=[OWNER], date=now()))
        until(lambda: directions(store)[1] == 2)
        until(lambda: len(alerts(gmail)) == 2)

    assert store.cursor("Virtual/All") is not None, "it was read"
    assert ids(1, 2, 4, 5) == judged(store)
    assert (4, 2) == directions(store)
    assert ids(1, 2, 3, 4, 5, 6) == sorted(judges.made[-1].learnt)


def test_a_copy_that_is_seen_in_all_mail_first_does_not_hide_the_sent_one(
    copies: Account, store: MailboxStore
) -> None:
    """Where the two folders are not one, the copy in Sent comes later; it is scored all the same."""
    mail = raw_mail(1, sender=CHIEF, to=[WRONG], date=now())
    with running(a_guard(store, copies.server.port, copies.user)):
        until(lambda: learnt(store))
        copies.append("All", mail)
        until(lambda: directions(store) == (0, 1))
        copies.append("Sent", mail)
        until(lambda: alerts(copies))

    assert ids(1) == judged(store)
    assert (1, 0) == directions(store)


def assistants(number: int, *, sender: str, actual: str, to: Sequence[str]) -> bytes:
    """A mail in one person's name, sent by another (RFC 5322 section 3.6.2)."""
    return f"Sender: <{actual}>\r\n".encode() + raw_mail(number, sender=sender, to=to, date=now())


@pytest.mark.parametrize(
    ("sender", "actual"),
    [(CHIEF, OWNER), (OWNER, CHIEF), ("office@firm.example", OWNER), ("office@firm.example", CHIEF)],
)
def test_what_lies_in_a_watched_sent_folder_was_sent_whatever_its_names_say(
    dovecot: Account, store: MailboxStore, sender: str, actual: str
) -> None:
    """Delegates and shared mailboxes: it is scored, and the mailbox's owner hears of it and nobody else."""
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("Sent", assistants(1, sender=sender, actual=actual, to=[WRONG]))
        until(lambda: alerts(dovecot))
    (alert,) = alerts(dovecot)

    assert (1, 0) == directions(store)
    assert f"\r\nTo: <{OWNER}>\r\n".encode() in alert
    assert b"\r\nCc:" not in alert


def test_what_an_assistant_sends_is_scored_although_a_copy_came_in_first(
    dovecot: Account, store: MailboxStore
) -> None:
    """A copy to oneself is quicker than the program that files the mail in Sent."""
    mail = assistants(1, sender=CHIEF, actual=OWNER, to=[WRONG, OWNER])
    with running(a_guard(store, dovecot.server.port, dovecot.user)):
        until(lambda: learnt(store))
        dovecot.append("INBOX", mail)
        until(lambda: directions(store) == (0, 1))
        dovecot.append("Sent", mail)
        until(lambda: alerts(dovecot))
        dovecot.append("INBOX", mail)
        dovecot.append("Sent", mail, raw_mail(2, date=now()))
        until(lambda: store.verdict(ids(2)[0]))

    assert (2, 0) == directions(store)
    assert 1 == len(alerts(dovecot))


@pytest.mark.parametrize("second", ["Message-ID: <abc@eu.relay.example>\r\n", ""])
@pytest.mark.parametrize("folder", ["Sent", "Gesendet"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_message_filed_twice_under_other_ids_is_one(
    bare: Account, store: MailboxStore, second: str, folder: str, order: tuple[int, int]
) -> None:
    """The provider gave its copy an id of its own, or the client's has none: headers and text show it."""
    for name in ("Sent", "Gesendet"):
        bare.server.create(bare.user, name)
    mine = raw_mail(1, to=[WRONG], date=now())
    other = mine.replace(b"Message-ID: <000001@firm.example>\r\n", second.encode())
    assert mine != other
    filed = [("Sent", mine), (folder, other)]
    with running(a_guard(store, bare.server.port, bare.user)):
        until(lambda: learnt(store))
        for place in order:
            bare.append(*filed[place])
        bare.append("Gesendet", raw_mail(2, to=[WRONG], date=now(), subject="Offer"))
        bare.append("Sent", raw_mail(3, date=now(), subject="Thanks"))
        until(lambda: store.verdict(ids(2)[0]) and store.verdict(ids(3)[0]))
        until(lambda: len(alerts(bare)) == 2)

    assert 3 == len(store.verdicts())
    assert 2 == len(alerts(bare))


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
        ("&kAFP4W4IMH8wojCkMMYw4A-", "送信済みアイテム"),
        ("G&APY-nderilmi&AV8- &ANYBHw-eler", "Gönderilmiş Öğeler"),
        ("&AMk-l&AOk-ments envoy&AOk-s", "Éléments envoyés"),
        ("&BicGRAY5BkYGJwY1BjE- &BicGRAZFBjEGMwZEBik-", "العناصر المرسلة"),
    ],
)
def test_a_sent_folder_in_any_script_is_found_and_read(
    bare: Account, store: MailboxStore, wire: str, name: str
) -> None:
    """On the wire its name is in modified UTF-7 (RFC 3501 section 5.1.3)."""
    bare.server.create(bare.user, wire)
    with running(a_guard(store, bare.server.port, bare.user)):
        until(lambda: learnt(store))
        bare.server.append(bare.user, wire, raw_mail(1, to=[WRONG], date=now()))
        until(lambda: alerts(bare))
    (verdict,) = store.verdicts()

    assert name == verdict.folder
