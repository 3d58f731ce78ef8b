"""ready orders: since when a store has an order ready, and when its member is reminded

Deploy: before the release that lists them. Columns are empty, which the release before this one
leaves so; the sweep of the new one marks what that has made ready. The machine of orders lets the
mark be set, once.
"""

import sqlalchemy as sa
from alembic import op

revision = "b7e4d19c5a02"
down_revision = "9b3a61d7e5f0"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ORDERS_MOVE = """
CREATE OR REPLACE FUNCTION orders_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY[{movable}];
    totals CONSTANT text[] := ARRAY['refunding_fen', 'refunded_fen'];
BEGIN
    {more}IF (OLD.refunding_fen, OLD.refunded_fen) <> (NEW.refunding_fen, NEW.refunded_fen)
        AND to_jsonb(OLD) - totals = to_jsonb(NEW) - totals
        AND NEW.refunding_fen >= OLD.refunding_fen AND NEW.refunded_fen >= OLD.refunded_fen THEN
        RETURN NEW;
    END IF;
    IF OLD.close_reason = 'refunded' OR (NEW.status = 'closed'
        AND (OLD.status = 'pending_payment') = (NEW.close_reason = 'refunded')) THEN
        RAISE EXCEPTION 'an order is refunded once, after it was paid' USING ERRCODE = '23514';
    END IF;
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
MOVABLE = "'status', 'closed_at', 'close_reason', 'history', 'paid_at', 'shipped_at', 'received_at'"
MOVES = (
    "('pending_payment', 'closed'), ('pending_payment', 'paid'), ('closed', 'paid'), "
    "('paid', 'partly_shipped'), ('paid', 'shipped'), ('partly_shipped', 'partly_shipped'), "
    "('partly_shipped', 'shipped'), ('shipped', 'received'), ('paid', 'closed'), "
    "('partly_shipped', 'closed'), ('shipped', 'closed'), ('received', 'closed'), "
    "('paid', 'received')"
)
OF_READY_ORDERS = """IF OLD.ready_at IS NULL AND NEW.ready_at IS NOT NULL
        AND OLD.status = 'paid' AND OLD.delivery = 'pick_up'
        AND to_jsonb(OLD) - 'ready_at' = to_jsonb(NEW) - 'ready_at' THEN
        RETURN NEW;
    END IF;
    """


def upgrade() -> None:
    op.add_column("orders", sa.Column("ready_at", MOMENT))
    op.add_column("pick_ups", sa.Column("remind_at", MOMENT))
    draw(OF_READY_ORDERS)


def downgrade() -> None:
    draw("")
    op.drop_column("pick_ups", "remind_at")
    op.drop_column("orders", "ready_at")


def draw(more: str) -> None:
    """Put the machine of orders in the place of the one before it."""
    op.execute(ORDERS_MOVE.format(movable=MOVABLE, moves=MOVES, more=more))
