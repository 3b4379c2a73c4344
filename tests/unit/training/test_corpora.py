"""Whose mail a corpus holds, and each owner's mailbox from it."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.errors import UsageError
from training.corpora import find_owners, mailboxes, people, read_records, sender


def record(number: int, *, author: str, to: list[str], subject: str, **more: object) -> dict[str, object]:
    """One object of a corpus."""
    return {
        "message_id": f"<{number}@x.example>",
        "date": (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat(),
        "from": {"name": "", "address": author},
        "to": [{"name": "", "address": address} for address in to],
        "cc": [],
        "bcc": [],
        "subject": subject,
        "body": "Text.",
        **more,
    }


def a_corpus() -> list[dict[str, object]]:
    """A person who writes and is written to; a robot; a newsletter; somebody who seldom writes."""
    number = iter(range(10_000))
    found = []
    for n in range(80):
        found.append(
            record(
                next(number), author="Anna@firm.example", to=[f"p{n % 20}@x.example"], subject=f"About {n}"
            )
        )
        found.append(
            record(next(number), author="robot@firm.example", to=["anna@firm.example"], subject="Backup")
        )
        found.append(
            record(
                next(number), author="news@shop.example", to=[f"p{n % 20}@x.example"], subject=f"Offer {n}"
            )
        )
    found += [
        record(next(number), author="p1@x.example", to=["anna@firm.example"], subject=f"Re {n}")
        for n in range(30)
    ]
    return found


def test_an_owner_writes_and_is_written_to() -> None:
    """Robots write about little, newsletters get no mail, and some write too little."""
    assert ["anna@firm.example"] == find_owners(a_corpus())


def test_addresses_are_folded_and_odd_records_are_borne() -> None:
    """A record without sender or recipients belongs to nobody."""
    assert "anna@firm.example" == sender({"from": {"address": " Anna@Firm.example "}})
    assert "" == sender({})
    assert [] == people({"to": None})
    found = people({"to": [{"address": "B@x.example"}], "cc": [{"address": "c@x.example"}], "bcc": [{}]})
    assert ["b@x.example", "c@x.example", ""] == found


def test_a_mailbox_holds_what_its_owner_sent_and_received_in_order(tmp_path: Path) -> None:
    """Nothing else, from a compressed file as from a plain one; undated mail comes last."""
    records = a_corpus()
    records[0]["date"] = None
    lines = "".join(json.dumps(one) + "\n" for one in reversed(records))
    plain, packed = tmp_path / "corpus.jsonl", tmp_path / "corpus.jsonl.gz"
    plain.write_text(lines, "utf-8")
    with gzip.open(packed, "wt", encoding="utf-8") as file:
        file.write(lines)
    (box,) = mailboxes(plain)
    assert ("anna", frozenset({"anna@firm.example"}), 80) == (box.name, box.owner, box.sent)
    assert 80 + 80 + 30 == len(box.mail)
    dates = [message.date for message, _ in box.mail]
    assert dates[-1] is None
    assert sorted(date for date in dates if date is not None) == dates[:-1]
    assert all(sent == (message.sender.address == "anna@firm.example") for message, sent in box.mail)
    assert [box] == mailboxes(packed)
    assert len(records) == len(list(read_records(packed)))


def test_what_one_owner_sends_another_receives(tmp_path: Path) -> None:
    """The same message lies in both mailboxes; a copy to oneself is not received."""
    records = []
    number = iter(range(10_000))
    for author, reader in (
        ("anna@firm.example", "bruno@firm.example"),
        ("bruno@firm.example", "anna@firm.example"),
    ):
        records += [
            record(
                next(number), author=author, to=[reader, author, f"p{n % 20}@x.example"], subject=f"About {n}"
            )
            for n in range(70)
        ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    boxes = mailboxes(path)
    assert ["anna", "bruno"] == [box.name for box in boxes]
    assert [(70, 140), (70, 140)] == [(box.sent, len(box.mail)) for box in boxes]


def test_a_message_that_lies_there_twice_counts_once(tmp_path: Path) -> None:
    """Under another Message-ID as well; the same words to somebody else are another message."""
    records = a_corpus()
    copy = {**records[0], "message_id": "<copy@x.example>"}
    merged = {**records[0], "message_id": "<merge@x.example>", "to": [{"address": "else@x.example"}]}
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in [*records, copy, merged]), "utf-8")
    (box,) = mailboxes(path)
    assert 81 == box.sent


def test_a_folder_of_lines_is_one_corpus(tmp_path: Path) -> None:
    """However many files it was cut into."""
    records = a_corpus()
    for part in range(3):
        lines = "".join(json.dumps(one) + "\n" for one in records[part::3])
        (tmp_path / f"part{part}.jsonl").write_text(lines, "utf-8")
    (box,) = mailboxes(tmp_path)
    assert (80, 190) == (box.sent, len(box.mail))


@pytest.mark.parametrize("line", ["[1, 2]", "{half"])
def test_a_line_that_is_no_object_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    """So that a person can look at it."""
    path = tmp_path / "corpus.jsonl"
    path.write_text(json.dumps(a_corpus()[0]) + f"\n{line}\n", "utf-8")
    with pytest.raises(UsageError, match="line 2 is no"):
        mailboxes(path)


def test_a_corpus_in_which_nobody_wrote_enough_is_refused(tmp_path: Path) -> None:
    """And so is one that is not there."""
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in a_corpus()[:30]), "utf-8")
    with pytest.raises(UsageError, match="nobody wrote"):
        mailboxes(path)
    with pytest.raises(UsageError, match="There is no"):
        mailboxes(tmp_path / "elsewhere.jsonl")
