"""What comes after the send: trails, evidence, what was done about a message; mutes that end."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make three tables and a column."""
    op.create_table(
        "trail",
        sa.Column("mailbox_id", ROW_ID, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_trail_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "about", name=op.f("pk_trail")),
    )
    op.create_index("ix_trail_mailbox_id_at", "trail", ["mailbox_id", "at"])
    op.create_table(
        "evidence",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("mailbox_id", ROW_ID, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger()),
        sa.Column("worth", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("meant", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_evidence_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "mailbox_id",
            "about",
            "kind",
            "message_id",
            "addresses",
            name=op.f("uq_evidence_mailbox_id_about_kind_message_id_addresses"),
        ),
    )
    op.create_table(
        "deed",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("mailbox_id", ROW_ID, nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_deed_mailbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
    )
    op.create_index("ix_deed_mailbox_id_about", "deed", ["mailbox_id", "about"])
    with op.batch_alter_table("mute", recreate="always") as mute:
        mute.add_column(sa.Column("until", sa.BigInteger()))
