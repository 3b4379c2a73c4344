"""Corpora as mailboxes, whatever form they come in: one owner's sent and received mail in date order."""

from __future__ import annotations

from training.corpora.mailbox import Mailbox
from training.corpora.reading import mailboxes
from training.corpora.records import find_owners, people, read_records, sender

__all__ = ["Mailbox", "find_owners", "mailboxes", "people", "read_records", "sender"]
