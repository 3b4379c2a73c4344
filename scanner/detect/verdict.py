"""The plain result of detection: what the worker, the alert and the report know of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from scanner.message.model import Role

SUSPECT_SHARE = 0.25
"""A recipient is under suspicion from this part of the highest score of the message on."""


class Action(enum.StrEnum):
    """What the policy decides for one message."""

    ALERT = "alert"
    DIGEST = "digest"
    SILENT = "silent"


class Severity(enum.StrEnum):
    """How bad it would be if the message did go to the wrong party."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in plain words.

    `family` is the feature family, `weight` its contribution in log-odds (positive: towards
    wrong), `key` names the sentence in the reason catalogue, `values` fills it, `text` is the
    English sentence.
    """

    family: str
    weight: float
    key: str
    values: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class RecipientVerdict:
    """How likely one recipient is wrong, why, and who was probably meant."""

    address: str
    name: str
    role: Role
    score: float
    meant: str | None = None
    meant_name: str = ""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Oopsee thinks of one sent message.

    `score` is the highest of the recipients' scores, the calibrated probability at a base rate
    of 1 in 1,000, 0.0 where nobody but the owner is a recipient. `why` says which rule of the
    policy decided (for `explain` and `status`). `model` is the digest of the model that scored,
    "rules" where no model could be loaded. `feature_rows` are the raw feature vectors in
    recipient order under schema `feature_schema`.
    """

    message_id: str
    digest: str
    date: datetime | None
    subject: str
    score: float
    recipients: tuple[RecipientVerdict, ...]
    action: Action
    severity: Severity
    why: str
    model: str
    feature_schema: str
    feature_rows: tuple[tuple[float, ...], ...] = ()
