"""Opening the state: permissions, migrations, and each thing that can be wrong with it in one sentence."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Engine

from scanner.errors import StoreError
from scanner.store import Cursor, Store, database, schema
from tests.unit.store.samples import alert, verdict


def _fill(place: Path, messages: int) -> None:
    with Store.open(place) as store:
        mailbox = store.mailbox("a")
        for number in range(1, messages + 1):
            mailbox.record(
                message_id=f"<{number}@firm.example>",
                digest=f"digest-{number}",
                direction="sent",
                folder="Sent",
                uidvalidity=7,
                uid=number,
                entry=b"entry" * 50,
                verdict=verdict(number),
                alert=alert(number),
            )


def _says(error: StoreError, what: str, remedy: str) -> None:
    assert what in str(error)
    assert remedy in error.remedy
    assert error.meaning
    assert "\n" not in str(error)


def test_nobody_else_can_look_into_what_is_made(place: Path) -> None:
    """The directory has mode 0700 and every file in it 0600, whatever the umask."""
    before = os.umask(0)
    try:
        _fill(place, 1)
        with Store.open(place) as store, store.mailbox("a").lock():
            store.mailbox("a").set_cursor("Sent", 7, 9)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()}
    finally:
        os.umask(before)
    assert {0o600} == modes
    assert 0o700 == stat.S_IMODE(place.parent.stat().st_mode)


@pytest.mark.parametrize(
    ("which", "mode", "remedy"),
    [("", 0o750, "chmod 700"), ("oopsee.db", 0o640, "chmod 600"), ("oopsee.db.key", 0o604, "chmod 600")],
)
def test_what_others_can_read_is_refused_with_the_command_that_mends_it(
    place: Path, which: str, mode: int, remedy: str
) -> None:
    """Running the remedy as it is printed makes the next opening succeed."""
    _fill(place, 1)
    (place.parent / which).chmod(mode)
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "can be read by other users", remedy)
    subprocess.run(caught.value.remedy, shell=True, check=True)  # noqa: S602  the remedy is a shell command
    Store.open(place).close()


def test_the_migrations_make_what_the_tables_say(place: Path, tmp_path: Path) -> None:
    """From empty, step by step, comes the same schema as from the table definitions at once."""
    Store.open(place).close()
    at_once = tmp_path / "at-once.db"
    engine = sa.create_engine(f"sqlite:///{at_once}")
    schema.metadata.create_all(engine)
    engine.dispose()
    assert _shape(at_once) == _shape(place)


def _shape(path: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
        # A table that was made anew with another column bears its name in quotation marks.
        rows = [(*row[:3], (row[3] or "").replace(f'TABLE "{row[1]}"', f"TABLE {row[1]}")) for row in rows]
    return {
        (kind, name, table, _as_set(sql))
        for kind, name, table, sql in rows
        if table not in {"alembic_version", "sqlite_sequence"}
    }


def _as_set(sql: str | None) -> str:
    lines = (line.strip().rstrip(",") for line in (sql or "").splitlines())
    return "\n".join(sorted(" ".join(line.split()) for line in lines if line))


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    """Opening skips alembic where the database is at HEAD; that must be the last step there is."""
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    assert schema.HEAD == ScriptDirectory.from_config(config).get_current_head()


def test_two_that_open_at_once_make_one_state(place: Path) -> None:
    """The first opening of several threads migrates once and draws one key."""
    keys: list[bytes] = []

    def work() -> None:
        with Store.open(place) as store:
            keys.append(store.derive("test"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 6 == len(keys)
    assert 1 == len(set(keys))


def test_a_url_of_a_file_is_a_path(place: Path) -> None:
    """An sqlite URL opens the same file; other databases are refused."""
    _fill(place, 2)
    with Store.open(f"sqlite:///{place}") as store:
        assert Cursor(7, 2) == store.mailbox("a").cursor("Sent")
    for url in ("postgresql://db.example/oopsee", "sqlite://", "://"):
        with pytest.raises(StoreError) as caught:
            Store.open(url)
        _says(caught.value, "must be an SQLite file", "path")


def test_a_newer_schema_is_refused(place: Path) -> None:
    """An older program does not touch what it does not know."""
    _fill(place, 1)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "9999", "Update Oopsee")


def test_the_database_of_another_program_is_refused_and_left_alone(place: Path) -> None:
    """A file with other tables is not migrated."""
    place.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    place.chmod(0o600)
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "another program", "another file")
    with closing(sqlite3.connect(place)) as connection:
        assert [("bookmarks",)] == connection.execute("SELECT name FROM sqlite_schema").fetchall()


def _overwrite(place: Path, start: int, length: int, octet: bytes = b"\xa5") -> None:
    with place.open("r+b") as stream:
        stream.seek(start)
        stream.write(octet * length)


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: place.write_text(
            "this is no database at all, but a long enough text to look at\n" * 50
        ),
        lambda place: _overwrite(place, 0, 4096),
        lambda place: _overwrite(place, 4096, place.stat().st_size - 4096),
        lambda place: os.truncate(place, place.stat().st_size // 2),
        lambda place: _overwrite(place, place.stat().st_size // 2 // 4096 * 4096, 64),
    ],
    ids=["text", "header", "pages", "half", "one page"],
)
def test_a_damaged_database_is_told_from_a_healthy_one(place: Path, damage: Callable[[Path], None]) -> None:
    """Whatever was overwritten or cut off, opening says so and how to go on."""
    _fill(place, 60)
    damage(place)
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "damaged", "backup")


def test_a_changed_snapshot_is_not_believed(place: Path) -> None:
    """Bits that turn inside a stored value, where SQLite sees nothing, are found by the checksum."""
    with Store.open(place) as store:
        store.mailbox("a").snapshot(b"abcdefgh" * 100)
    content = place.read_bytes()
    assert 1 == content.count(b"abcdefgh" * 100)
    place.write_bytes(content.replace(b"abcdefgh" * 100, b"abcdefgi" * 100))
    with Store.open(place) as store, pytest.raises(StoreError) as caught:
        store.mailbox("a").history()
    _says(caught.value, "damaged", "backup")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"above the threshold", b"above the thres\xffold"),
        (b'"role":"to"', b'"role":"tx"'),
        (b'"meant":', b'"meant"!'),
    ],
)
def test_a_changed_verdict_is_not_believed(place: Path, before: bytes, after: bytes) -> None:
    """Text that is no text any more, or no verdict, is told as damage and not as a traceback."""
    _fill(place, 1)
    content = place.read_bytes()
    assert before in content
    place.write_bytes(content.replace(before, after))
    with Store.open(place) as store, pytest.raises(StoreError) as caught:
        store.mailbox("a").verdicts()
    _says(caught.value, "damaged", "backup")


def test_another_key_is_refused(place: Path) -> None:
    """Without its key nothing hashed would be found again, so a lost or foreign key is told at once."""
    _fill(place, 1)
    key = place.with_name("oopsee.db.key")
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "not the one", "Restore")
    key.write_bytes(kept[:-1])
    with pytest.raises(StoreError, match="31 octets"):
        Store.open(place)
    key.write_bytes(kept)
    Store.open(place).close()


@contextmanager
def _disk_of(pages: int) -> Iterator[None]:
    """Let every database grow to so many pages only: SQLite then reports a full disk."""

    def limit(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}").close()

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_disk_loses_nothing_and_is_told(place: Path) -> None:
    """The message that found no room is not recorded at all; with room again it is."""
    with Store.open(place) as store:
        store.mailbox("a")
    room = place.stat().st_size // 4096 + 6
    with _disk_of(room), Store.open(place) as store:
        mailbox = store.mailbox("a")
        done = 0
        told: StoreError | None = None
        while told is None and done < 100:
            try:
                mailbox.record(
                    message_id=f"<{done + 1}@x>",
                    digest="d",
                    direction="sent",
                    folder="Sent",
                    uidvalidity=7,
                    uid=done + 1,
                    entry=b"e" * 3000,
                    alert=alert(done + 1),
                )
                done += 1
            except StoreError as error:
                told = error
        assert told is not None
        _says(told, "no room", "Free some space")
        assert 0 < done < 100
        assert Cursor(7, done) == mailbox.cursor("Sent")
        assert mailbox.known(f"<{done + 1}@x>", "") is False
    with Store.open(place) as store:
        mailbox = store.mailbox("a")
        assert done == len(mailbox.history()[1]) == len(mailbox.waiting())
        assert mailbox.record(message_id=f"<{done + 1}@x>", digest="d", direction="sent") is True


def test_a_disk_too_full_to_begin_is_told(place: Path) -> None:
    """The first migration finds no room: one sentence, and the next opening with room works."""
    with _disk_of(2), pytest.raises(StoreError) as caught:
        Store.open(place)
    _says(caught.value, "no room", "Free some space")
    _fill(place, 1)


@pytest.mark.parametrize("kind", ["directory", "files"])
def test_a_place_that_cannot_be_written_is_told(place: Path, kind: str) -> None:
    """A directory or files of another user: tried in a process without root's rights."""
    _fill(place, 1)
    if kind == "directory":
        for path in place.parent.iterdir():
            path.unlink()
        place.parent.chmod(0o500)
    else:
        place.chmod(0o400)
    try:
        kind_, what, remedy = _unprivileged(place)
    finally:
        place.parent.chmod(0o700)
    assert kind_ == "UnwritableStoreError"
    assert "cannot be opened or written" in what
    assert "own and write" in remedy


