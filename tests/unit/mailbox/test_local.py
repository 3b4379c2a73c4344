"""Mail on disk, as many programs leave it there."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.mailbox import local
from scanner.message.parse import from_record, parse
from tests.mails import MAILS, plain

SEPARATOR = b"From anna@example.org Tue Apr  1 13:22:22 2025\n"
RECORD = {
    "message_id": "<r1@example.org>",
    "date": "2025-04-01T13:22:22Z",
    "from": {"name": "Anna", "address": "anna@example.org"},
    "to": [{"name": "Bruno", "address": "bruno@example.com"}],
    "subject": "Figures",
    "body": "Dear Bruno",
}


def mbox(path: Path, *messages: bytes) -> Path:
    """An mbox file."""
    path.write_bytes(b"".join(SEPARATOR + raw.replace(b"\r\n", b"\n") + b"\n" for raw in messages))
    return path


def maildir(path: Path, *messages: bytes, part: str = "cur") -> Path:
    """A Maildir; file names begin with a number so that their order is known."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(messages):
        (path / part / f"{number}.x.host:2,S").write_bytes(raw)
    return path


def places(path: Path) -> list[tuple[str | None, bool | None, str]]:
    """Folder, whether sent, and Message-ID of each item."""
    return [(item.folder, item.sent, item.message.message_id) for item in local.read(path)]


# ---------------------------------------------------------------------- mbox


@pytest.mark.parametrize(
    ("name", "folder", "sent"),
    [
        ("Sent.mbox", "Sent", True),
        ("Sent", "Sent", True),
        ("sent items.mbox", "sent items", True),
        ("Sent-2019.mbox", "Sent-2019", True),
        ("Gesendete Objekte.mbox", "Gesendete Objekte", True),
        ("Posta inviata.mbox", "Posta inviata", True),
        ("Inbox.mbox", "Inbox", False),
        ("INBOX", "INBOX", False),
        ("Posteingang.mbox", "Posteingang", False),
        ("Drafts.mbox", "Drafts", False),
        ("Trash.mbox", "Trash", False),
        ("All mail Including Spam and Trash.mbox", "All mail Including Spam and Trash", None),
        ("export.mbox", None, None),
        ("2019.mbox", None, None),
        ("presents.mbox", None, None),
    ],
)
def test_the_name_of_an_mbox_says_what_folder_it_is(
    tmp_path: Path, name: str, folder: str | None, sent: bool | None
) -> None:
    """A known name decides; an unknown one names no folder, and then the sender decides."""
    assert [(folder, sent, "<plain@example.org>")] == places(mbox(tmp_path / name, MAILS["plain"]))


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_an_mbox_gives_the_messages_that_went_in(tmp_path: Path, line_end: bytes) -> None:
    """Every mail comes back equal, whatever the line ends of the file."""
    path = mbox(tmp_path / "Sent.mbox", *(raw.replace(b"\nFrom ", b"\n>From ") for raw in MAILS.values()))
    path.write_bytes(path.read_bytes().replace(b"\n", line_end))
    without = {name for name, raw in MAILS.items() if b"\n>From " in raw or b"\nFrom " in raw}

    found = dict(zip(MAILS, (item.message for item in local.read(path)), strict=True))

    assert {"from-line"} == without, "its quoting is tested below"
    assert {n: parse(raw) for n, raw in MAILS.items() if n not in without} == {
        name: message for name, message in found.items() if name not in without
    }


def test_lines_that_were_quoted_are_unquoted(tmp_path: Path) -> None:
    """One ">" is taken from lines that begin with From behind any number of them (mboxrd)."""
    body = b">From here\n>>From there\n> From a quote\n>Fromage\n"
    path = tmp_path / "Sent.mbox"
    path.write_bytes(SEPARATOR + b"From: anna@example.org\n\n" + body + b"\n")

    (raw,) = local.read_raw(path)

    assert b"From: anna@example.org\n\nFrom here\n>From there\n> From a quote\n>Fromage\n" == raw.octets


