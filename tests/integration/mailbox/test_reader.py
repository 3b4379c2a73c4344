"""Reading mail from a real Dovecot: what comes, what it costs, and that nothing changes."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scanner.mailbox import local
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.item import Failed, Item
from scanner.mailbox.reader import Batch, LineLostError, fetch_new
from scanner.message.model import Message
from scanner.message.parse import parse
from tests.dovecot import Account
from tests.fake_imap import Answer, FakeImap
from tests.mails import HTML, MAILS, PDF, TEXT, joined, multipart, nested, part, plain, typed

BROKEN = {
    "false-ascii": typed("false-ascii", "text/plain; charset=us-ascii", "Grüße\r\n", encoding="8bit"),
    "no-boundary": typed("no-boundary", "multipart/mixed", "--x\r\n\r\nhello\r\n--x--\r\n"),
    "other-boundary": typed(
        "other-boundary", 'multipart/mixed; boundary="y"', "--x\r\n\r\nhello\r\n--x--\r\n"
    ),
    "unterminated": typed(
        "unterminated", 'multipart/mixed; boundary="=_b"', joined(TEXT, boundary="=_b")[:-8]
    ),
    "no-parts": typed("no-parts", 'multipart/mixed; boundary="x"', "--x--\r\n"),
    "no-subtype": typed("no-subtype", "text", "hello\r\n"),
    "empty-type": typed("empty-type", "", "hello\r\n"),
    "comment": typed("comment", "text/plain (plain); charset=utf-8 (x)", "ü\r\n"),
    "odd-encoding": typed("odd-encoding", "text/plain", "SGVsbG8=\r\n", encoding="base64 (yes)"),
    "two-types": typed("two-types", "text/plain; charset=utf-8\r\nContent-Type: text/html", "<b>ü</b>\r\n"),
    "long-header": plain("long-header", extra=f"X-Long: {'a' * 300_000}\r\n"),
    "many-parts": multipart("many-parts", "mixed", *[TEXT] * 700),
}


def read(session: Session, folder: str = "Sent", since_uid: int = 0) -> list[Item]:
    """All new items of a folder; none may have failed."""
    items = [item for batch in fetch_new(session, folder, since_uid) for item in batch.items]
    assert not [item for item in items if isinstance(item, Failed)]
    return [item for item in items if isinstance(item, Item)]


def uids(batches: Sequence[Batch]) -> list[int | None]:
    """The UIDs of all items in order."""
    return [item.uid for batch in batches for item in batch.items]


def test_the_same_mail_is_the_same_message_by_imap_maildir_and_mbox(
    dovecot: Account, session: Session, tmp_path: Path
) -> None:
    """Forty-nine mails of every shape give equal messages whichever way they are read."""
    dovecot.append("Sent", *MAILS.values())
    mbox = tmp_path / "Sent.mbox"
    mbox.write_bytes(b"".join(map(filed, MAILS.values())))

    by_imap = by_name([item.message for item in read(session)])
    by_maildir = by_name([item.message for item in local.read(dovecot.server.home(dovecot.user) / "Maildir")])
    by_mbox = by_name([item.message for item in local.read(mbox)])

    expected = {name: parse(raw) for name, raw in MAILS.items()}
    assert expected == by_imap
    assert expected == by_maildir
    assert expected == by_mbox


@pytest.mark.parametrize("name", BROKEN)
def test_broken_mail_is_the_same_message_by_imap(dovecot: Account, session: Session, name: str) -> None:
    """Where the server makes something else of broken parts, the octets tell."""
    dovecot.append("Sent", BROKEN[name])

    assert [parse(BROKEN[name])] == [item.message for item in read(session)]


def by_name(messages: Sequence[Message]) -> dict[str, Message]:
    """The messages by the names of `MAILS`, in whose order they were filed."""
    return dict(zip(MAILS, messages, strict=True))


def filed(raw: bytes) -> bytes:
    """A message as a mail program writes it into an mbox."""
    quoted = re.sub(rb"^(>*From )", rb">\1", raw.replace(b"\r\n", b"\n"), flags=re.MULTILINE)
    return b"From anna Tue Apr  1 13:22:22 2025\n" + quoted + b"\n"


@pytest.mark.pitfall("imapclient-normalise-times")
def test_an_item_knows_its_place(dovecot: Account, session: Session) -> None:
    """Folder, UID, UIDVALIDITY, time of arrival and size come with the message."""
    when = datetime(2025, 4, 1, 11, 22, 22, tzinfo=UTC)
    dovecot.server.append(dovecot.user, "Sent", MAILS["mixed"], when=when)

    (batch,) = fetch_new(session, "Sent", sent=True)
    (item,) = batch.items

    assert isinstance(item, Item)
    assert ("Sent", True, 1, batch.uidvalidity) == (item.folder, item.sent, item.uid, item.uidvalidity)
    assert when == item.arrived
    assert len(MAILS["mixed"]) == item.size
    assert "imap" == item.source
    assert (1, 1, False) == (batch.exists, batch.last_uid, batch.renumbered)


@pytest.mark.pitfall("dovecot-examine")
def test_reading_changes_no_flag(dovecot: Account, session: Session) -> None:
    r"""Neither \Seen nor \Recent nor any file's name changes by being read."""
    dovecot.append("Sent", *MAILS.values())
    dovecot.append("INBOX", MAILS["mixed"], flags="\\Flagged \\Answered")
    dovecot.append("INBOX", MAILS["plain"])
    before, files = dovecot.server.state(dovecot.user), dovecot.server.files(dovecot.user)

    read(session)
    read(session, "INBOX")
    list(fetch_new(session, "INBOX", full_text=False))

    assert before == dovecot.server.state(dovecot.user)
    assert files == dovecot.server.files(dovecot.user)
    assert "\\Recent" in before["INBOX"][1].flags