def _unprivileged(place: Path) -> list[str]:
    """Open the store in a child that gave up root and owns the state; give back what it said."""
    nobody = 65534
    if os.geteuid() == 0:
        for path in [*place.parents[:3], place.parent, *place.parent.iterdir()]:
            os.chown(path, nobody, nobody)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(nobody)
                os.setuid(nobody)
            with pytest.raises(StoreError) as caught:
                Store.open(place)
            said = [type(caught.value).__name__, str(caught.value), caught.value.remedy]
        except BaseException as error:  # noqa: BLE001  the child must end here, whatever happens
            said = [type(error).__name__, str(error), ""]
        os.write(writing, "\0".join(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode().split("\0")
    os.waitpid(child, 0)
    return said


def test_a_database_held_by_another_for_too_long_is_told(place: Path) -> None:
    """Waiting ends with a sentence; after the other one is done, work goes on."""
    _fill(place, 1)
    with Store.open(place, busy_timeout=0.05) as store, closing(sqlite3.connect(place)) as other:
        mailbox = store.mailbox("a")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            mailbox.set_cursor("Sent", 7, 5)
        _says(caught.value, "locked by another process", "Wait")
        assert Cursor(7, 1) == mailbox.cursor("Sent")
        other.rollback()
        mailbox.set_cursor("Sent", 7, 5)
        assert Cursor(7, 5) == mailbox.cursor("Sent")


GUARD = """
import sys
from pathlib import Path
from scanner.store import Store
with Store.open(Path(sys.argv[1])) as store, store.mailbox("a").lock():
    print("guarding", flush=True)
    sys.stdin.read()
"""


def test_one_process_guards_a_mailbox(place: Path) -> None:
    """The second one is told the first one's process id; a killed guard leaves nothing behind."""
    with (
        subprocess.Popen(
            [sys.executable, "-c", GUARD, str(place)],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as guard,
        Store.open(place) as store,
    ):
        assert guard.stdout is not None
        assert "guarding\n" == guard.stdout.readline()
        with pytest.raises(StoreError) as caught, store.mailbox("a").lock():
            pass
        _says(caught.value, f"process {guard.pid}", f"process {guard.pid}")
        with store.mailbox("b").lock():
            pass
        guard.kill()
        guard.wait()
        with store.mailbox("a").lock(), pytest.raises(StoreError, match=f"process {os.getpid()}"):
            store.mailbox("a").lock().__enter__()
        with store.mailbox("a").lock():
            pass


def test_who_guards_a_mailbox_is_seen_without_disturbing(tmp_path: Path) -> None:
    """The kernel's list of locks names the process; a look at it takes no lock."""
    with Store.open(tmp_path / "state" / "oopsee.db") as store:
        here = store.mailbox("work")
        before = here.holder()
        with here.lock():
            during = here.holder()
        after = here.holder()

    assert (0, os.getpid(), 0) == (before, during, after)
