"""Where tokens lie: closed to others, whole after every fault, one at a time."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from scanner.errors import ConnectError, StoreError
from scanner.oauth import KeptInFile


@pytest.fixture
def kept(tmp_path: Path) -> KeptInFile:
    """A place for tokens in a directory that is made at the first use."""
    return KeptInFile(tmp_path / "state" / "tokens", "work")


def child(kept: KeptInFile, code: str) -> subprocess.Popen[str]:
    """Another process that has `kept` too."""
    start = f"""
        import sys, time
        from pathlib import Path
        from scanner.oauth import KeptInFile
        kept = KeptInFile(Path({str(kept.path.parent)!r}), "work")
    """
    text = textwrap.dedent(start) + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)


def test_what_is_saved_is_loaded(kept: KeptInFile) -> None:
    """Nothing at first, then the last text."""
    with kept.alone():
        before = kept.load()
        kept.save("one")
        kept.save("two")
        assert ("", "two") == (before, kept.load())


def test_nobody_else_can_read_it(kept: KeptInFile) -> None:
    """The directory has mode 0700 and both files 0600, whatever the umask."""
    old = os.umask(0)
    try:
        with kept.alone():
            kept.save("secret")
    finally:
        os.umask(old)

    modes = [stat.S_IMODE(path.stat().st_mode) for path in sorted(kept.path.parent.iterdir())]
    assert 0o700 == stat.S_IMODE(kept.path.parent.stat().st_mode)
    assert [0o600, 0o600] == modes


def test_a_file_that_others_can_read_is_refused(kept: KeptInFile) -> None:
    """The remedy is the chmod."""
    with kept.alone():
        kept.save("secret")
        kept.path.chmod(0o644)
        with pytest.raises(StoreError, match="can be read by other users") as caught:
            kept.load()

    assert "chmod 600" in caught.value.remedy


@pytest.mark.pitfall("paperless-ngx-11341-disk")
def test_a_full_disk_leaves_the_old_text(kept: KeptInFile) -> None:
    """A write that fails half way changes nothing and leaves nothing behind."""
    with kept.alone():
        kept.save("old")
    code = """
        import resource, signal
        from scanner.errors import StoreError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with kept.alone():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            try:
                kept.save("new" * 1000)
            except StoreError as error:
                resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
                print(error)
    """
    said, _ = child(kept, code).communicate(timeout=60)

    with kept.alone():
        assert "old" == kept.load()
    assert "cannot be written" in said
    assert ["work.json", "work.lock"] == sorted(path.name for path in kept.path.parent.iterdir())


def test_another_process_waits_for_its_turn(kept: KeptInFile) -> None:
    """What one process saves, the next one loads."""
    with kept.alone():
        other = child(kept, "print('up', flush=True)\nwith kept.alone(): print(kept.load())")
        assert other.stdout is not None
        other.stdout.readline()
        kept.save("from the first")

    assert "from the first\n" == other.communicate(timeout=60)[0]


def test_a_killed_process_holds_nobody_up(kept: KeptInFile) -> None:
    """The kernel gives the turn back."""
    other = child(kept, "with kept.alone(): print('mine', flush=True); time.sleep(600)")
    assert other.stdout is not None
    other.stdout.readline()
    other.send_signal(signal.SIGKILL)
    other.communicate()

    with kept.alone():
        assert "" == kept.load()


def test_a_process_that_hangs_is_waited_for_only_so_long(kept: KeptInFile) -> None:
    """Then it is an error after which one tries again."""
    impatient = KeptInFile(kept.path.parent, "work", patience=0.05)
    with kept.alone(), pytest.raises(ConnectError, match="Another process"), impatient.alone():
        pass


def test_a_login_can_be_forgotten(kept: KeptInFile) -> None:
    """The file is gone; a second time there is nothing to forget."""
    with kept.alone():
        kept.save("secret")

    assert [True, False] == [kept.forget(), kept.forget()]
    assert not kept.path.exists()
