"""The state of every mailbox in one SQL database: cursors, history, verdicts, outbox, labels."""

from scanner.store.mailbox import MailboxStore
from scanner.store.outbox import alert_key
from scanner.store.records import (
    Aftermath,
    Cursor,
    Deed,
    Direction,
    Episode,
    Health,
    KeptTrail,
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
    "Aftermath",
    "Cursor",
    "Deed",
    "Direction",
    "Episode",
    "Health",
    "KeptTrail",
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
