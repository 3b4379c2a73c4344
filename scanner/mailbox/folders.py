"""Which folders hold the sent mail, the received mail, and everything.

The order of trust: the setting, which wins where it is given; what the server says a folder is
for (SPECIAL-USE, RFC 6154); what the folder is called. A mailbox may have several Sent folders,
because every mail program that cannot find one makes its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process

from scanner.errors import FolderError
from scanner.mailbox.imap import Listed, Session
from scanner.mailbox.names import Purpose, purpose

_MOST_NAMES = 60


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of a mailbox, by the server's own names.

    `sent` has at least one; those that the server itself calls Sent come first. `sent_below` are the
    folders below those, where people put away what they sent in other years: worth reading once,
    not worth watching. `listing` are all folders that can be opened. `missing` are the Sent folders
    of the setting that do not exist, where others of it do.
    """

    sent: tuple[str, ...]
    inbox: str
    all_mail: str | None
    drafts: str | None
    junk: str | None
    trash: str | None
    listing: tuple[str, ...]
    sent_below: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def discover(session: Session, configured: Sequence[str] = ()) -> Folders:
    """Ask the server for its folders and choose.

    Parameters
    ----------
    configured
        The Sent folders that the setting names; where there is one, only these count.

    Raises
    ------
    FolderError
        Where there is no Sent folder, or none of those that were set; it prints the folder list.
    """
    return choose(session.listing(), configured, foreign=session.foreign_prefixes())


def is_limit(exists: int) -> bool:
    """Whether a folder holds exactly as many messages as Gmail's setting for folder sizes can allow.

    Gmail then hides the older mail from IMAP: https://support.google.com/mail/answer/7126229
    """
    return exists in _SIZE_LIMITS


_SIZE_LIMITS = frozenset({1000, 2000, 5000, 10000})


def choose(
    listing: Iterable[Listed], configured: Sequence[str] = (), *, foreign: Sequence[str] = ()
) -> Folders:
    """The same on a given listing. `foreign` are the prefixes of other people's and shared folders."""
    every = [folder for folder in listing if not folder.flags & _UNUSABLE]
    own = [folder for folder in every if not folder.name.startswith(tuple(p for p in foreign if p))]
    names = tuple(folder.name for folder in every)
    missing: tuple[str, ...] = ()
    if configured:
        there = {wanted: _configured(wanted, every) for wanted in configured}
        sent = tuple(dict.fromkeys(name for name in there.values() if name is not None))
        missing = tuple(wanted for wanted, name in there.items() if name is None)
        if not sent:
            raise not_there(missing[0], names)
    else:
        sent = tuple(dict.fromkeys(_for(own, Purpose.SENT)))
    if not sent:
        raise FolderError(
            f"No Sent folder was found. {_listed(names)}",
            remedy='Write the name of the folder with the sent mail into the configuration: sent = ["..."].',
        )
    return Folders(
        sent=sent,
        inbox=next((name for name in names if name.upper() == "INBOX"), "INBOX"),
        all_mail=next(_for(own, Purpose.ALL), None),
        drafts=next(_for(own, Purpose.DRAFTS), None),
        junk=next(_for(own, Purpose.JUNK), None),
        trash=next(_for(own, Purpose.TRASH), None),
        listing=names,
        sent_below=tuple(
            folder.name
            for folder in own
            if folder.delimiter
            and folder.name not in sent
            and folder.name.startswith(tuple(name + folder.delimiter for name in sent))
        ),
        missing=missing,
    )


_UNUSABLE = frozenset({"\\noselect", "\\nonexistent"})
_FLAGS = {
    Purpose.SENT: "\\sent",
    Purpose.ALL: "\\all",
    Purpose.DRAFTS: "\\drafts",
    Purpose.JUNK: "\\junk",
    Purpose.TRASH: "\\trash",
    Purpose.ARCHIVE: "\\archive",
}


def _for(folders: Sequence[Listed], wanted: Purpose) -> Iterator[str]:
    """Those that the server flags, then those that are only called so."""
    flag = _FLAGS[wanted]
    yield from (folder.name for folder in folders if flag in folder.flags)
    for folder in folders:
        if not folder.flags.intersection(_FLAGS.values()) and purpose(_own_name(folder)) is wanted:
            yield folder.name


def _own_name(folder: Listed) -> str:
    """The part of the name below the root, INBOX or a provider's own branch; "" for deeper folders.

    A folder called Sent below a folder of the user's may be anything: another account's, a
    project's.
    """
    parts = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
    if len(parts) > 1 and (parts[0].upper() == "INBOX" or parts[0].startswith("[")):
        parts = parts[1:]
    return parts[0] if len(parts) == 1 else ""


def _configured(wanted: str, folders: Sequence[Listed]) -> str | None:
    names = [folder.name for folder in folders]
    if wanted in names:
        return wanted
    for folder in folders:  # people write "/" where the server has "."
        alike = folder.name.replace(folder.delimiter, "/") if folder.delimiter else folder.name
        if alike.casefold() == wanted.casefold() or folder.name.casefold() == wanted.casefold():
            return folder.name
    return None


def not_there(wanted: str, names: Sequence[str]) -> FolderError:
    """Give the error about a Sent folder that was set and is not among the `names` of the server's."""
    near = process.extractOne(wanted, names, processor=str.casefold, score_cutoff=60)
    meant = f" The nearest name is {near[0]}." if near else ""
    return FolderError(
        f"The mailbox has no folder {wanted}.{meant} {_listed(names)}",
        remedy="Correct the name of the Sent folder in the configuration, or leave it out to have it found.",
    )


def require_inbox(found: Folders, wanted: str) -> None:
    """Raise FolderError where the folder for alerts and received mail is not there."""
    if wanted.upper() != "INBOX" and wanted not in found.listing:
        raise FolderError(
            str(not_there(wanted, found.listing)),
            meaning="Received mail is not read, and alerts have no place to go.",
            remedy="Correct inbox in [mailbox.folders], or leave it out: it is then INBOX.",
        )


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "The server lists no folders at all."
    shown = ", ".join(sorted(names)[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"The server has these folders: {shown}{more}."
