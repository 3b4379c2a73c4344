"""The tables. Every column that holds something of a person's mail says what and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

APPLICATION_ID = 0x4F6F7073
"""Marks an SQLite file as ours (PRAGMA application_id): the letters 'Oops'."""

HEAD = "0002"
"""The newest revision in `migrations/versions`: what a database must be at."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC: exact and sortable in any database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive times: they mean another moment on another machine."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone cannot be stored"
            raise ValueError(message)
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the moment back, aware and in UTC."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


class SafeText(TypeDecorator[str]):
    """Text out of mail: half a surrogate pair, which UTF-8 cannot hold, is kept as its escape."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what no database can encode; the same text always becomes the same text."""
        del dialect
        return None if value is None else value.encode("utf-8", "backslashreplace").decode("utf-8")


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _mailbox() -> sa.Column[int]:
    return sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), nullable=False)


meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Facts about the installation: the fingerprint of its key."""

mailbox = sa.Table(
    "mailbox",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    sa.Column("name", SafeText, nullable=False, unique=True),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("message_id", SafeText),
    sa.Column("digest", SafeText, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("folder", SafeText),
    sa.Column("uidvalidity", sa.BigInteger),
    sa.Column("uid", sa.BigInteger),
    sa.UniqueConstraint("mailbox_id", "message_id"),
    sa.Index("ix_message_mailbox_id_digest", "mailbox_id", "digest"),
    sa.Index(
        "uq_message_digest_without_id",
        "mailbox_id",
        "digest",
        unique=True,
        sqlite_where=sa.text("message_id IS NULL"),
        postgresql_where=sa.text("message_id IS NULL"),
    ),
)
"""One row per processed message; `message_id` is NULL where it has none. The place is the first one seen."""

cursor = sa.Table(
    "cursor",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True),
    sa.Column("folder", SafeText, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True, autoincrement=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("checksum", sa.BigInteger, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("entry", sa.LargeBinary, nullable=False),
    sa.Column("checksum", sa.BigInteger, nullable=False),
    sa.Index("ix_journal_mailbox_id_id", "mailbox_id", "id"),
    sqlite_autoincrement=True,
)
"""What the history learnt since the snapshot, in order; ids are never used again."""

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("id", _ROW_ID, sa.ForeignKey("message.id"), primary_key=True, autoincrement=False),
    _mailbox(),
    sa.Column("message_id", SafeText, nullable=False),
    sa.Column("digest", SafeText, nullable=False),
    sa.Column("date", Instant),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("feature_schema", sa.Text, nullable=False),
    sa.Column("recipients", sa.Text, nullable=False),
    sa.Column("features", sa.LargeBinary, nullable=False),
    sa.Column("feature_rows", sa.Integer, nullable=False),
    sa.Column("subject", SafeText),
    sa.Column("digest_key", sa.Text),
    sa.Index("ix_verdict_mailbox_id_message_id", "mailbox_id", "message_id"),
    sa.Index("ix_verdict_mailbox_id_action", "mailbox_id", "action"),
)
"""One row per scored message. `subject` is there only while the message waits for a digest."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("key", SafeText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", SafeText, nullable=False),
    sa.Column("message_id", SafeText, nullable=False),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("next_try", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("finished_at", Instant),
    sa.UniqueConstraint("mailbox_id", "key"),
    sa.UniqueConstraint("mailbox_id", "message_id"),
    sa.Index("ix_outbox_mailbox_id_state_next_try", "mailbox_id", "state", "next_try"),
)
"""Alerts. `raw`, the composed mail with the subject in it, is there only until it is delivered or expires."""

label = sa.Table(
    "label",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("message_id", SafeText, nullable=False),
    sa.Column("recipient", SafeText),
    sa.Column("wrong", sa.Boolean, nullable=False),
    sa.Column("weight", sa.Float, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", SafeText, nullable=False),
    sa.Index("ix_label_mailbox_id_message_id", "mailbox_id", "message_id"),
    sqlite_autoincrement=True,
)
"""Every label ever given, in order; which of them hold is worked out on reading."""

trail = sa.Table(
    "trail",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True),
    sa.Column("about", SafeText, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("packed", sa.LargeBinary, nullable=False),
    sa.Index("ix_trail_mailbox_id_at", "mailbox_id", "at"),
)
"""What later mail is compared with: see `scanner.detect.evidence.Trail`. Kept for two weeks of mail."""

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("about", SafeText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("message_id", SafeText, nullable=False),
    sa.Column("at", Instant),
    sa.Column("worth", sa.Text, nullable=False),
    sa.Column("addresses", SafeText, nullable=False),
    sa.Column("meant", SafeText, nullable=False),
    sa.UniqueConstraint("mailbox_id", "about", "kind", "message_id", "addresses"),
)
"""One row per sign; `addresses` are parted by spaces."""

deed = sa.Table(
    "deed",
    metadata,
    sa.Column("id", _ROW_ID, primary_key=True),
    _mailbox(),
    sa.Column("about", SafeText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("detail", SafeText, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_deed_mailbox_id_about", "mailbox_id", "about"),
)
"""What was done about a message, for its record: drafts made, copies recalled."""

mute = sa.Table(
    "mute",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("value", SafeText, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", SafeText, nullable=False),
    sa.Column("until", Instant),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True),
    sa.Column("folder", SafeText, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("uid", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", SafeText, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

health = sa.Table(
    "health",
    metadata,
    sa.Column("mailbox_id", _ROW_ID, sa.ForeignKey("mailbox.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("at", Instant),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("error_at", Instant),
    sa.Column("errors", sa.BigInteger, nullable=False),
)
