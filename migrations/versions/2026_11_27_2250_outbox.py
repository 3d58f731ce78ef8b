"""outbox: what has happened, for whoever has to act on it after the commit

Deploy: before the release that promises facts; its workers hand them out. The table is new;
nothing else changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c7e2f4a98d13"
down_revision = "b3d18e6f2a57"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_UNDONE = "done_at IS NULL AND failed_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        *checks(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "aggregate_id", "sequence", name=op.f("uq_outbox_aggregate_id_sequence")
        ),
    )
    indexes = {
        "ix_outbox_due": (["due_at", "id"], IS_UNDONE),
        "ix_outbox_undone": (["aggregate_id", "sequence"], IS_UNDONE),
        "ix_outbox_done_at": (["done_at"], "done_at IS NOT NULL"),
        "ix_outbox_failed_at": (["failed_at"], "failed_at IS NOT NULL"),
    }
    for name, (columns, condition) in indexes.items():
        op.create_index(name, "outbox", columns, postgresql_where=sa.text(condition))


def checks() -> list[sa.CheckConstraint]:
    """What holds for each row."""
    conditions = {
        "sequence_counts": "sequence >= 0",
        "version_counts": "version >= 1",
        "tries_count": "tries >= 0",
        "one_end": "done_at IS NULL OR failed_at IS NULL",
        "failed_has_its_failure": "failed_at IS NULL OR failure IS NOT NULL",
    }
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_outbox_{name}"))
        for name, condition in conditions.items()
    ]


def downgrade() -> None:
    op.drop_table("outbox")