def test_only_what_is_new_is_read(dovecot: Account, session: Session) -> None:
    """Reading goes on above the cursor."""
    dovecot.append("Sent", MAILS["plain"], MAILS["mixed"])
    (first,) = fetch_new(session, "Sent")
    dovecot.append("Sent", MAILS["alternative"])

    (second,) = fetch_new(session, "Sent", first.last_uid, uidvalidity=first.uidvalidity)

    assert [1, 2] == uids([first])
    assert [3] == uids([second])


@pytest.mark.pitfall("uid-star")
def test_nothing_new_is_nothing(dovecot: Account, session: Session) -> None:
    """`UID n:*` answers with the last message even where it is old; it is not read again."""
    dovecot.append("Sent", MAILS["plain"])
    session.examine("Sent")
    trap = session.search(["UID", "2:*"])

    assert [1] == trap, "this server shows the trap"
    assert [] == list(fetch_new(session, "Sent", 1))


def test_a_folder_is_read_in_chunks(dovecot: Account, session: Session) -> None:
    """Each batch covers its UIDs and can be committed by itself."""
    dovecot.append("Sent", *[plain(f"m{n}") for n in range(7)])

    batches = list(fetch_new(session, "Sent", chunk=3))

    assert [3, 6, 7] == [batch.last_uid for batch in batches]
    assert list(range(1, 8)) == uids(batches)


def test_two_folders_are_read_in_turns_over_one_connection(dovecot: Account, session: Session) -> None:
    """A reading goes on where it was, also after the session was used for something else or reconnected."""
    for folder in ("Sent", "INBOX"):
        dovecot.append(folder, *[plain(f"{folder}{number}") for number in range(4)])
    sent, received = fetch_new(session, "Sent", chunk=2), fetch_new(session, "INBOX", chunk=2)

    batches = [next(sent), next(received)]
    session.close()
    session.connect()
    batches += [next(sent), next(received)]

    assert ["Sent", "INBOX", "Sent", "INBOX"] == [batch.folder for batch in batches]
    assert [
        [f"<{batch.folder}{n}@example.org>" for n in numbers]
        for batch, numbers in zip(batches, ((0, 1), (0, 1), (2, 3), (2, 3)), strict=True)
    ] == [[item.message.message_id for item in batch.items if isinstance(item, Item)] for batch in batches]


def test_a_folder_that_is_made_anew_while_it_is_read_ends_the_reading(dovecot: Account) -> None:
    """The UIDs that were found mean other messages by then."""
    server, user = dovecot.server, dovecot.user
    server.create(user, "Old")
    dovecot.append("Old", plain("a"), plain("b"))
    with Session(dovecot.endpoint(), clock=time.monotonic) as session:
        batches = fetch_new(session, "Old", chunk=1)
        next(batches)
        session.examine("INBOX")
        server.delete(user, "Old")
        server.create(user, "Old")
        dovecot.append("Old", plain("c"), plain("d"))

        assert [] == list(batches)


