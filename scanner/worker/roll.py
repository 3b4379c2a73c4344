"""The roll of Sent folders: which of those that were watched are not there any more."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scanner.errors import FolderError
from scanner.mailbox.folders import Folders
from scanner.store import MailboxStore


class Roll:
    """Remembers, over restarts, which folders sent mail was read from.

    Where the setting names the Sent folders, only these count. Else it is those that the server
    once named or that were known by their names.
    """

    def __init__(self, store: MailboxStore, configured: Sequence[str]) -> None:
        self._store = store
        self._configured = tuple(configured)
        self._before: frozenset[str] | None = None
        self._watched: frozenset[str] = frozenset()

    def missing(self, found: Folders) -> FolderError | None:
        """Call the roll: what is wrong where one of several folders is gone, None where none is."""
        if self._configured:
            gone = found.missing
        else:
            if self._before is None:
                self._before = self._store.sent_folders()
            # What only stands in the state may have been watched by an older setting.
            gone = tuple(
                sorted(
                    (self._watched - set(found.sent)) | (self._before - set(found.listing) - set(found.sent))
                )
            )
            self._watched |= set(found.sent)
        return self._error(gone, found) if gone else None

    def _error(self, gone: Sequence[str], found: Folders) -> FolderError:
        names, left = ", ".join(gone), ", ".join(found.sent)
        setting = f"sent = {json.dumps(list(found.sent), ensure_ascii=False)} under [mailbox.folders]"
        several = len(gone) > 1
        if self._configured:
            what = f"The Sent folder{'s' if several else ''} {names} of the configuration cannot be found."
            remedy = f"Correct the name, or, where it was deleted on purpose, write {setting}."
        else:
            what = f"The Sent folder{'s' if several else ''} {names} can no longer be found."
            remedy = (
                "Give the folder its name back, or write the names of all folders that hold your sent mail "
                f"into the configuration. Where it was deleted on purpose: {setting}."
            )
        return FolderError(
            what,
            meaning="Sent mail that is filed there, or under another name now, is not watched. "
            f"What is watched: {left}.",
            remedy=remedy,
        )
