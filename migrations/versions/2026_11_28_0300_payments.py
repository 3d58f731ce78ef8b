"""payments: orders are paid, by attempts, and where the money is

Deploy: before the release that takes money. What is new on orders has defaults, for the release
before this one; checks that have to let the new words through are held for new rows at once, and
for the old ones by the next revision. Where money moved is a journal. Attempts and refunds refuse
every move that the machine does not have, and any change of what they were begun with.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "5f0a9c37d2e4"
down_revision = "e8a2c5710f94"
branch_labels = None
depends_on = None

STATUSES = "'pending_payment', 'paid', 'closed'"
REPLACED = {
    "orders": {"status_is_known": (f"status IN ({STATUSES})", "'pending_payment', 'closed'")},
    "order_payments": {
        "status_is_known": ("status IN ('due', 'paid', 'void')", "'due', 'void'"),
    },
    "order_history": {
        "from_status_is_known": (f"from_status IN ({STATUSES})", "'pending_payment', 'closed'"),
        "to_status_is_known": (f"to_status IN ({STATUSES})", "'pending_payment', 'closed'"),
    },
}
"""Checks that are replaced: as they are now, and the words that they knew before."""
ADDED = {
    "orders": {"paid_is_whole": "(status = 'paid') = (paid_at IS NOT NULL)"},
    "order_payments": {"only_due_is_at_gateway": "status = 'due' OR NOT is_at_gateway"},
}
MOVE_AS_DRAWN = """
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
MOVABLE = "'status', 'closed_at', 'close_reason', 'history'"
MOVES = "('pending_payment', 'closed')"
MACHINE = """
CREATE FUNCTION {table}_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY[{movable}];
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
MACHINES = {
    "payment_attempts": (
        "'status', 'prepay_id', 'prepaid_at', 'transaction_id', 'paid_at', 'ask_at', 'asked', "
        "'unapplied_fen', 'unapplied_since', 'refunding_fen'",
        "('created', 'prepaid'), ('created', 'paid'), ('created', 'closed'), ('prepaid', 'paid'), "
        "('prepaid', 'closed'), ('closed', 'paid')",
    ),
    "payment_refunds": (
        "'status', 'gateway_id', 'payer_fen', 'finished_at', 'ask_at', 'asked'",
        "('created', 'processing'), ('created', 'succeeded'), ('created', 'closed'), "
        "('created', 'abnormal'), ('processing', 'succeeded'), ('processing', 'closed'), "
        "('processing', 'abnormal'), ('abnormal', 'succeeded'), ('abnormal', 'closed')",
    ),
}
REFUSE = """
CREATE FUNCTION clearing_entries_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'clearing_entries is a journal: % is refused', TG_OP USING ERRCODE = '42501';
END
$$
"""
OPEN = sa.text("status IN ('created', 'prepaid')")


def upgrade() -> None:
    op.add_column("orders", sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "order_payments",
        sa.Column("is_at_gateway", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    for table, checks in REPLACED.items():
        for name, (condition, _) in checks.items():
            drop_check(table, name)
            add_check(table, name, condition)
    for table, added in ADDED.items():
        for name, condition in added.items():
            add_check(table, name, condition)
    op.execute(
        MOVE_AS_DRAWN.format(
            movable=f"{MOVABLE}, 'paid_at'",
            moves=f"{MOVES}, ('pending_payment', 'paid'), ('closed', 'paid')",
        )
    )
    create_attempts()
    create_notices()
    create_refunds()
    create_clearing()
    for table, (movable, moves) in MACHINES.items():
        op.execute(MACHINE.format(table=table, movable=movable, moves=moves))
        op.execute(
            f"CREATE TRIGGER {table}_move_as_drawn BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_move_as_drawn()"
        )


def downgrade() -> None:
    op.drop_table("clearing_entries")
    op.execute("DROP FUNCTION clearing_entries_are_final()")
    op.drop_table("payment_refunds")
    op.drop_table("payment_notices")
    op.drop_table("payment_attempts")
    for table in MACHINES:
        op.execute(f"DROP FUNCTION {table}_move_as_drawn()")
    op.execute(MOVE_AS_DRAWN.format(movable=MOVABLE, moves=MOVES))
    for table, added in ADDED.items():
        for name in added:
            drop_check(table, name)
    for table, checks in REPLACED.items():
        for name, (_, words) in checks.items():
            drop_check(table, name)
            add_check(table, name, f"{name.removesuffix('_is_known')} IN ({words})")
    op.drop_column("order_payments", "is_at_gateway")
    op.drop_column("orders", "paid_at")


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


def some(kind: sa.types.TypeEngine[Any], names: str) -> list[sa.Column[Any]]:
    """Columns of one kind; a name that ends in ``?`` may be absent."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()
    ]


def counts(names: str) -> list[sa.Column[Any]]:
    """Numbers that begin at nothing."""
    return [
        sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        for name in names.split()
    ]


