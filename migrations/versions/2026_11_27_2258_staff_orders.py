"""orders: what the staff do with them, and exports of orders

Deploy: before the release in which staff find, cancel and export orders. The column is absent in
older rows for good; both tables are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4d9a06e7b2c8"
down_revision = "2b8d5f0c6e91"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECKS = {
    "status_is_known": "status IN ('waiting', 'running', 'done', 'failed')",
    "reason_is_given": r"reason ~ '\S'",
    "final_is_finished": "(status IN ('done', 'failed')) = (finished_at IS NOT NULL)",
    "failed_has_reason": "(status = 'failed') = (failure IS NOT NULL)",
    "progress_is_not_negative": "orders_seen >= 0 AND rows_written >= 0 AND part_count >= 0",
}


def upgrade() -> None:
    op.add_column("order_history", sa.Column("note", sa.Text(), nullable=True))
    create_exports()
    create_parts()


def downgrade() -> None:
    op.drop_table("order_export_parts")
    op.drop_table("order_exports")
    op.drop_column("order_history", "note")


def create_exports() -> None:
    """What was asked for, and how far it has come."""
    op.create_table(
        "order_exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        sa.Column("orders_seen", sa.BigInteger(), nullable=False),
        sa.Column("rows_written", sa.BigInteger(), nullable=False),
        sa.Column("part_count", sa.BigInteger(), nullable=False),
        sa.Column("last_order_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_order_exports_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_exports")),
    )
    op.create_index(
        "ix_order_exports_unfinished",
        "order_exports",
        ["id"],
        postgresql_where=sa.text("status IN ('waiting', 'running')"),
    )
    op.create_index("ix_order_exports_finished_at", "order_exports", ["finished_at"])


def create_parts() -> None:
    """The pieces that a file is made of."""
    op.create_table(
        "order_export_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(number IS NULL) = (size_bytes IS NULL)",
            name=op.f("ck_order_export_parts_written_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["order_exports.id"],
            name=op.f("fk_order_export_parts_export_id_order_exports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_export_parts")),
        sa.UniqueConstraint(
            "export_id", "number", name=op.f("uq_order_export_parts_export_id_number")
        ),
    )
