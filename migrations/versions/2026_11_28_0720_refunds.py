"""refunds: what is refunded of orders that are paid, and of which lines

Deploy: before the release that refunds them. Of that release the workers first, then the API: old
workers know neither the reason order_refund nor the facts order.refunded and case.moved, which they
would leave as dead letters. Two tables are new. Orders get two totals with a default, refunds of
payments two columns that may be absent; checks that have to let the new words through are held for
new rows at once, and for the old ones by the next revision. An order that was refunded altogether
is closed and keeps when it was paid, sent and received; nothing leads on from there. What is
refunded of an order only grows.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "d15e7b3a9c42"
down_revision = "c92f40a7d18e"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CLOSED_BEFORE = (
    "'cancelled_by_member', 'cancelled_by_staff', 'not_paid_in_time', 'personalisation_rejected'"
)
CLOSED_NOW = f"{CLOSED_BEFORE}, 'refunded'"
REASONS_BEFORE = "'late_payment', 'duplicate_payment'"
REASONS_NOW = f"{REASONS_BEFORE}, 'order_refund'"
PAID_FOR = "'paid', 'partly_shipped', 'shipped', 'received'"
IS_REFUNDED = "COALESCE(close_reason = 'refunded', false)"
REPLACED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("orders", "close_reason_is_known"): (
        f"close_reason IN ({CLOSED_NOW})",
        f"close_reason IN ({CLOSED_BEFORE})",
    ),
    ("order_history", "reason_is_known"): (
        f"reason IN ({CLOSED_NOW})",
        f"reason IN ({CLOSED_BEFORE})",
    ),
    ("orders", "paid_is_whole"): (
        f"(status IN ({PAID_FOR}) OR {IS_REFUNDED}) = (paid_at IS NOT NULL)",
        f"(status IN ({PAID_FOR})) = (paid_at IS NOT NULL)",
    ),
    ("orders", "shipped_is_whole"): (
        f"{IS_REFUNDED} OR (status IN ('shipped', 'received')) = (shipped_at IS NOT NULL)",
        "(status IN ('shipped', 'received')) = (shipped_at IS NOT NULL)",
    ),
    ("orders", "received_is_whole"): (
        f"{IS_REFUNDED} OR (status = 'received') = (received_at IS NOT NULL)",
        "(status = 'received') = (received_at IS NOT NULL)",
    ),
    ("payment_refunds", "reason_is_known"): (
        f"reason IN ({REASONS_NOW})",
        f"reason IN ({REASONS_BEFORE})",
    ),
}
"""Checks that are replaced: as they are now, and as they were."""
ADDED: Mapping[tuple[str, str], str] = {
    ("orders", "no_more_is_refunded_than_was_paid"): (
        "refunded_fen BETWEEN 0 AND refunding_fen AND refunding_fen <= payable_fen"
    ),
    ("orders", "only_paid_ones_are_refunded"): "refunding_fen = 0 OR paid_at IS NOT NULL",
    ("payment_refunds", "it_says_of_what"): (
        "(reason = 'order_refund') = (order_refund_id IS NOT NULL)"
    ),
}
OF_WHAT = "fk_payment_refunds_order_refund_id_order_refunds"
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
MOVES = (
    "('pending_payment', 'closed'), ('pending_payment', 'paid'), ('closed', 'paid'), "
    "('paid', 'partly_shipped'), ('paid', 'shipped'), ('partly_shipped', 'partly_shipped'), "
    "('partly_shipped', 'shipped'), ('shipped', 'received')"
)
MOVES_NOW = (
    f"{MOVES}, ('paid', 'closed'), ('partly_shipped', 'closed'), ('shipped', 'closed'), "
    "('received', 'closed')"
)
MACHINE = """
CREATE OR REPLACE FUNCTION {table}_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable text[] := ARRAY[{movable}];
BEGIN
    IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({moves}) THEN
        RAISE EXCEPTION '{table}: no move from % to %', OLD.status, NEW.status
            USING ERRCODE = '23514';
    END IF;
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'what {table} were begun with is frozen' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
REFUNDS_MOVABLE = "'status', 'gateway_id', 'payer_fen', 'finished_at', 'ask_at', 'asked'"
REFUNDS_MOVES = (
    "('created', 'processing'), ('created', 'succeeded'), ('created', 'closed'), "
    "('created', 'abnormal'), ('processing', 'succeeded'), ('processing', 'closed'), "
    "('processing', 'abnormal'), ('abnormal', 'succeeded'), ('abnormal', 'closed'), "
    "('abnormal', 'processing')"
)
ORDER_REFUNDS_MOVES = (
    "('processing', 'abnormal'), ('abnormal', 'processing'), ('processing', 'succeeded'), "
    "('abnormal', 'succeeded')"
)
REFUSE = """
CREATE FUNCTION order_refund_lines_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order_refund_lines is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""


def upgrade() -> None:
    create_refunds()
    create_lines()
    for column in ("refunding_fen", "refunded_fen"):
        op.add_column(
            "orders",
            sa.Column(column, sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        )
    op.add_column("payment_refunds", sa.Column("order_refund_id", sa.Uuid(), nullable=True))
    op.add_column("payment_refunds", sa.Column("sent_at", MOMENT, nullable=True))
    op.execute(
        f"ALTER TABLE payment_refunds ADD CONSTRAINT {OF_WHAT} FOREIGN KEY (order_refund_id) "
        "REFERENCES order_refunds (id) NOT VALID"
    )
    for (table, name), (condition, _) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    for (table, name), condition in ADDED.items():
        add_check(table, name, condition)
    op.execute(ORDERS_MOVE.format(movable=MOVABLE + TOTALS, moves=MOVES_NOW, more=OF_REFUNDS))
    draw("payment_refunds", f"{REFUNDS_MOVABLE}, 'sent_at'", REFUNDS_MOVES)


def downgrade() -> None:
    draw("payment_refunds", REFUNDS_MOVABLE, REFUNDS_MOVES)
    op.execute(ORDERS_MOVE.format(movable=MOVABLE, moves=MOVES, more=""))
    for table, name in ADDED:
        drop_check(table, name)
    for (table, name), (_, condition) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    op.drop_constraint(OF_WHAT, "payment_refunds", type_="foreignkey")
    for column in ("sent_at", "order_refund_id"):
        op.drop_column("payment_refunds", column)
    for column in ("refunded_fen", "refunding_fen"):
        op.drop_column("orders", column)
    op.drop_table("order_refund_lines")
    op.execute("DROP FUNCTION order_refund_lines_are_final()")
    op.drop_table("order_refunds")
    op.execute("DROP FUNCTION order_refunds_move_as_drawn()")


def create_refunds() -> None:
    """What goes back of an order for one cause."""
    op.create_table(
        "order_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("is_shops_fault", sa.Boolean(), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        *checks(
            "order_refunds",
            {
                "status_is_known": "status IN ('processing', 'abnormal', 'succeeded')",
                "ordinal_begins_at_one": "ordinal > 0",
                "amounts_are_not_negative": "goods_fen >= 0 AND freight_fen >= 0",
                "end_is_whole": "(status = 'succeeded') = (finished_at IS NOT NULL)",
            },
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_refunds_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_refunds")),
        sa.UniqueConstraint("order_id", "ordinal", name=op.f("uq_order_refunds_order_id_ordinal")),
        sa.UniqueConstraint("source", name=op.f("uq_order_refunds_source")),
    )
    op.create_index("ix_order_refunds_status_id", "order_refunds", ["status", "id"])
    op.create_index("ix_order_refunds_finished_at", "order_refunds", ["finished_at"])
    draw("order_refunds", "'status', 'finished_at'", ORDER_REFUNDS_MOVES)
    op.execute(
        "CREATE TRIGGER order_refunds_move_as_drawn BEFORE UPDATE ON order_refunds "
        "FOR EACH ROW EXECUTE FUNCTION order_refunds_move_as_drawn()"
    )


def create_lines() -> None:
    """What of each line goes back by it."""
    numbers = "line_number", "units", "sent_units", "goods_fen", "freight_fen"
    op.create_table(
        "order_refund_lines",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)
            for name in numbers
        ),
        *checks(
            "order_refund_lines",
            {
                "sent_ones_are_of_the_units": "sent_units BETWEEN 0 AND units",
                "amounts_are_not_negative": "goods_fen >= 0 AND freight_fen >= 0",
                "it_is_some": "units > 0 OR goods_fen + freight_fen > 0",
            },
        ),
        sa.ForeignKeyConstraint(
            ["order_id", "line_number"],
            ["order_lines.order_id", "order_lines.number"],
            name=op.f("fk_order_refund_lines_order_id_line_number_order_lines"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["order_refunds.id"],
            name=op.f("fk_order_refund_lines_refund_id_order_refunds"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "line_number", name=op.f("pk_order_refund_lines")),
    )
    op.create_index(
        "ix_order_refund_lines_order_id_line_number",
        "order_refund_lines",
        ["order_id", "line_number"],
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER order_refund_lines_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON order_refund_lines FOR EACH STATEMENT EXECUTE FUNCTION order_refund_lines_are_final()"
    )


def draw(table: str, movable: str, moves: str) -> None:
    """Give a table its machine."""
    op.execute(MACHINE.format(table=table, movable=movable, moves=moves))


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