@pytest.mark.parametrize(
    "separator",
    [
        b"From anna@example.org Tue Apr  1 13:22:22 2025",
        b"From - Tue Apr 01 13:22:22 2025",
        b"From 1795294326384225@xxx Tue Apr 01 13:22:22 +0000 2025",
        b"From MAILER-DAEMON Tue Apr  1 13:22:22 2025 +0200",
        b"From anna@example.org  Tue Apr  1 13:22 CEST 2025",
        b"From anna@example.org",
        b"From ???@??? Tue Apr 01 13:22:22 2025",
    ],
)
def test_separators_of_many_programs_are_known(tmp_path: Path, separator: bytes) -> None:
    """Dashes, numbers, time zones, and no date at all."""
    path = tmp_path / "x.mbox"
    path.write_bytes(
        b"".join(separator + b"\nFrom: anna@example.org\nSubject: x\n\ntext\n\n" for _ in range(3))
    )

    assert 3 == len(list(local.read(path)))


def test_a_sentence_that_begins_with_from_splits_no_message(tmp_path: Path) -> None:
    """Programs that do not quote leave such lines in the body."""
    body = (
        b"Hello\n\nFrom Monday on we are closed.\nPlease call.\n\nFrom: is not this line\n"
        b"Mind:\nFrom Tuesday 10:30 we open, until 2026\nagain.\n\n"
        b"From Friday 9:15 in 2025 on:\n\nas before.\n"
    )
    path = mbox(tmp_path / "x.mbox", b"From: anna@example.org\n\n" + body, MAILS["plain"])

    first, second = local.read_raw(path)

    assert first.octets.endswith(body)
    assert b"<plain@example.org>" in second.octets


def test_an_mbox_may_begin_with_a_byte_order_mark_or_empty_lines(tmp_path: Path) -> None:
    """Editors put things in front."""
    path = mbox(tmp_path / "x.mbox", MAILS["plain"])
    path.write_bytes(b"\xef\xbb\xbf\r\n\n" + path.read_bytes())

    assert ["<plain@example.org>"] == [item.message.message_id for item in local.read(path)]


def test_a_large_mbox_is_not_read_into_memory(tmp_path: Path) -> None:
    """Two hundred megabytes are split within a quarter of that."""
    path = tmp_path / "x.mbox"
    one = SEPARATOR + b"From: anna@example.org\n\n" + (b"x" * 76 + b"\n") * 13_000 + b"\n"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(one)
    program = (
        "import pathlib, resource, sys\n"
        "from scanner.mailbox import local\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(sum(1 for _ in local.read_raw(pathlib.Path(sys.argv[1]))))\n"
        "data = next(line for line in open('/proc/self/status') if line.startswith('RssAnon'))\n"
        "print(data.split()[1])\n"
    )
    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    count, kilobytes = run.stdout.split()

    assert path.stat().st_size > 200_000_000
    assert "200" == count
    assert int(kilobytes) < 100_000, "anonymous memory, the mapped file apart"


# ---------------------------------------------------------------------- Maildir


def test_a_maildir_is_an_inbox_with_folders(tmp_path: Path) -> None:
    """Maildir++: the root is the INBOX, and folders begin with a dot."""
    root = maildir(tmp_path / "Maildir", plain("a"), part="new")
    maildir(root / ".Sent", plain("b"))
    maildir(root / ".Sent.2019", plain("c"))
    maildir(root / ".INBOX.Sent Items", plain("d"))
    maildir(root / ".Work", plain("e"))
    maildir(root / ".G&APY-nderilmi&AV8-", plain("f"))

    assert [
        ("INBOX", False, "<a@example.org>"),
        ("Gönderilmiş", True, "<f@example.org>"),
        ("INBOX.Sent Items", True, "<d@example.org>"),
        ("Sent", True, "<b@example.org>"),
        ("Sent.2019", True, "<c@example.org>"),
        ("Work", False, "<e@example.org>"),
    ] == places(root)


