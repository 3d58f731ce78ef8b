"""shipments: orders are sent in parcels and received, and members are told

Deploy: before the release that sends parcels. Three tables are new. Orders get two moments that
may be absent; checks that have to let the new words through are held for new rows at once, and for
the old ones by the next revision. The machine of orders lets more through than before. Of a parcel
nothing changes but who brings it and under which number; what is in it is a journal.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "3e9a60c4f718"
down_revision = "f04d7a91be26"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BEFORE = "'pending_payment', 'paid', 'closed'"
NOW = f"{BEFORE}, 'partly_shipped', 'shipped', 'received'"
KINDS_BEFORE = "'order_paid', 'order_closed', 'payment_refunded'"
KINDS_NOW = f"{KINDS_BEFORE}, 'order_shipped'"
PAID_FOR = "'paid', 'partly_shipped', 'shipped', 'received'"
REPLACED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("orders", "status_is_known"): (f"status IN ({NOW})", f"status IN ({BEFORE})"),
    ("orders", "paid_is_whole"): (
        f"(status IN ({PAID_FOR})) = (paid_at IS NOT NULL)",
        "(status = 'paid') = (paid_at IS NOT NULL)",
    ),
    ("order_history", "from_status_is_known"): (
        f"from_status IN ({NOW})",
        f"from_status IN ({BEFORE})",
    ),
    ("order_history", "to_status_is_known"): (
        f"to_status IN ({NOW})",
        f"to_status IN ({BEFORE})",
    ),
    ("inbox_messages", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
    ("message_sends", "kind_is_known"): (f"kind IN ({KINDS_NOW})", f"kind IN ({KINDS_BEFORE})"),
}
"""Checks that are replaced: as they are now, and as they were."""
ADDED: Mapping[tuple[str, str], str] = {
    ("orders", "shipped_is_whole"): (
        "(status IN ('shipped', 'received')) = (shipped_at IS NOT NULL)"
    ),
    ("orders", "received_is_whole"): "(status = 'received') = (received_at IS NOT NULL)",
}
ORDERS_MOVE = """
CREATE OR REPLACE FUNCTION orders_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY[{movable}];
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({moves}) THEN
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
MOVABLE = "'status', 'closed_at', 'close_reason', 'history', 'paid_at'"
MOVES = "('pending_payment', 'closed'), ('pending_payment', 'paid'), ('closed', 'paid')"
MOVES_NOW = (
    f"{MOVES}, ('paid', 'partly_shipped'), ('paid', 'shipped'), "
    "('partly_shipped', 'partly_shipped'), ('partly_shipped', 'shipped'), ('shipped', 'received')"
)
SHIPMENTS_MOVE = """
CREATE FUNCTION shipments_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['carrier', 'tracking_number', 'corrected_at'];
BEGIN
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'what was sent is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
REFUSE = """
CREATE FUNCTION shipment_lines_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'shipment_lines is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
CARRIERS = "'sf', 'jd', 'ems', 'post', 'zto', 'yto', 'sto', 'yunda', 'jt', 'deppon', 'other'"


def upgrade() -> None:
    for column in ("shipped_at", "received_at"):
        op.add_column("orders", sa.Column(column, MOMENT, nullable=True))
    for (table, name), (condition, _) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    for (table, name), condition in ADDED.items():
        add_check(table, name, condition)
    op.execute(
        ORDERS_MOVE.format(movable=f"{MOVABLE}, 'shipped_at', 'received_at'", moves=MOVES_NOW)
    )
    create_shipments()
    create_lines()
    create_deadlines()


def downgrade() -> None:
    op.drop_table("receipt_deadlines")
    op.drop_table("shipment_lines")
    op.execute("DROP FUNCTION shipment_lines_are_final()")
    op.drop_table("shipments")
    op.execute("DROP FUNCTION shipments_move_as_drawn()")
    op.execute(ORDERS_MOVE.format(movable=MOVABLE, moves=MOVES))
    for table, name in ADDED:
        drop_check(table, name)
    for (table, name), (_, condition) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    for column in ("received_at", "shipped_at"):
        op.drop_column("orders", column)


def create_shipments() -> None:
    """What was sent, and by whom it is brought."""
    op.create_table(
        "shipments",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("move", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("shipped_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=True),
        *checks(
            "shipments",
            {
                "kind_is_known": "kind IN ('express')",
                "carrier_is_known": f"carrier IN ({CARRIERS})",
                "ordinal_begins_at_one": "ordinal > 0",
                "express_is_tracked": "(kind = 'express') = (carrier IS NOT NULL)"
                " AND (carrier IS NULL) = (tracking_number IS NULL)",
            },
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", "ordinal", name=op.f("pk_shipments")),
        sa.UniqueConstraint(
            "order_id",
            "carrier",
            "tracking_number",
            name=op.f("uq_shipments_order_id_carrier_tracking_number"),
        ),
        sa.UniqueConstraint("order_id", "move", name=op.f("uq_shipments_order_id_move")),
    )
    op.execute(SHIPMENTS_MOVE)
    op.execute(
        "CREATE TRIGGER shipments_move_as_drawn BEFORE UPDATE ON shipments "
        "FOR EACH ROW EXECUTE FUNCTION shipments_move_as_drawn()"
    )


def create_lines() -> None:
    """What is in each parcel."""
    op.create_table(
        "shipment_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        *checks("shipment_lines", {"units_are_some": "units > 0"}),
        sa.ForeignKeyConstraint(
            ["order_id", "line_number"],
            ["order_lines.order_id", "order_lines.number"],
            name=op.f("fk_shipment_lines_order_id_line_number_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "ordinal"],
            ["shipments.order_id", "shipments.ordinal"],
            name=op.f("fk_shipment_lines_order_id_ordinal_shipments"),
        ),
        sa.PrimaryKeyConstraint(
            "order_id", "ordinal", "line_number", name=op.f("pk_shipment_lines")
        ),
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER shipment_lines_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON shipment_lines FOR EACH STATEMENT EXECUTE FUNCTION shipment_lines_are_final()"
    )


def create_deadlines() -> None:
    """When an order that was sent is taken for received."""
    op.create_table(
        "receipt_deadlines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("extended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_receipt_deadlines_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_receipt_deadlines")),
    )
    op.create_index(
        "ix_receipt_deadlines_due_at_order_id", "receipt_deadlines", ["due_at", "order_id"]
    )


def drop_check(table: str, name: str) -> None:
    """Let go of a check that another one takes the place of."""
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}"
    )


def add_check(table: str, name: str, condition: str) -> None:
    """Hold a check for new rows."""
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID"
    )


def checks(table: str, conditions: Mapping[str, str]) -> list[Any]:
    """The checks of a new table."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]
