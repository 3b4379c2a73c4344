"""Which files hold mail below a path, of what kind, and what folder each belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imapclient.imap_utf7 import decode as decode_utf7

from scanner.errors import UsageError
from scanner.mailbox import mbox
from scanner.mailbox.names import Purpose, purpose, purpose_of_file

Kind = Literal["maildir", "mbox", "eml", "jsonl"]

KINDS = "a Maildir, an mbox file, a folder of .eml files or a .jsonl[.gz] file"
_HEAD = 4096
_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:>?From |[!-9;-~]+[ \t]*:)")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_MBOX_SUFFIXES = frozenset({".mbox", ".mbx", ""})
_NUMBER = re.compile(r"([0-9]+)")
_HOLDS_BOTH = frozenset({None, Purpose.ALL, Purpose.ARCHIVE})


@dataclass(frozen=True, slots=True)
class Source:
    """One file with mail in it. `folder` and `sent` as in `Item`."""

    kind: Kind
    path: Path
    folder: str | None
    sent: bool | None


def find(path: Path) -> Iterator[Source]:
    """The files with mail below a path, in the order of their names.

    Raises `UsageError` where there is nothing or no mail, and `OSError` where it cannot be read.
    """
    if not path.exists():
        raise UsageError(f"There is no {path}.", remedy=f"Give the path of {KINDS}.")
    if not path.is_dir():
        yield _file(path)
        return
    found = False
    for source in _maildir(path) if _is_maildir(path) else _directory(path):
        found = True
        yield source
    if not found:
        raise UsageError(f"There is no mail in {path}.", remedy=f"Give the path of {KINDS}.")


def _file(path: Path) -> Source:
    if _is_json_lines(path):
        return Source("jsonl", path, None, None)
    head = _head(path)
    if mbox.looks_like_mbox(head):
        return Source("mbox", path, *_exported(path.stem))
    if _FIELD.match(head):
        return Source("eml", path, *_exported(path.resolve().parent.name))
    if _JSON.match(head):
        return Source("jsonl", path, None, None)
    what = f"{path} holds no mail." if head.strip() else f"{path} is empty."
    raise UsageError(what, remedy=f"Give the path of {KINDS}.")


def _directory(path: Path) -> Iterator[Source]:
    """Whatever mail there is below a directory that is no Maildir itself."""
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            if _is_maildir(entry):
                yield from _maildir(entry)
            elif not entry.is_symlink():  # a link may lead back up
                yield from _directory(entry)
        elif not entry.name.startswith("."):
            yield from _entry(entry)


def _entry(path: Path) -> Iterator[Source]:
    """One file in a directory; what is no mail is passed over."""
    if _is_json_lines(path):
        yield Source("jsonl", path, None, None)
    elif path.suffix.lower() == ".eml":
        yield Source("eml", path, *_exported(path.resolve().parent.name))
    elif path.suffix.lower() in _MBOX_SUFFIXES and mbox.looks_like_mbox(_head(path)):
        # One program exports a directory "Sent.mbox" with a file "mbox" in it.
        inner = path.name == "mbox" and path.parent.suffix.lower() == ".mbox"
        yield Source("mbox", path, *_exported(path.parent.stem if inner else path.stem))


# ---------------------------------------------------------------------- Maildir


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() or (path / "new").is_dir()


def _maildir(path: Path) -> Iterator[Source]:
    """A Maildir and its folders, as Maildir++ (".Sent") or as directories ("Sent").

    The root is the INBOX, unless its own name says that it is another folder.
    """
    leaf = _decoded(path.resolve().name.removeprefix(".")).rpartition(".")[2]
    kind = purpose(leaf)
    yield from _maildir_files(path, *((leaf, _sent_by(kind)) if kind else ("INBOX", False)))
    for entry in sorted(path.iterdir()):
        if entry.is_dir() and entry.name not in {"cur", "new", "tmp"} and not entry.is_symlink():
            below = f"{leaf}.{entry.name}" if kind and not entry.name.startswith(".") else entry.name
            yield from _maildir_folder(entry, below.removeprefix("."))


def _maildir_folder(path: Path, name: str) -> Iterator[Source]:
    folder = _decoded(name)
    # The nearest part that is known decides: what lies below Sent was sent, whatever it is called.
    kind = next((kind for part in reversed(folder.split(".")) if (kind := purpose(part))), None)
    yield from _maildir_files(path, folder, False if kind is None else _sent_by(kind))
    for entry in sorted(path.iterdir()):
        if entry.is_dir() and entry.name not in {"cur", "new", "tmp"} and not entry.is_symlink():
            yield from _maildir_folder(entry, f"{name}.{entry.name}")


def _maildir_files(path: Path, folder: str, sent: bool | None) -> Iterator[Source]:  # noqa: FBT001
    """The messages in the order of their names, which begin with the time of delivery."""
    files = (
        file
        for part in (path / "cur", path / "new")
        if part.is_dir()
        for file in part.iterdir()
        if not file.name.startswith(".")
    )
    for file in sorted(files, key=_by_numbers):
        yield Source("maildir", file, folder, sent)


def _by_numbers(file: Path) -> list[tuple[int, str]]:
    """Sorts seconds and microseconds as numbers: they are written without leading zeros."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(file.name)]


def _decoded(name: str) -> str:
    """A folder's name on disk, which is in modified UTF-7 or in UTF-8."""
    try:
        return str(decode_utf7(name.encode("ascii")))
    except (UnicodeError, ValueError):
        return name


# ---------------------------------------------------------------------- names and first octets


def _exported(stem: str) -> tuple[str | None, bool | None]:
    """Folder and whether it is Sent, from the name of an exported file or directory."""
    kind = purpose_of_file(stem)
    return (None, None) if kind is None else (stem, _sent_by(kind))


def _sent_by(kind: Purpose | None) -> bool | None:
    return None if kind in _HOLDS_BOTH else kind is Purpose.SENT


def _is_json_lines(path: Path) -> bool:
    return path.name.lower().endswith((".jsonl", ".jsonl.gz"))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