def test_a_chunk_costs_few_round_trips(dovecot: Account, session: Session) -> None:
    """EXAMINE, SEARCH, the headers, and one fetch for each different set of part numbers."""
    some = [plain(f"p{n}") for n in range(30)] + [
        multipart(f"a{n}", "alternative", TEXT, HTML) for n in range(30)
    ]
    some += [
        multipart(f"x{n}", "mixed", nested("alternative", TEXT, HTML, boundary="a"), PDF) for n in range(30)
    ]
    dovecot.append("Sent", *some)
    before = session.round_trips

    assert len(some) == len(read(session))
    assert 5 == session.round_trips - before, "EXAMINE, SEARCH, headers, part 1, part 1.1"


@pytest.mark.pitfall("paperless-ngx-10080")
def test_a_new_uidvalidity_is_told_and_the_folder_read_from_the_start(dovecot: Account) -> None:
    """A folder that was deleted and made again has other mail under the old numbers."""
    server, user = dovecot.server, dovecot.user
    server.create(user, "Old")
    dovecot.append("Old", plain("first"), plain("second"))
    with Session(dovecot.endpoint(), clock=time.monotonic) as session:
        (before,) = fetch_new(session, "Old")
    server.delete(user, "Old")
    server.create(user, "Old")
    dovecot.append("Old", plain("third"))

    with Session(dovecot.endpoint(), clock=time.monotonic) as session:
        (after,) = fetch_new(session, "Old", before.last_uid, uidvalidity=before.uidvalidity)

    assert after.renumbered
    assert before.uidvalidity != after.uidvalidity
    assert ["<third@example.org>"] == [
        item.message.message_id for item in after.items if isinstance(item, Item)
    ]


def test_a_new_uidvalidity_of_an_empty_folder_is_told_too(session: Session) -> None:
    """The caller must forget its cursor even where there is nothing to read."""
    (batch,) = fetch_new(session, "Sent", 7, uidvalidity=1)

    assert batch.renumbered
    assert () == batch.items
    assert 0 == batch.last_uid


@pytest.mark.pitfall("bad-size")
def test_fifty_megabytes_are_read_as_header_and_first_text(dovecot: Account, session: Session) -> None:
    """Of a large attachment nothing but name, type and size crosses the line."""
    line = b"A" * 76 + b"\r\n"
    big = part('application/zip; name="plans.zip"', "%here%", "Content-Transfer-Encoding: base64")
    raw = multipart("big", "mixed", TEXT, big).replace(b"%here%", line * 670_000)
    dovecot.append("Sent", raw)
    before = session.line.octets

    (item,) = read(session)

    assert len(raw) > 50_000_000
    assert session.line.octets - before < 10_000
    assert item.message.own_text.startswith("Dear Bruno,\nsee below.")
    (attachment,) = item.message.attachments
    assert ("plans.zip", "application/zip") == (attachment.name, attachment.content_type)
    assert 670_000 * 78 == pytest.approx(attachment.size, abs=4)


def test_headers_only_says_that_the_text_is_unread(dovecot: Account, session: Session) -> None:
    """People and subject are there, the text is not, and the message says so."""
    dovecot.append("INBOX", MAILS["mixed"])

    (batch,) = fetch_new(session, "INBOX", full_text=False)
    (item,) = batch.items

    assert isinstance(item, Item)
    assert "bruno@example.com" == item.message.recipients[0].address
    assert "" == item.message.own_text
    assert "text-unread" in item.message.flaws


def test_old_mail_can_be_left_out(dovecot: Account, session: Session) -> None:
    """What arrived before a day is not read."""
    for month in (1, 2, 3):
        when = datetime(2025, month, 15, 12, tzinfo=UTC)
        dovecot.server.append(dovecot.user, "Sent", plain(f"m{month}"), when=when)

    assert [2, 3] == uids(list(fetch_new(session, "Sent", arrived_since=date(2025, 2, 10))))


# ---------------------------------------------------------------------- servers that answer nonsense


def structured(uid: int, structure: bytes, raw: bytes = MAILS["plain"]) -> bytes:
    """A FETCH answer with header and structure."""
    header, _, _ = raw.partition(b"\r\n\r\n")
    header += b"\r\n\r\n"
    return (
        b"%d FETCH (UID %d RFC822.SIZE %d BODYSTRUCTURE %s BODY[HEADER]<0> {%d}\r\n%s)"
        % (uid, uid, len(raw), structure, len(header), header)
    )  # fmt: skip


GOOD = b'("text" "plain" NIL NIL NIL "7bit" 9 1)'
TEXT_ANSWER = b'%d FETCH (UID %d BODY[1]<0> "Hi Bruno!")'


