"""One mailbox, from wake-up to alert."""

from scanner.worker.backoff import Backoff
from scanner.worker.intake import Intake
from scanner.worker.lookout import Lookout, Patience
from scanner.worker.outbox import Postman
from scanner.worker.plan import Compose, Digests, Judge, Judges, Plan
from scanner.worker.tongue import Tongue
from scanner.worker.worker import Worker

__all__ = [
    "Backoff",
    "Compose",
    "Digests",
    "Intake",
    "Judge",
    "Judges",
    "Lookout",
    "Patience",
    "Plan",
    "Postman",
    "Tongue",
    "Worker",
]
