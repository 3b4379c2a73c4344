"""The Enron corpus as it is downloaded, in a tiny tree of its form with made-up people."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.message.model import Role
from training.corpora import Mailbox, mailboxes
from training.corpora.cmu import named, names

ANNA, ALIAS = "anna.neri@firm.example", "m..neri@firm.example"
PEOPLE = [(f"person{n}@org{n % 7}.example", f"Person{n} Surname{n}") for n in range(20)]


def a_file(
    number: int,
    *,
    sender: tuple[str, str],
    to: list[tuple[str, str]],
    cc: list[tuple[str, str]] | None = None,
    subject: str = "",
    copy: int = 0,
) -> bytes:
    """One file as the corpus has it: names apart from addresses, and a Bcc that repeats Cc."""
    cc = cc or []
    lines = [
        f"Message-ID: <{number}.{copy}.JavaMail.evans@thyme>",
        f"Date: Mon, {1 + number % 28} Jan 2001 {number // 28 % 24:02d}:{number % 60:02d}:00 -0800 (PST)",
        f"From: {sender[0]}",
        f"To: {', '.join(address for address, _ in to)}",
        f"Subject: {subject or f'About {number}'}",
        *([f"Cc: {', '.join(address for address, _ in cc)}"] if cc else []),
        "Mime-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        *([f"Bcc: {', '.join(address for address, _ in cc)}"] if cc else []),
        f"X-From: {sender[1]}",
        f"X-To: {', '.join(name for _, name in to)}",
        f"X-cc: {', '.join(name for _, name in cc)}",
        "X-bcc: ",
        "",
        f"Text number {number}.",
        "",
    ]
    return "\r\n".join(lines).encode()


def a_tree() -> Iterator[tuple[str, bytes]]:
    """Paths and contents: one owner with an alias and much mail in two folders, and one who only reads."""
    anna = (ANNA, "Anna Neri")
    for n in range(70):
        me = (ALIAS, "Neri, Anna M. </O=FIRM/OU=NA/CN=RECIPIENTS/CN=ANERI>") if n % 7 == 0 else anna
        to, cc = [PEOPLE[n % 20], PEOPLE[(n + 3) % 20]], [PEOPLE[(n + 5) % 20]]
        yield f"neri-a/sent/{n + 1}.", a_file(n, sender=me, to=to, cc=cc)
        yield f"neri-a/all_documents/{n + 1}.", a_file(n, sender=me, to=to, cc=cc, copy=1)
    for n in range(100, 125):
        got = a_file(n, sender=PEOPLE[n % 20], to=[anna])
        yield f"neri-a/inbox/{n}.", got
        yield f"neri-a/inbox/old/{n}.", got
    yield "neri-a/drafts/1.", a_file(300, sender=anna, to=[PEOPLE[0]])
    # Only another custodian kept this one.
    yield "surname1-p/inbox/1.", a_file(200, sender=PEOPLE[2], to=[PEOPLE[1], (ALIAS, "Anna M Neri")])
    for n in range(400, 480):
        yield f"surname1-p/inbox/{n}.", a_file(n, sender=("news@shop.example", "News"), to=[PEOPLE[1]])


def write_tree(path: Path, tree: Mapping[str, bytes]) -> None:
    """The files of the corpus, unpacked."""
    for name, octets in tree.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(octets)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Mailbox:
    """The one owner's mailbox."""
    path = tmp_path_factory.mktemp("cmu") / "maildir"
    write_tree(path, dict(a_tree()))
    (found,) = mailboxes(path)
    return found


def test_each_message_counts_once_and_a_draft_never(box: Mailbox) -> None:
    """However many folders and custodians have it; what others kept of it is the owner's as well."""
    assert ("neri-a", 70, 70 + 25 + 1) == (box.name, box.sent, len(box.mail))
    dates = [message.date for message, _ in box.mail]
    assert sorted(date for date in dates if date is not None) == dates


def test_aliases_are_one_owner(box: Mailbox) -> None:
    """As sender and as recipient, by the display name in X-From."""
    assert frozenset({ANNA}) == box.owner
    assert {ANNA} == {message.sender.address for message, sent in box.mail if sent}
    everybody = {one.address for message, _ in box.mail for one in message.recipients}
    assert ANNA in everybody
    assert ALIAS not in everybody


def test_a_bcc_that_repeats_cc_is_none(box: Mailbox) -> None:
    """Each recipient stands in To or Cc."""
    roles = {one.role for message, sent in box.mail if sent for one in message.recipients}
    assert {Role.TO, Role.CC} == roles


def test_recipients_have_the_names_that_stand_apart(box: Mailbox) -> None:
    """By their place."""
    wanted = dict(PEOPLE)
    found = {one.address: one.name for message, sent in box.mail if sent for one in message.recipients}
    assert found == {address: wanted[address] for address in found}


@pytest.mark.parametrize("suffix", [".tar.gz", ".tar"])
def test_the_archive_is_read_as_it_is(tmp_path: Path, box: Mailbox, suffix: str) -> None:
    """To the same mailbox as when it is unpacked, whatever directory stands in front."""
    path = tmp_path / f"corpus{suffix}"
    with tarfile.open(path, "w:gz" if suffix.endswith("gz") else "w") as archive:
        for name, octets in sorted(a_tree()):
            member = tarfile.TarInfo(f"maildir/{name}")
            member.size = len(octets)
            archive.addfile(member, io.BytesIO(octets))
    (found,) = mailboxes(path)
    assert [(m.date, m.subject, sent) for m, sent in box.mail] == [
        (m.date, m.subject, sent) for m, sent in found.mail
    ]


def test_the_directory_around_it_is_the_corpus_too(tmp_path: Path, box: Mailbox) -> None:
    """As the archive unpacks."""
    write_tree(tmp_path / "maildir", dict(a_tree()))
    assert [box] == mailboxes(tmp_path)


def test_a_damaged_archive_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A download that was cut off."""
    path = tmp_path / "corpus.tar.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00 and then nothing of use")
    with pytest.raises(UsageError, match="cannot be read"):
        mailboxes(path)


@pytest.mark.parametrize(
    ("field", "count", "expected"),
    [
        ("Anna Neri, Bruno Conti@SITE", 2, ["Anna Neri", "Bruno Conti"]),
        (
            "Neri, Anna </O=FIRM/CN=ANERI>, Conti, Bruno </O=FIRM/CN=BCONTI>",
            2,
            ["Neri, Anna", "Conti, Bruno"],
        ),
        ("Neri, Anna", 1, ["Neri, Anna"]),
        ("Anna Neri/FIRM@SITE", 1, ["Anna Neri"]),
        ("anna@firm.example", 1, [""]),
        ("Neri, Anna, Conti, Bruno", 2, []),
        ("", 3, []),
    ],
)
def test_names_are_taken_where_they_are_as_many_as_addresses(
    field: str, count: int, expected: list[str]
) -> None:
    """In the forms of Exchange and Notes; an address is no name."""
    assert expected == names(field, count)


def test_folded_x_fields_are_read_whole() -> None:
    """Over several lines."""
    octets = (
        b"From: a@x.example\r\nTo: b@x.example, c@x.example\r\n"
        b"X-To: Bruno Conti,\r\n Carla Weber\r\n\r\nX-To: no field\r\n"
    )
    assert ["Bruno Conti", "Carla Weber"] == [one.name for one in named(octets).recipients]