def checks_of(table: str, conditions: Mapping[str, str]) -> list[sa.CheckConstraint]:
    """What holds for each row."""
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def naming(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """A column that names a row of another table."""
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """No two rows have the same of these."""
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """The primary key."""
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def create_attempts() -> None:
    """Attempts at paying."""
    table = "payment_attempts"
    paid_amount = "CASE WHEN status = 'paid' THEN amount_fen ELSE 0 END"
    conditions = {
        "purpose_is_known": "purpose IN ('full', 'deposit', 'balance')",
        "provider_is_known": "provider IN ('wechat_pay', 'free')",
        "status_is_known": "status IN ('created', 'prepaid', 'paid', 'closed')",
        "amount_is_not_negative": "amount_fen >= 0",
        "paid_is_whole": "(status = 'paid') = (paid_at IS NOT NULL)",
        "only_paid_has_a_transaction": "transaction_id IS NULL OR status = 'paid'",
        "prepaid_is_whole": "status <> 'prepaid' OR prepay_id IS NOT NULL",
        "no_more_goes_back_than_came": f"refunding_fen BETWEEN 0 AND {paid_amount}",
        "unapplied_is_of_what_came": f"unapplied_fen BETWEEN 0 AND {paid_amount}"
        " AND (unapplied_fen > 0) = (unapplied_since IS NOT NULL)",
        "only_open_ones_are_asked_about": "ask_at IS NULL OR status IN ('created', 'prepaid')",
    }
    moments = "created_at expires_at prepaid_at? paid_at? ask_at? unapplied_since?"
    words = "purpose number provider merchant_id app_id payer status prepay_id? transaction_id?"
    op.create_table(
        table,
        *some(sa.Uuid(), "id order_id"),
        *some(sa.BigInteger(), "ordinal amount_fen"),
        *some(sa.Text(), words),
        *some(sa.LargeBinary(), "request"),
        *some(sa.DateTime(timezone=True), moments),
        *counts("asked unapplied_fen refunding_fen"),
        *checks_of(table, conditions),
        naming(table, "order_id", "orders"),
        key(table, "id"),
        unique(table, "number"),
        unique(table, "provider", "transaction_id"),
        unique(table, "order_id", "ordinal"),
    )
    op.create_index(
        "uq_payment_attempts_open",
        table,
        ["order_id", "purpose"],
        unique=True,
        postgresql_where=OPEN,
    )
    op.create_index("ix_payment_attempts_ask_at", table, ["ask_at", "id"], postgresql_where=OPEN)
    unapplied = sa.text("unapplied_fen > 0")
    name = "ix_payment_attempts_unapplied"
    op.create_index(name, table, ["unapplied_since"], postgresql_where=unapplied)


def create_notices() -> None:
    """What gateways have told."""
    table = "payment_notices"
    conditions = {
        "provider_is_known": "provider IN ('wechat_pay', 'free')",
        "outcome_is_known": "outcome IN "
        "('applied', 'repeated', 'ignored', 'mismatched', 'unknown')",
    }
    op.create_table(
        table,
        *some(sa.Text(), "provider notice_id event_type number? outcome"),
        *some(sa.DateTime(timezone=True), "received_at"),
        *checks_of(table, conditions),
        key(table, "provider", "notice_id"),
    )
    op.create_index("ix_payment_notices_received_at", table, ["received_at"])


def create_refunds() -> None:
    """Money that goes back."""
    table = "payment_refunds"
    conditions = {
        "reason_is_known": "reason IN ('late_payment', 'duplicate_payment')",
        "status_is_known": "status IN ('created', 'processing', 'succeeded', 'closed', 'abnormal')",
        "it_is_some": "amount_fen > 0",
        "end_is_whole": "(status IN ('succeeded', 'closed')) = (finished_at IS NOT NULL)",
        "done_is_whole": "(status = 'succeeded') = (payer_fen IS NOT NULL)",
        "the_payer_gets_no_more_than_it": "payer_fen BETWEEN 0 AND amount_fen",
    }
    op.create_table(
        table,
        *some(sa.Uuid(), "id attempt_id"),
        *some(sa.BigInteger(), "ordinal amount_fen payer_fen?"),
        *some(sa.Text(), "number reason status gateway_id?"),
        *some(sa.DateTime(timezone=True), "created_at finished_at? ask_at?"),
        *counts("asked"),
        *checks_of(table, conditions),
        naming(table, "attempt_id", "payment_attempts"),
        key(table, "id"),
        unique(table, "number"),
        unique(table, "attempt_id", "ordinal"),
    )
    op.create_index(
        "ix_payment_refunds_ask_at",
        table,
        ["ask_at", "id"],
        postgresql_where=sa.text("status IN ('created', 'processing')"),
    )


def create_clearing() -> None:
    """Where money moved."""
    table = "clearing_entries"
    accounts = "IN ('gateway', 'unapplied', 'orders')"
    conditions = {
        "from_account_is_known": f"from_account {accounts}",
        "to_account_is_known": f"to_account {accounts}",
        "it_moves": "from_account <> to_account",
        "it_is_some": "amount_fen > 0",
    }
    op.create_table(
        table,
        *some(sa.Uuid(), "id attempt_id"),
        *some(sa.Text(), "source from_account to_account"),
        *some(sa.BigInteger(), "amount_fen"),
        *some(sa.DateTime(timezone=True), "recorded_at"),
        *checks_of(table, conditions),
        naming(table, "attempt_id", "payment_attempts"),
        key(table, "id"),
        unique(table, "attempt_id", "source"),
    )
    op.create_index("ix_clearing_entries_recorded_at", table, ["recorded_at"])
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER clearing_entries_are_final BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON clearing_entries FOR EACH STATEMENT EXECUTE FUNCTION clearing_entries_are_final()"
    )
