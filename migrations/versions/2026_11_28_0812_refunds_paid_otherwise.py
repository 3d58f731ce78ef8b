"""refunds paid otherwise: one that the gateway cannot carry out is ended by hand

Deploy: before the release that records them. Checks let more words through for new rows at once,
and for the old ones by the next revision. No API and no worker of the release before may run any
more when the first refund is recorded: they fail over each row with a word that they do not know.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "e1a94b7d30f6"
down_revision = "5d2f80a6c7e1"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
REFUNDS, ENTRIES = "payment_refunds", "clearing_entries"
STATUSES_BEFORE = "'created', 'processing', 'succeeded', 'closed', 'abnormal'"
STATUSES_NOW = f"{STATUSES_BEFORE}, 'paid_otherwise'"
ENDS_BEFORE = "'succeeded', 'closed'"
ENDS_NOW = f"{ENDS_BEFORE}, 'paid_otherwise'"
ACCOUNTS_BEFORE = "'gateway', 'unapplied', 'orders'"
ACCOUNTS_NOW = f"{ACCOUNTS_BEFORE}, 'elsewhere'"
REPLACED: Mapping[tuple[str, str], tuple[str, str]] = {
    (REFUNDS, "status_is_known"): (
        f"status IN ({STATUSES_NOW})",
        f"status IN ({STATUSES_BEFORE})",
    ),
    (REFUNDS, "end_is_whole"): (
        f"(status IN ({ENDS_NOW})) = (finished_at IS NOT NULL)",
        f"(status IN ({ENDS_BEFORE})) = (finished_at IS NOT NULL)",
    ),
    (REFUNDS, "done_is_whole"): (
        "(status IN ('succeeded', 'paid_otherwise')) = (payer_fen IS NOT NULL)",
        "(status = 'succeeded') = (payer_fen IS NOT NULL)",
    ),
    (ENTRIES, "from_account_is_known"): (
        f"from_account IN ({ACCOUNTS_NOW})",
        f"from_account IN ({ACCOUNTS_BEFORE})",
    ),
    (ENTRIES, "to_account_is_known"): (
        f"to_account IN ({ACCOUNTS_NOW})",
        f"to_account IN ({ACCOUNTS_BEFORE})",
    ),
}
"""Checks that are replaced: as they are now, and as they were."""
ADDED: Mapping[tuple[str, str], str] = {
    (REFUNDS, "otherwise_is_whole"): "(status = 'paid_otherwise') = (paid_reference IS NOT NULL)",
    (REFUNDS, "only_those_are_paid_twice"): "late_success_at IS NULL OR status = 'paid_otherwise'",
}
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
MOVABLE_BEFORE = "'status', 'gateway_id', 'payer_fen', 'finished_at', 'ask_at', 'asked', 'sent_at'"
MOVABLE_NOW = f"{MOVABLE_BEFORE}, 'paid_reference', 'late_success_at'"
MOVES_BEFORE = (
    "('created', 'processing'), ('created', 'succeeded'), ('created', 'closed'), "
    "('created', 'abnormal'), ('processing', 'succeeded'), ('processing', 'closed'), "
    "('processing', 'abnormal'), ('abnormal', 'succeeded'), ('abnormal', 'closed'), "
    "('abnormal', 'processing')"
)
MOVES_NOW = f"{MOVES_BEFORE}, ('created', 'paid_otherwise'), ('abnormal', 'paid_otherwise')"
ORDER_REFUNDS_MOVABLE = "'status', 'finished_at'"
ORDER_REFUNDS_MOVES = (
    "('processing', 'abnormal'), ('abnormal', 'processing'), ('processing', 'succeeded'), "
    "('abnormal', 'succeeded')"
)


def upgrade() -> None:
    op.add_column(REFUNDS, sa.Column("paid_reference", sa.Text()))
    op.add_column(REFUNDS, sa.Column("late_success_at", MOMENT))
    op.add_column(
        "order_refunds",
        sa.Column("is_paid_otherwise", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    for (table, name), (condition, _) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    for (table, name), condition in ADDED.items():
        add_check(table, name, condition)
    draw(REFUNDS, MOVABLE_NOW, MOVES_NOW)
    draw("order_refunds", f"{ORDER_REFUNDS_MOVABLE}, 'is_paid_otherwise'", ORDER_REFUNDS_MOVES)


def downgrade() -> None:
    draw("order_refunds", ORDER_REFUNDS_MOVABLE, ORDER_REFUNDS_MOVES)
    draw(REFUNDS, MOVABLE_BEFORE, MOVES_BEFORE)
    for table, name in ADDED:
        drop_check(table, name)
    for (table, name), (_, condition) in REPLACED.items():
        drop_check(table, name)
        add_check(table, name, condition)
    op.drop_column("order_refunds", "is_paid_otherwise")
    op.drop_column(REFUNDS, "late_success_at")
    op.drop_column(REFUNDS, "paid_reference")


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
