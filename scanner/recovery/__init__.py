"""What the sender gets once a message went astray: facts, severity, steps, drafts, the clock, the record."""

from scanner.recovery.brief import Brief, at_once, brief
from scanner.recovery.case import NEVER, Action, Case, Later, Party, Relation, Times, assess
from scanner.recovery.clock import Clock, clock
from scanner.recovery.drafts import Addressee, Draft, drafts
from scanner.recovery.register import is_formal, language_of, to_recipient
from scanner.recovery.sentences import sentences

__all__ = [
    "NEVER",
    "Action",
    "Addressee",
    "Brief",
    "Case",
    "Clock",
    "Draft",
    "Later",
    "Party",
    "Relation",
    "Times",
    "assess",
    "at_once",
    "brief",
    "clock",
    "drafts",
    "is_formal",
    "language_of",
    "sentences",
    "to_recipient",
]
