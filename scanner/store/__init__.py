"""The state of every mailbox in one SQL database: cursors, history, verdicts, outbox, labels."""

from scanner.store.mailbox import MailboxStore
from scanner.store.outbox import alert_key
from scanner.store.records import (
    Cursor,
    Direction,
    Episode,
    Health,
    Label,
    MailboxStatus,
    Mute,
    MuteScope,
    OutboxEntry,
    OutboxState,
    Quarantined,
    Record,
    StoredVerdict,
)
from scanner.store.store import Store

__all__ = [
    "Cursor",
    "Direction",
    "Episode",
    "Health",
    "Label",
    "MailboxStatus",
    "MailboxStore",
    "Mute",
    "MuteScope",
    "OutboxEntry",
    "OutboxState",
    "Quarantined",
    "Record",
    "Store",
    "StoredVerdict",
    "alert_key",
]
