"""What comes after the send: trails to compare with, evidence, its labels, and what was done about it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from scanner.detect.evidence import SIGN_SOURCES, Evidence, Kind
from scanner.store import schema
from scanner.store.feedback import Feedback
from scanner.store.outbox import Outbox, alert_key
from scanner.store.records import Aftermath, Deed, Label, OutboxState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, RowMapping

KEPT = timedelta(days=15)
"""How long a trail is kept: a day more than any evidence may take (`lookback.KEPT`)."""

_evidence, _trail, _deed = schema.evidence, schema.trail, schema.deed


class Signs(Feedback, Outbox):
    """Evidence of one mailbox."""

    @property
    def trail_key(self) -> bytes:
        """The key under which trails are hashed."""
        return hashlib.blake2b(b"trail", key=self._key[:64], digest_size=32).digest()

    def trails(self) -> list[bytes]:
        """Give the trails that are kept, oldest first."""
        with self._database.read() as connection:
            return list(
                connection.scalars(
                    sa.select(_trail.c.packed).where(self._mine(_trail)).order_by(_trail.c.at, _trail.c.about)
                )
            )

    def forget_trails(self, before: datetime) -> None:
        """Forget the trails of messages sent before that moment."""
        with self._database.write() as connection:
            connection.execute(sa.delete(_trail).where(self._mine(_trail), _trail.c.at < before))

    def evidence(self, about: str) -> list[Evidence]:
        """Give the evidence about one sent message, by Message-ID or digest, in the order it came."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(_evidence)
                .where(self._mine(_evidence), _evidence.c.about == about)
                .order_by(_evidence.c.id)
            )
            return [_from_row(row) for row in rows.mappings()]

    def keep(self, aftermath: Aftermath) -> None:
        """Commit what follows from something that is no message, such as the owner's word."""
        with self._database.write() as connection:
            self._keep_aftermath(connection, aftermath)

    def alert_about(self, message_ids: Iterable[str]) -> str:
        """Give the sent message, by Message-ID or digest, that one of these alerts is about; "" for none."""
        outbox = schema.outbox.c
        with self._database.read() as connection:
            key = connection.scalar(
                sa.select(outbox.key)
                .where(self._mine(schema.outbox), outbox.kind == "alert", outbox.message_id.in_(message_ids))
                .order_by(outbox.id.desc())
            )
        return "" if key is None else str(key).removeprefix(alert_key("", ""))

    def note(self, deed: Deed) -> None:
        """Note what was done about a sent message."""
        with self._database.write() as connection:
            connection.execute(
                sa.insert(_deed).values(
                    mailbox_id=self._mailbox_id,
                    about=deed.about,
                    kind=deed.kind,
                    detail=deed.detail,
                    at=deed.at,
                )
            )

    def deeds(self, about: str) -> list[Deed]:
        """Give what was done about a sent message, in order."""
        with self._database.read() as connection:
            columns = _deed.c
            rows = connection.execute(
                sa.select(columns.about, columns.kind, columns.detail, columns.at)
                .where(self._mine(_deed), columns.about == about)
                .order_by(columns.id)
            )
            return [Deed(**row) for row in rows.mappings()]

    def first_said_wrong(self, about: str) -> datetime | None:
        """Give the moment when a person first said that a sent message was wrong, None where nobody did."""
        columns = schema.label.c
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(
                sa.select(columns.at)
                .where(self._mine(schema.label), columns.message_id == about, columns.wrong.is_(True))
                .where(columns.source.not_in(sorted(SIGN_SOURCES)))
                .order_by(columns.at)
                .limit(1)
            )
        return found

    def _keep_aftermath(self, connection: Connection, aftermath: Aftermath) -> None:
        for trail in aftermath.trails:
            here = (self._mine(_trail), _trail.c.about == trail.about)
            connection.execute(sa.delete(_trail).where(*here))
            connection.execute(
                sa.insert(_trail).values(
                    mailbox_id=self._mailbox_id, about=trail.about, at=trail.at, packed=trail.packed
                )
            )
        self._keep_evidence(connection, aftermath.evidence)
        for about in aftermath.settled:
            self._settle(connection, about)
        for mute in aftermath.mutes:
            self._mute(connection, mute)
        if aftermath.unmuted:
            mutes = schema.mute
            connection.execute(
                sa.delete(mutes).where(self._mine(mutes), mutes.c.value.in_(aftermath.unmuted))
            )
        for about, why in aftermath.raised:
            connection.execute(
                sa.update(schema.verdict)
                .where(self._mine(schema.verdict), _identity(about))
                .values(action="alert", why=why, subject=None)
            )

    def _keep_evidence(self, connection: Connection, evidence: Iterable[Evidence]) -> None:
        for one in evidence:
            values = _to_row(one)
            same = ["about", "kind", "message_id", "addresses"]
            if one.kind is Kind.ANSWER and one.worth != "conversation":
                # The owner may change their mind, and back: only the last word is kept.
                connection.execute(
                    sa.delete(_evidence).where(
                        self._mine(_evidence),
                        _evidence.c.about == one.about,
                        _evidence.c.kind == one.kind.value,
                        _evidence.c.worth != one.worth,
                    )
                )
                same.append("worth")
            here = [self._mine(_evidence), *(_evidence.c[name] == values[name] for name in same)]
            if connection.scalar(sa.select(sa.exists().where(*here))):
                continue
            connection.execute(sa.insert(_evidence).values(mailbox_id=self._mailbox_id, **values))
            if one.at is not None:
                for address in one.addresses or (None,):
                    self._label(connection, one, address, one.at)

    def _label(self, connection: Connection, one: Evidence, address: str | None, at: datetime) -> None:
        """Label what the evidence is about, unless a person or surer evidence has said otherwise."""
        label = Label(
            one.about,
            address,
            wrong=one.log_odds > 0,
            at=at,
            weight=one.label_weight,
            source=one.source,
            note=one.note,
        )
        held = self._labels_of(connection, one.about)
        surer = any(
            old.source not in SIGN_SOURCES or old.weight > label.weight
            for old in held
            if old.recipient == label.recipient or label.contradicts(old)
        )
        if label.source not in SIGN_SOURCES:
            surer = False  # the owner's own word: the last one wins
        if not surer:
            self._add(connection, label)

    def _settle(self, connection: Connection, about: str) -> None:
        """Keep back what has not gone out about a message."""
        outbox = schema.outbox
        connection.execute(
            sa.update(outbox)
            .where(self._mine(outbox), outbox.c.key == alert_key(about, about))
            .where(outbox.c.state == OutboxState.PENDING.value, outbox.c.attempts == 0)
            .values(state=OutboxState.EXPIRED.value, raw=None, error="settled")
        )
        verdict = schema.verdict
        connection.execute(
            sa.update(verdict)
            .where(self._mine(verdict), _identity(about), verdict.c.action == "digest")
            .where(verdict.c.digest_key.is_(None))
            .values(action="silent", why="its sender has seen to it", subject=None)
        )


def _identity(about: str) -> sa.ColumnElement[bool]:
    columns = schema.verdict.c
    return sa.or_(columns.message_id == about, sa.and_(columns.message_id == "", columns.digest == about))


def _to_row(one: Evidence) -> dict[str, object]:
    return {
        "about": one.about,
        "kind": one.kind.value,
        "message_id": one.message_id,
        "at": one.at,
        "worth": one.worth,
        "addresses": " ".join(one.addresses),
        "meant": one.meant,
    }


def _from_row(row: RowMapping) -> Evidence:
    return Evidence(
        kind=Kind(row["kind"]),
        about=row["about"],
        message_id=row["message_id"],
        at=row["at"],
        worth=row["worth"],
        addresses=tuple(row["addresses"].split()),
        meant=row["meant"],
    )
