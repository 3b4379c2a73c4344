"""Finding in the store what a command was asked about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scanner.errors import UsageError
from scanner.settings import Settings
from scanner.store import MailboxStore, Store, StoredVerdict


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store that `oopsee run` has filled. Raises `UsageError` where there is none yet."""
    if not settings.state.database.exists():
        message = "No message has been scored yet: there is no state database."
        raise UsageError(message, remedy="Start 'oopsee run' first; 'oopsee scan' audits without one.")
    with Store.open(settings.state.database) as store:
        yield store


def verdict_of(
    store: Store, settings: Settings, name: str | None, message_id: str
) -> tuple[MailboxStore, StoredVerdict]:
    """The verdict on a message, in the named mailbox or in whichever has it. Raises `UsageError`."""
    wanted = [box.name for box in settings.mailbox if name in {None, box.name}]
    if not wanted:
        message = f"There is no mailbox {name!r} in the configuration."
        raise UsageError(message, remedy=f"Name one of: {', '.join(box.name for box in settings.mailbox)}.")
    plain = message_id.strip()
    for one in wanted:
        here = store.mailbox(one)
        for spelt in (plain, f"<{plain}>"):
            if (found := here.verdict(spelt)) is not None:
                return here, found
    message = f"No sent message with the Message-ID {plain} has been scored."
    raise UsageError(
        message,
        remedy="Copy the id from the alert or from the header of the message in your Sent folder.",
    )
