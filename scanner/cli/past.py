"""Reading the past of a mailbox, from files or from its server, and what later mail shows of it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.detect.evidence import Kind

if TYPE_CHECKING:
    from scanner.audit import Past
    from scanner.cli.progress import Show
    from scanner.mailbox.item import Item
    from scanner.settings import Mailbox, Settings

HOW = {
    Kind.RETRACTION: "you took back in a mail of your own",
    Kind.NOTICE: "a recipient said was not for them",
    Kind.RESEND: "you sent again to somebody of a similar name",
    Kind.RECALL: "you asked back with your mail program",
    Kind.BOUNCE: "came back from an address that is nearly one you know",
    Kind.ANSWER: "you have marked as wrong",
}
"""How it shows that a message went wrong: completes a number, as in "3 came back from ..."."""


def from_files(sources: Sequence[Path], show: Show) -> Iterator[Item]:
    """The mail of Maildirs, mbox files, folders of .eml and .jsonl[.gz]."""
    from scanner.mailbox import local

    for source in sources:
        yield from local.read(source, report=show.warn)


def from_server(settings: Settings, box: Mailbox, show: Show) -> Iterator[Item]:
    """The mail of a configured mailbox: what it received and what it sent."""
    from scanner.cli.wiring import session
    from scanner.mailbox import folders, reader
    from scanner.mailbox.item import Item

    with session(settings, box) as connection:
        found = folders.discover(connection, box.folders.sent)
        for name in found.missing:
            show.warn(str(folders.not_there(name, found.listing)))
        received = found.all_mail or box.folders.inbox
        for name, sent in ((received, False), *((name, True) for name in found.sent)):
            for batch in reader.fetch_new(connection, name, sent=sent):
                for item in batch.items:
                    if isinstance(item, Item):
                        yield item
                    else:
                        show.warn(f"Message {item.uid} in {item.folder}: {item.reason}")


def ordered(items: Iterable[Item], owner: frozenset[str], show: Show) -> list[Past]:
    """All messages in order, each once."""
    from scanner.audit import in_order, went

    found = (
        went(item.message, sent=item.sent, owner=owner, only_own=item.source == "jsonl")
        for item in show.each(items, "Reading")
    )
    return in_order(one for one in found if one is not None)