def fetching(answers: dict[int, bytes]) -> FakeImap:
    """A server with a message for each answer to a request for headers; texts are always the same."""

    def respond(name: str, rest: str) -> Answer:
        if name == "EXAMINE":
            return ([b"%d EXISTS" % len(answers), b"OK [UIDVALIDITY 7] ok"], b"OK [READ-ONLY] done")
        if name == "UID SEARCH":
            return ([b"SEARCH " + b" ".join(b"%d" % uid for uid in answers)], b"OK done")
        if name != "UID FETCH":
            return "usual"
        wanted = [int(uid) for uid in rest.partition(" ")[0].split(",")]
        if "HEADER" in rest:
            return ([answers[uid] for uid in wanted], b"OK done")
        if "BODY.PEEK[1]" in rest:
            return ([TEXT_ANSWER % (uid, uid) for uid in wanted], b"OK done")
        return ([], b"NO [SERVERBUG] internal error" if 13 in wanted else b"OK done")

    return FakeImap(respond)


def read_fake(server: FakeImap) -> list[Item | Failed]:
    """All items of a fake server's Sent folder."""
    endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=5)
    with Session(endpoint, clock=time.monotonic) as session:
        return [item for batch in fetch_new(session, "Sent") for item in batch.items]


@pytest.mark.parametrize(
    "nonsense",
    [
        b'13 FETCH (UID 13 BODYSTRUCTURE ("text" "plain" (((',
        b"13 FETCH (UID 13 RFC822.SIZE)",
        b"13 FETCH nonsense",
        b"13 FETCH (UID x)",
        b"13 FETCH (UID 13 RFC822.SIZE 100)",
        b"13 FETCH (UID 13 BODYSTRUCTURE " + b"(" * 5000 + b")" * 5000 + b")",
    ],
)
def test_one_answer_that_cannot_be_read_costs_one_message(nonsense: bytes) -> None:
    """The message is named with a reason for the quarantine; those beside it are read."""
    with fetching({12: structured(12, GOOD), 13: nonsense, 14: structured(14, GOOD)}) as server:
        before, failed, after = read_fake(server)

    assert isinstance(failed, Failed)
    assert ("Sent", 13, 7) == (failed.folder, failed.uid, failed.uidvalidity)
    assert failed.reason
    assert ["Hi Bruno!", "Hi Bruno!"] == [
        item.message.own_text.strip() for item in (before, after) if isinstance(item, Item)
    ]


@pytest.mark.parametrize("structure", [b"NIL", b"()", b'"text"', b'("text")', b"(NIL NIL)", b"7"])
def test_a_structure_that_is_none_is_made_good_from_the_octets(structure: bytes) -> None:
    """A server that cannot describe a message can still send it."""
    raw = MAILS["plain"]
    whole = b"12 FETCH (UID 12 BODY[]<0> {%d}\r\n%s)" % (len(raw), raw)

    def respond(name: str, rest: str) -> Answer:
        if name == "UID SEARCH":
            return ([b"SEARCH 12"], b"OK done")
        if name == "UID FETCH":
            return ([structured(12, structure) if "HEADER" in rest else whole], b"OK done")
        return "usual"

    with FakeImap(respond) as server:
        (item,) = read_fake(server)

    assert isinstance(item, Item)
    assert parse(raw) == item.message


def test_a_message_that_goes_while_it_is_read_is_left_out() -> None:
    """Another program may delete a message between search and fetch."""

    def respond(name: str, rest: str) -> Answer:
        if name == "UID SEARCH":
            return ([b"SEARCH 12 13"], b"OK done")
        if name == "UID FETCH":
            some = structured(12, GOOD) if "HEADER" in rest else TEXT_ANSWER % (12, 12)
            return ([some, b"3 FETCH (UID 3 FLAGS (\\Seen))"], b"OK done")
        return "usual"

    with FakeImap(respond) as server:
        assert [12] == [item.uid for item in read_fake(server)]


def test_a_server_that_announces_gigabytes_is_hung_up_on() -> None:
    """Nothing of that size is ever asked for; the error names the messages that were being read."""

    def respond(name: str, _rest: str) -> Answer:
        if name == "UID SEARCH":
            return ([b"SEARCH 12 13"], b"OK done")
        if name == "UID FETCH":
            return b"* 1 FETCH (UID 12 BODY[HEADER]<0> {4000000000}\r\nSubject: "
        return "usual"

    with FakeImap(respond) as server, pytest.raises(LineLostError, match="a literal of more than") as caught:
        read_fake(server)

    assert ("Sent", (12, 13)) == (caught.value.folder, caught.value.uids)