def test_a_maildir_may_keep_its_folders_as_directories(tmp_path: Path) -> None:
    """Programs that mirror a mailbox write Sent/cur and INBOX/cur beside each other."""
    maildir(tmp_path / "mail" / "INBOX", plain("a"))
    maildir(tmp_path / "mail" / "Sent", plain("b"))
    maildir(tmp_path / "mail" / "Sent" / "2019", plain("c"))

    assert [
        ("INBOX", False, "<a@example.org>"),
        ("Sent", True, "<b@example.org>"),
        ("Sent.2019", True, "<c@example.org>"),
    ] == places(tmp_path / "mail")


@pytest.mark.parametrize("name", ["Sent", ".Sent", ".INBOX.Sent"])
def test_a_single_sent_folder_may_be_given(tmp_path: Path, name: str) -> None:
    """The path of the folder itself names it."""
    assert [("Sent", True, "<a@example.org>")] == places(maildir(tmp_path / name, plain("a")))


def test_a_maildir_is_read_in_the_order_of_file_names(tmp_path: Path) -> None:
    """The order is that of delivery, whatever the directory's own."""
    root = maildir(tmp_path / "Maildir", *(plain(f"m{n}") for n in range(9)))

    assert [f"<m{n}@example.org>" for n in range(9)] == [item[2] for item in places(root)]


def test_a_message_that_a_program_moves_while_it_is_read_is_found(tmp_path: Path) -> None:
    """From new to cur, or to other flags, between listing and reading."""
    root = maildir(tmp_path / "Maildir", plain("a"), plain("b"), part="new")
    items = local.read(root)
    next(items)
    (root / "new" / "1.x.host:2,S").rename(root / "cur" / "1.x.host:2,RS")

    assert ["<b@example.org>"] == [item.message.message_id for item in items]


# ---------------------------------------------------------------------- other directories and files


def test_a_folder_of_eml_files_is_read_with_its_subfolders(tmp_path: Path) -> None:
    """The name of the directory names the folder."""
    for folder, name in (("Sent", "b"), ("Inbox", "a"), ("2019", "c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.EML").write_bytes(plain(name))
        (tmp_path / folder / "notes.txt").write_text("no mail")

    assert [
        (None, None, "<c@example.org>"),
        ("Inbox", False, "<a@example.org>"),
        ("Sent", True, "<b@example.org>"),
    ] == places(tmp_path)


def test_a_directory_of_mbox_files_is_read(tmp_path: Path) -> None:
    """A program's profile: mbox files without suffix beside index files, an export in a directory."""
    mbox(tmp_path / "Inbox", plain("a"))
    (tmp_path / "Inbox.msf").write_text("// <!-- index -->")
    mbox(tmp_path / "Sent", plain("b"))
    (tmp_path / "Verzonden.mbox").mkdir()
    mbox(tmp_path / "Verzonden.mbox" / "mbox", plain("c"))
    (tmp_path / "README").write_text("no mail")

    assert [
        ("Inbox", False, "<a@example.org>"),
        ("Sent", True, "<b@example.org>"),
        ("Verzonden", True, "<c@example.org>"),
    ] == places(tmp_path)


def test_a_single_message_file_is_read(tmp_path: Path) -> None:
    """Whatever it is called."""
    path = tmp_path / "message.txt"
    path.write_bytes(MAILS["mixed"])

    (item,) = local.read(path)

    assert (None, None, "eml", len(MAILS["mixed"])) == (item.folder, item.sent, item.source, item.size)
    assert parse(MAILS["mixed"]) == item.message


def test_links_that_lead_back_up_do_not_loop(tmp_path: Path) -> None:
    """A directory is read once."""
    (tmp_path / "a.eml").write_bytes(plain("a"))
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)

    assert 1 == len(places(tmp_path))


# ---------------------------------------------------------------------- JSON Lines


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_json_lines_are_read_and_name_no_folder(tmp_path: Path, suffix: str) -> None:
    """Each line is a record of the contract; empty lines and a byte order mark do no harm."""
    octets = b"\xef\xbb\xbf" + json.dumps(RECORD).encode() + b"\n\n" + json.dumps(RECORD).encode()
    path = tmp_path / f"Sent{suffix}"
    path.write_bytes(gzip.compress(octets) if suffix.endswith("gz") else octets)

    items = list(local.read(path))

    assert [from_record(RECORD)] * 2 == [item.message for item in items]
    assert [(None, None, "jsonl")] * 2 == [(item.folder, item.sent, item.source) for item in items]


