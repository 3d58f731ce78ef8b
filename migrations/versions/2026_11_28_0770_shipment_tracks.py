"""shipment_tracks: what carriers have told of parcels

Deploy: before the release that reads orders with it, and before its workers, which ask for them.
One new table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4f0c83d6b1a9"
down_revision = "b83e51d9f7c3"
branch_labels = None
depends_on = None

TABLE = "shipment_tracks"
MOMENT = sa.DateTime(timezone=True)
CARRIERS = "'sf', 'jd', 'ems', 'post', 'zto', 'yto', 'sto', 'yunda', 'jt', 'deppon', 'other'"
STATES = "'collected', 'on_the_way', 'out_for_delivery', 'delivered', 'problem', 'returning'"
CHECKS = {
    "carrier_is_known": f"carrier IN ({CARRIERS})",
    "state_is_known": f"state IN ({STATES})",
    "told_has_a_moment": "as_of IS NOT NULL OR state IS NULL",
    "counts_are_counts": "turn >= 0 AND tries >= 0",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("shipped_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("events", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("as_of", MOMENT, nullable=True),
        sa.Column("try_at", MOMENT, nullable=True),
        sa.Column("refreshable_at", MOMENT, nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "ordinal"],
            ["shipments.order_id", "shipments.ordinal"],
            name=op.f(f"fk_{TABLE}_order_id_ordinal_shipments"),
        ),
        sa.PrimaryKeyConstraint("order_id", "ordinal", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        f"ix_{TABLE}_try_at",
        TABLE,
        ["try_at", "order_id", "ordinal"],
        postgresql_where=sa.text("try_at IS NOT NULL"),
    )
    op.create_index(op.f(f"ix_{TABLE}_shipped_at"), TABLE, ["shipped_at"])


def downgrade() -> None:
    op.drop_table(TABLE)
