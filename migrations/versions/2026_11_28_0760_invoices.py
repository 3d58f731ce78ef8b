"""invoices: members ask for the invoice of an order, and what refunds do to it

Deploy: before the release that takes requests. Two tables are new. What was asked for and what was
made refuse to change, but that who it is for can be erased once the request has ended. Members are
told of two kinds of news more; the checks that let the new words through are held for new rows at
once, and for the old ones by the next revision.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "a71d40c8e6b2"
down_revision = "d17a6c0b93e5"
branch_labels = None
depends_on = None

REQUESTS, REFUNDS = "invoice_requests", "invoice_refunds"
KINDS_BEFORE = (
    "'order_paid', 'order_closed', 'payment_refunded', 'order_shipped', 'case_moved', "
    "'order_ready', 'order_fetched'"
)
KINDS_NOW = f"{KINDS_BEFORE}, 'invoice_issued', 'invoice_rejected'"
TOLD = ("inbox_messages", "message_sends")
MADE = "num_nulls(number, issued_on) = 0"
NOTHING_MADE = "num_nonnulls(number, code, issued_on) = 0"
REQUEST_CHECKS = {
    "title_kind_is_known": "title_kind IN ('personal', 'company')",
    "status_is_known": "status IN ('requested', 'issued', 'rejected', 'cancelled')",
    "something_was_paid": "paid_fen > 0",
    "amount_is_of_what_was_paid": "amount_fen BETWEEN 1 AND paid_fen",
    "end_is_whole": "(status = 'requested') = (ended_at IS NULL)",
    "open_says_for_whom": "status <> 'requested' OR sealed IS NOT NULL",
    "no_has_its_reason": "(status = 'rejected') = (reason IS NOT NULL)",
    "issued_is_whole": "(status = 'issued') = (amount_fen IS NOT NULL)"
    f" AND CASE WHEN status = 'issued' THEN {MADE}"
    f" ELSE {NOTHING_MADE} AND document IS NULL END",
}
REFUND_CHECKS = {
    "effect_is_known": "effect IN ('deducted', 'due', 'red_lettered')",
    "it_is_some": "fen > 0",
    "red_letter_is_whole": f"CASE WHEN effect = 'red_lettered' THEN {MADE}"
    " AND num_nulls(made_at, made_by) = 0"
    f" ELSE {NOTHING_MADE} AND num_nonnulls(made_at, made_by) = 0 END",
}
REQUESTS_MOVE = """
CREATE FUNCTION invoice_requests_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := CASE WHEN OLD.status = 'requested' THEN
        ARRAY['status', 'ended_at', 'ended_by', 'reason', 'amount_fen', 'number', 'code',
              'issued_on', 'document']
        ELSE ARRAY['sealed', 'document'] END;
BEGIN
    IF to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'what an invoice was asked for and made as is frozen'
            USING ERRCODE = '23514';
    END IF;
    IF OLD.status <> 'requested' AND (
        (NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed)
        OR (NEW.document IS NOT NULL AND NEW.document IS DISTINCT FROM OLD.document)
    ) THEN
        RAISE EXCEPTION 'of an invoice that has ended it can be erased for whom it is, no more'
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""
REFUNDS_MOVE = """
CREATE FUNCTION invoice_refunds_move_as_drawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['effect', 'number', 'code', 'issued_on', 'made_at', 'made_by'];
BEGIN
    IF (OLD.effect, NEW.effect) NOT IN (('deducted', 'due'), ('due', 'red_lettered'))
        OR to_jsonb(OLD) - movable <> to_jsonb(NEW) - movable THEN
        RAISE EXCEPTION 'invoice_refunds: no move from % to %', OLD.effect, NEW.effect
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    create_requests()
    create_refunds()
    for table, function in ((REQUESTS, REQUESTS_MOVE), (REFUNDS, REFUNDS_MOVE)):
        op.execute(function)
        op.execute(
            f"CREATE TRIGGER {table}_move_as_drawn BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_move_as_drawn()"
        )
    let_through(KINDS_NOW)


def downgrade() -> None:
    let_through(KINDS_BEFORE)
    for table in (REFUNDS, REQUESTS):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION {table}_move_as_drawn()")


def some(kind: sa.types.TypeEngine[Any], names: str) -> list[sa.Column[Any]]:
    """Columns of one kind; a name that ends in ``?`` may be absent."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?")) for name in names.split()
    ]


def around(table: str, conditions: Mapping[str, str], keys: Mapping[str, str]) -> list[Any]:
    """The primary key, what holds for each row, and the rows of others that it names."""
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
            for name, condition in conditions.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
            )
            for column, other in keys.items()
        ),
    ]


def create_requests() -> None:
    """What was asked for, and what was made."""
    op.create_table(
        REQUESTS,
        *some(sa.Uuid(), "id order_id member_id"),
        *some(sa.Text(), "title_kind status ended_by? reason? number? code?"),
        *some(sa.LargeBinary(), "sealed? document?"),
        *some(sa.BigInteger(), "paid_fen amount_fen?"),
        *some(sa.DateTime(timezone=True), "requested_at ended_at?"),
        *some(sa.Date(), "issued_on?"),
        *around(REQUESTS, REQUEST_CHECKS, {"order_id": "orders", "member_id": "members"}),
    )
    op.create_index(
        f"uq_{REQUESTS}_live",
        REQUESTS,
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'issued')"),
    )
    op.create_index(f"ix_{REQUESTS}_order_id_id", REQUESTS, ["order_id", "id"])
    op.create_index(f"ix_{REQUESTS}_member_id", REQUESTS, ["member_id"])
    op.create_index(f"ix_{REQUESTS}_status_id", REQUESTS, ["status", "id"])
    create_indexes_of_made(REQUESTS)


def create_refunds() -> None:
    """What refunds have done to it."""
    op.create_table(
        REFUNDS,
        *some(sa.Uuid(), "id invoice_id refund_id"),
        *some(sa.Text(), "effect number? code? made_by?"),
        *some(sa.BigInteger(), "position fen"),
        *some(sa.DateTime(timezone=True), "recorded_at made_at?"),
        *some(sa.Date(), "issued_on?"),
        *around(REFUNDS, REFUND_CHECKS, {"invoice_id": REQUESTS, "refund_id": "payment_refunds"}),
        *(
            sa.UniqueConstraint("invoice_id", other, name=op.f(f"uq_{REFUNDS}_invoice_id_{other}"))
            for other in ("refund_id", "position")
        ),
    )
    op.create_index(
        f"ix_{REFUNDS}_due", REFUNDS, ["invoice_id"], postgresql_where=sa.text("effect = 'due'")
    )
    create_indexes_of_made(REFUNDS)


def create_indexes_of_made(table: str) -> None:
    """No number is given twice, and what was made in a time is found."""
    op.create_index(
        f"uq_{table}_number",
        table,
        ["number", sa.text("COALESCE(code, '')")],
        unique=True,
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        f"ix_{table}_issued_on",
        table,
        ["issued_on", "id"],
        postgresql_where=sa.text("issued_on IS NOT NULL"),
    )


def let_through(kinds: str) -> None:
    """Hold for new rows that news are of these kinds."""
    for table in TOLD:
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind_is_known"
        )
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind_is_known "
            f"CHECK (kind IN ({kinds})) NOT VALID"
        )