def test_a_folder_of_json_lines_is_read(tmp_path: Path) -> None:
    """All files in it."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps(RECORD))

    assert 2 == len(places(tmp_path))


def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path) -> None:
    """Without anybody to report to, the first broken line ends the reading."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(RECORD) + "\n{broken\n")

    with pytest.raises(UsageError, match=r"x\.jsonl, line 2 is not JSON"):
        list(local.read(path))


def test_broken_lines_are_reported_and_the_rest_is_used(tmp_path: Path) -> None:
    """Every unreadable line is listed."""
    path = tmp_path / "x.jsonl"
    good = json.dumps(RECORD).encode()
    path.write_bytes(b"\n".join([good, b"{", b"[1]", b"\xff\xfe", good, b"[" * 100_000]))
    told: list[str] = []

    items = list(local.read(path, report=told.append))

    assert 2 == len(items)
    assert ["line 2", "line 3", "line 4", "line 6"] == [sentence.split(", ")[1][:6] for sentence in told]


def test_a_damaged_archive_is_named_and_what_came_before_is_used(tmp_path: Path) -> None:
    """A download that was cut off."""
    path = tmp_path / "x.jsonl.gz"
    lines = b"".join(
        json.dumps({**RECORD, "body": os.urandom(40).hex()}).encode() + b"\n" for _ in range(2000)
    )
    path.write_bytes(gzip.compress(lines)[:-3000])
    told: list[str] = []

    items = list(local.read(path, report=told.append))

    assert len(items) > 1000
    assert [f"{path} is damaged after line {len(items)}."] == told


# ---------------------------------------------------------------------- nonsense


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what may be given instead."""
    with pytest.raises(UsageError, match=r"There is no .*nowhere") as caught:
        list(local.read(tmp_path / "nowhere"))

    assert "Maildir" in caught.value.remedy
    assert 2 == caught.value.exit_code


@pytest.mark.parametrize(
    ("name", "octets", "sentence"),
    [
        ("x.mbox", b"", "is empty"),
        ("x.mbox", b"\n\n", "is empty"),
        ("x.pdf", b"%PDF-1.4 binary", "holds no mail"),
        ("x", b"\x00\x01\x02", "holds no mail"),
        ("x.txt", b"Just a note to myself\n", "holds no mail"),
        ("x.jsonl", b"", "no mail in"),
    ],
)
def test_a_file_without_mail_is_named(tmp_path: Path, name: str, octets: bytes, sentence: str) -> None:
    """Nonsense is told from mail."""
    path = tmp_path / name
    path.write_bytes(octets)

    with pytest.raises(UsageError, match=sentence):
        list(local.read(path))


def test_a_directory_without_mail_is_named(tmp_path: Path) -> None:
    """An empty directory, and an empty Maildir."""
    with pytest.raises(UsageError, match="no mail in"):
        list(local.read(tmp_path))
    with pytest.raises(UsageError, match="no mail in"):
        list(local.read(maildir(tmp_path / "Maildir")))


def test_an_empty_message_file_is_reported(tmp_path: Path) -> None:
    """The rest of the folder is used."""
    (tmp_path / "a.eml").write_bytes(b"")
    (tmp_path / "b.eml").write_bytes(plain("b"))
    told: list[str] = []

    assert 1 == len(list(local.read(tmp_path, report=told.append)))
    assert [f"{tmp_path / 'a.eml'} is empty."] == told


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file that vanishes is an error of the system, told in a sentence."""
    (tmp_path / "a.eml").write_bytes(plain("a"))
    (tmp_path / "b.eml").write_bytes(plain("b"))
    items = local.read(tmp_path)
    next(items)
    (tmp_path / "b.eml").unlink()

    with pytest.raises(UsageError, match=r"b\.eml cannot be read: No such file"):
        next(items)


def test_json_lines_hold_no_octets(tmp_path: Path) -> None:
    """`read_raw` says so."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(RECORD))

    with pytest.raises(UsageError, match="records, not whole messages"):
        list(local.read_raw(path))
