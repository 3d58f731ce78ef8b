"""pick_ups: orders that are picked up get a code, and are handed over by it

Deploy: before the release that makes codes. A table is new; checks let more words through for new
rows at once, and for the old ones by the next revision. The machine of orders lets an order that is
paid be received at once.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "7a1d5c3e9b40"
down_revision = "e90c5d3b7f14"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS_BEFORE = "'order_paid', 'order_closed', 'payment_refunded', 'order_shipped', 'case_moved'"
KINDS_NOW = f"{KINDS_BEFORE}, 'order_ready', 'order_fetched'"
SHIPMENT_KINDS_BEFORE = "'express'"
SHIPMENT_KINDS_NOW = f"{SHIPMENT_KINDS_BEFORE}, 'pick_up'"
REPLACED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("shipments", "kind_is_known"): (
        f"kind IN ({SHIPMENT_KINDS_NOW})",
        f"kind IN ({SHIPMENT_KINDS_BEFORE})",
    ),
    ("inbox_messages", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
    ("message_sends", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
}
"""Checks that are replaced: as they are now, and as they were."""
ORDERS_MOVE = """
CREATE OR REPLACE FUNCTION orders_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY[{movable}];
BEGIN
    {more}IF (OLD.status, NEW.status) NOT IN ({moves}) THEN
        RAISE EXCEPTION 'an order does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable OR NEW.history <> OLD.history + 1 THEN
        RAISE EXCEPTION 'what an order was placed with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
OF_REFUNDS = """IF (OLD.refunding_fen, OLD.refunded_fen) <> (NEW.refunding_fen, NEW.refunded_fen)
        AND to_jsonb(OLD) - totals = to_jsonb(NEW) - totals
        AND NEW.refunding_fen >= OLD.refunding_fen AND NEW.refunded_fen >= OLD.refunded_fen THEN
        RETURN NEW;
    END IF;
    IF OLD.close_reason = 'refunded' OR (NEW.status = 'closed'
        AND (OLD.status = 'pending_payment') = (NEW.close_reason = 'refunded')) THEN
        RAISE EXCEPTION 'an order is refunded once, after it was paid' USING ERRCODE = '23514';
    END IF;
    """
MOVABLE = "'status', 'closed_at', 'close_reason', 'history', 'paid_at', 'shipped_at', 'received_at'"
TOTALS = "];\n    totals CONSTANT text[] := ARRAY['refunding_fen', 'refunded_fen'"
MOVES_BEFORE = (
    "('pending_payment', 'closed'), ('pending_payment', 'paid'), ('closed', 'paid'), "
    "('paid', 'partly_shipped'), ('paid', 'shipped'), ('partly_shipped', 'partly_shipped'), "
    "('partly_shipped', 'shipped'), ('shipped', 'received'), ('paid', 'closed'), "
    "('partly_shipped', 'closed'), ('shipped', 'closed'), ('received', 'closed')"
)
MOVES_NOW = f"{MOVES_BEFORE}, ('paid', 'received')"


def upgrade() -> None:
    for (table, name), (condition, _) in REPLACED.items():
        replace_check(table, name, condition)
    draw(MOVES_NOW)
    op.create_table(
        "pick_ups",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ready_at", MOMENT, nullable=False),
        sa.Column("fetch_by", MOMENT, nullable=False),
        sa.CheckConstraint("fetch_by > ready_at", name=op.f("ck_pick_ups_there_is_time")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_pick_ups_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_pick_ups")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_pick_ups_code_digest")),
    )


def downgrade() -> None:
    op.drop_table("pick_ups")
    draw(MOVES_BEFORE)
    for (table, name), (_, condition) in REPLACED.items():
        replace_check(table, name, condition)


def draw(moves: str) -> None:
    """Put the machine of orders in the place of the one before it."""
    op.execute(ORDERS_MOVE.format(movable=MOVABLE + TOTALS, moves=moves, more=OF_REFUNDS))


def replace_check(table: str, name: str, condition: str) -> None:
    """Hold a check for new rows in the place of another one."""
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
    )
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID"
    )
