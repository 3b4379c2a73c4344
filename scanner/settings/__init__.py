"""The configuration: read once, at the edge, frozen, and handed down as plain values."""

from scanner.settings.load import default_path, load
from scanner.settings.schema import (
    Imap,
    Log,
    Mailbox,
    ModelFiles,
    OAuth,
    Policy,
    Recall,
    Settings,
    Smtp,
    State,
    Watch,
)
from scanner.settings.secret import Secret, secret

__all__ = [
    "Imap",
    "Log",
    "Mailbox",
    "ModelFiles",
    "OAuth",
    "Policy",
    "Recall",
    "Secret",
    "Settings",
    "Smtp",
    "State",
    "Watch",
    "default_path",
    "load",
    "secret",
]
