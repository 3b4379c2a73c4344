"""Verdicts as rows: exact there and back, the subject aside."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from scanner.detect.verdict import Action, Reason, RecipientVerdict, Severity, Verdict
from scanner.message.model import Role
from scanner.store.failures import corrupt
from scanner.store.records import StoredVerdict

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import RowMapping


def to_row(verdict: Verdict) -> dict[str, Any]:
    """Give the columns of `schema.verdict`; feature rows become one little-endian float64 blob."""
    flat = [value for row in verdict.feature_rows for value in row]
    return {
        "message_id": verdict.message_id,
        "digest": verdict.digest,
        "date": verdict.date,
        "score": verdict.score,
        "action": verdict.action.value,
        "severity": verdict.severity.value,
        "why": verdict.why,
        "model": verdict.model,
        "feature_schema": verdict.feature_schema,
        "recipients": json.dumps(
            [_recipient_to_json(one) for one in verdict.recipients], separators=(",", ":")
        ),
        "features": struct.pack(f"<{len(flat)}d", *flat),
        "feature_rows": len(verdict.feature_rows),
        "subject": verdict.subject if verdict.action is Action.DIGEST else None,
    }


def from_row(row: RowMapping, path: Path) -> StoredVerdict:
    """Undo `to_row`; raises CorruptStoreError, naming the database `path`, where the row makes no sense."""
    try:
        verdict = _verdict(row)
    except (ValueError, KeyError, TypeError, struct.error, OverflowError) as error:
        raise corrupt(path, "a verdict has changed by itself") from error
    return StoredVerdict(verdict, folder=row["folder"], uidvalidity=row["uidvalidity"], uid=row["uid"])


def _verdict(row: RowMapping) -> Verdict:
    flat = struct.unpack(f"<{len(row['features']) // 8}d", row["features"])
    width = len(flat) // row["feature_rows"] if row["feature_rows"] else 0
    rows = tuple(flat[at : at + width] for at in range(0, len(flat), width)) if width else ()
    return Verdict(
        message_id=row["message_id"],
        digest=row["digest"],
        date=row["date"],
        subject=row["subject"] or "",
        score=row["score"],
        recipients=tuple(_recipient_from_json(one) for one in json.loads(row["recipients"])),
        action=Action(row["action"]),
        severity=Severity(row["severity"]),
        why=row["why"],
        model=row["model"],
        feature_schema=row["feature_schema"],
        feature_rows=rows,
    )


def _recipient_to_json(one: RecipientVerdict) -> dict[str, Any]:
    return {
        "address": one.address,
        "name": one.name,
        "role": one.role.value,
        "score": one.score,
        "meant": one.meant,
        "meant_name": one.meant_name,
        "reasons": [[why.family, why.weight, why.key, why.values, why.text] for why in one.reasons],
    }


def _recipient_from_json(one: dict[str, Any]) -> RecipientVerdict:
    return RecipientVerdict(
        address=one["address"],
        name=one["name"],
        role=Role(one["role"]),
        score=one["score"],
        meant=one["meant"],
        meant_name=one["meant_name"],
        reasons=tuple(
            Reason(family, weight, key, tuple((name, value) for name, value in values), text)
            for family, weight, key, values, text in one["reasons"]
        ),
    )
