"""What is committed for one message, and that it is committed once."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.detect.verdict import Action
from scanner.store import Cursor, MailboxStore, OutboxState, Record, Store
from tests.unit.store.samples import NOW, alert, verdict


def _record(mailbox: MailboxStore, number: int, **changes: object) -> bool:
    values: dict[str, object] = {
        "folder": "Sent",
        "uidvalidity": 7,
        "uid": number,
        "message_id": f"<{number}@firm.example>",
        "digest": f"digest-{number}",
        "direction": "sent",
        "entry": b"entry %d" % number,
        "verdict": verdict(number),
        "alert": alert(number),
    }
    return mailbox.record(**(values | changes))  # type: ignore[arg-type]  # the names are those of the call


def test_everything_of_a_message_is_there_after_one_call(mailbox: MailboxStore) -> None:
    """Identity, journal entry, verdict, alert and cursor are kept together."""
    assert _record(mailbox, 3) is True
    assert mailbox.known("<3@firm.example>", "digest-3")
    assert (None, [b"entry 3"]) == mailbox.history()
    assert Cursor(7, 3) == mailbox.cursor("Sent")
    assert ["<alert-3@firm.example>"] == [one.message_id for one in mailbox.pending(NOW)]
    stored = mailbox.verdict("<3@firm.example>")
    assert stored is not None
    assert replace(verdict(3), subject="") == stored.verdict
    assert ("Sent", 7, 3) == (stored.folder, stored.uidvalidity, stored.uid)


def test_all_survives_closing_and_opening(place: Path) -> None:
    """What was recorded is there in the next run, bit for bit."""
    with Store.open(place) as store:
        _record(store.mailbox("a"), 1)
    with Store.open(place) as store:
        stored = store.mailbox("a").verdict("<1@firm.example>")
        assert stored is not None
        assert replace(verdict(1), subject="") == stored.verdict
        assert (None, [b"entry 1"]) == store.mailbox("a").history()


@pytest.mark.parametrize(
    "place_",
    [
        {"folder": "Archive", "uidvalidity": 7, "uid": 90},
        {"folder": "Sent", "uidvalidity": 8, "uid": 1},
        {"folder": "Sent", "uidvalidity": 7, "uid": 91},
        {"digest": "another, because a gateway rewrote a header"},
    ],
)
def test_a_refiled_message_is_known_and_does_nothing_but_move_the_cursor(
    mailbox: MailboxStore, place_: dict[str, object]
) -> None:
    """Another folder, UIDVALIDITY or UID makes no second journal entry, verdict or alert."""
    _record(mailbox, 5)
    assert _record(mailbox, 5, entry=b"again", **place_) is False
    assert (None, [b"entry 5"]) == mailbox.history()
    assert 1 == len(mailbox.verdicts())
    assert 1 == len(mailbox.pending(NOW))
    folder = str(place_.get("folder", "Sent"))
    assert Cursor(int(str(place_.get("uidvalidity", 7))), int(str(place_.get("uid", 5)))) == mailbox.cursor(
        folder
    )


@pytest.mark.pitfall("omamail-60")
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (("<1@x.example>", "d1"), ("<1@x.example>", "d2"), True),
        (("<1@x.example>", "d1"), ("<2@x.example>", "d1"), False),
        (("", "d1"), ("", "d1"), True),
        (("", "d1"), ("", "d2"), False),
        (("", "d1"), ("<1@x.example>", "d1"), True),
        (("<1@x.example>", "d1"), ("", "d1"), True),
        (("<\udc80@x.example>", "d1"), ("<\udc80@x.example>", "d2"), True),
    ],
)
def test_identity_is_the_message_id_or_where_one_lacks_it_the_digest(
    mailbox: MailboxStore, first: tuple[str, str], second: tuple[str, str], same: bool
) -> None:
    """Two copies are one message by Message-ID, else by digest."""
    mailbox.record(message_id=first[0], digest=first[1], direction="received")
    assert same is mailbox.known(*second)
    assert [same, True] == mailbox.known_many([second, first])
    assert same is not mailbox.record(message_id=second[0], digest=second[1], direction="received")


@pytest.mark.parametrize(
    "ids", [("<1@x.example>", "<2@y.example>"), ("<1@x.example>", ""), ("", "<1@x.example>")]
)
def test_a_sent_message_filed_twice_is_one_by_its_digest(mailbox: MailboxStore, ids: tuple[str, str]) -> None:
    """The provider's copy and the client's may have Message-IDs of their own; the second is not scored."""
    assert _record(mailbox, 1, message_id=ids[0])
    assert mailbox.known(ids[1], "digest-1", sent=True)
    assert not _record(mailbox, 2, message_id=ids[1], digest="digest-1")
    assert 1 == len(mailbox.verdicts())


def test_one_sender_that_says_the_same_twice_has_sent_two_messages(mailbox: MailboxStore) -> None:
    """A program may write the same words to the same people twice in a second."""
    assert _record(mailbox, 1)
    assert _record(mailbox, 2, digest="digest-1")


def test_the_sent_copy_counts_although_another_was_received(mailbox: MailboxStore) -> None:
    """It is scored once: then it is known as sent, and a further copy changes nothing."""
    _record(mailbox, 1, direction="received", folder="INBOX", verdict=None, alert=None)
    assert mailbox.known("<1@firm.example>", "digest-1")
    assert not mailbox.known("<1@firm.example>", "digest-1", sent=True)

    assert _record(mailbox, 1)
    assert not _record(mailbox, 1, uid=9)
    assert mailbox.known("<1@firm.example>", "digest-1", sent=True)
    assert (1, 0) == (mailbox.status().sent, mailbox.status().received)
    assert ["Sent"] == [one.folder for one in mailbox.verdicts()]
    assert 1 == len(mailbox.waiting())


def test_mailboxes_do_not_see_each_other(store: Store) -> None:
    """The same message in two mailboxes is two messages; everything else is apart too."""
    one, other = store.mailbox("one"), store.mailbox("other")
    _record(one, 1)
    assert other.known("<1@firm.example>", "digest-1") is False
    assert (None, []) == other.history()
    assert [] == other.verdicts()
    assert [] == other.pending(NOW)
    assert other.cursor("Sent") is None
    assert _record(other, 1, alert=alert(1)) is True
    assert ["one", "other"] == store.mailboxes()
    assert frozenset({"<alert-1@firm.example>"}) == store.our_message_ids()


def test_a_failing_part_leaves_nothing_of_the_message(mailbox: MailboxStore) -> None:
    """Where the last part of the transaction cannot be kept, none is: neither identity nor cursor."""
    naive = replace(alert(2), created_at=NOW.replace(tzinfo=None))
    with pytest.raises(Exception, match="without a zone"):
        _record(mailbox, 2, alert=naive)
    assert mailbox.known("<2@firm.example>", "digest-2") is False
    assert (None, []) == mailbox.history()
    assert [] == mailbox.verdicts()
    assert mailbox.cursor("Sent") is None


def test_the_cursor_goes_forward_only_but_starts_anew_under_another_uidvalidity(
    mailbox: MailboxStore,
) -> None:
    """A late lower UID does not move it back; a new UIDVALIDITY makes all UIDs new."""
    mailbox.set_cursor("Sent", 7, 10)
    mailbox.set_cursor("Sent", 7, 4)
    assert Cursor(7, 10) == mailbox.cursor("Sent")
    mailbox.set_cursor("Sent", 9, 2)
    assert Cursor(9, 2) == mailbox.cursor("Sent")


def test_many_are_recorded_like_one_by_one(mailbox: MailboxStore) -> None:
    """Batches keep order, drop repeats inside and across batches, and end at the last cursor."""
    numbers = [1, 2, 3, 2, 4, 5, 1, 6]
    records = (
        Record(f"<{number}@x.example>", f"d{number}", "received", "INBOX", 7, uid, b"%d" % number)
        for uid, number in enumerate(numbers, start=1)
    )
    assert 6 == mailbox.record_many(records, batch=3)
    assert (None, [b"1", b"2", b"3", b"4", b"5", b"6"]) == mailbox.history()
    assert Cursor(7, 8) == mailbox.cursor("INBOX")


def test_a_snapshot_replaces_the_journal(mailbox: MailboxStore) -> None:
    """Entries in the snapshot go; those after it stay, in order."""
    for number in (1, 2):
        _record(mailbox, number)
    position = mailbox.journal_position()
    _record(mailbox, 3)
    mailbox.snapshot(b"state after 2", through=position)
    assert (b"state after 2", [b"entry 3"]) == mailbox.history()
    mailbox.snapshot(b"state after 3")
    assert (b"state after 3", []) == mailbox.history()
    _record(mailbox, 4)
    assert (b"state after 3", [b"entry 4"]) == mailbox.history()
    assert mailbox.journal_position() > position + 1


def test_scores_come_oldest_first_and_verdicts_latest_first(mailbox: MailboxStore) -> None:
    """Both are limited to the latest."""
    for number in range(1, 5):
        _record(mailbox, number, verdict=replace(verdict(number), score=number / 10))
    assert [0.3, 0.4] == mailbox.scores(limit=2)
    assert [0.4, 0.3] == [one.verdict.score for one in mailbox.verdicts(limit=2)]


def test_a_verdict_without_message_id_is_found_by_its_digest(mailbox: MailboxStore) -> None:
    """The digest stands in for the missing Message-ID."""
    mailbox.record(
        message_id="", digest="d", direction="sent", verdict=replace(verdict(1), message_id="", digest="d")
    )
    stored = mailbox.verdict("d")
    assert stored is not None
    assert "d" == stored.verdict.digest
    assert mailbox.verdict("<unknown@firm.example>") is None


def test_threads_share_one_store(store: Store) -> None:
    """Eight threads, two to a mailbox, record the same messages: each is kept once per mailbox."""
    outcomes: dict[str, list[bool]] = {f"box{number}": [] for number in range(4)}
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            mailbox = store.mailbox(name)
            for number in range(1, 31):
                outcomes[name].append(_record(mailbox, number))
                mailbox.heartbeat("poll", NOW)
                mailbox.pending(NOW)
        except BaseException as error:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in list(outcomes) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures
    for name, results in outcomes.items():
        mailbox = store.mailbox(name)
        assert 30 == sum(results)
        assert 30 == len(mailbox.history()[1])
        assert 30 == len(mailbox.pending(NOW))
        assert 60 == mailbox.health()["poll"].count


def test_a_subject_is_kept_only_until_it_is_told(place: Path) -> None:
    """No file holds a subject after its alert is delivered and its digest queued, the log least of all."""
    with Store.open(place) as store:
        mailbox = store.mailbox("a")
        _record(mailbox, 1, verdict=verdict(1, subject="Giraffe"))
        waiting = verdict(2, action=Action.DIGEST, subject="Ocelot")
        _record(mailbox, 2, verdict=waiting, alert=None)
        assert ["Ocelot"] == [one.verdict.subject for one in mailbox.digest_waiting()]
        digest = replace(
            alert(9), key="digest:1", message_id="<digest@firm.example>", kind="digest", raw=b"Zebra9"
        )
        assert mailbox.queue_digest(digest, mailbox.digest_waiting()) is True
        assert [] == mailbox.digest_waiting()
        for one in mailbox.pending(NOW):
            mailbox.delivered(one.key, at=NOW)
        _holds_no_subject(place.parent)
        assert OutboxState.DELIVERED == mailbox.outbox_entry(digest.key).state  # type: ignore[union-attr]  # it is there
    _holds_no_subject(place.parent)


def _holds_no_subject(directory: Path) -> None:
    content = b"".join(path.read_bytes() for path in directory.iterdir())
    assert b"digest-1" in content
    for word in (b"Giraffe", b"Ocelot", b"Zebra"):
        assert word not in content
