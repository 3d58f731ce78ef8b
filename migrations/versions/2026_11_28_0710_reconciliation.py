"""reconciliation: the gateway's bills of each day, and what differs from our books

Deploy: before the release that asks for bills. Three tables that nothing reads yet; the indexes
that find what succeeded in a time are built without blocking writers.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.online import build_concurrently, drop_concurrently

revision = "c92f40a7d18e"
down_revision = "c05b7d2e84a9"
branch_labels = None
depends_on = None

DAYS, ROWS, DIFFERENCES = "bill_days", "bill_rows", "reconciliation_differences"
WORDS = {
    "provider_is_known": "provider IN ('wechat_pay', 'free')",
    "bill_is_known": "bill IN ('trades', 'funds')",
}
OPEN = "resolved_at IS NULL"
INDEXES = {
    "ix_payment_attempts_paid_at": "payment_attempts (paid_at) WHERE status = 'paid'",
    "ix_payment_refunds_finished_at": "payment_refunds (finished_at) WHERE status = 'succeeded'",
}


def upgrade() -> None:
    create_days()
    create_rows()
    create_differences()
    build_concurrently(INDEXES)


def downgrade() -> None:
    drop_concurrently(*INDEXES)
    for table in (DIFFERENCES, ROWS, DAYS):
        op.drop_table(table)


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
        for name, condition in {**WORDS, **conditions}.items()
    ]


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    """The primary key."""
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def create_days() -> None:
    """The bills of days."""
    conditions = {
        "status_is_known": "status IN ('waiting', 'taken', 'lost')",
        "taken_is_whole": "(status = 'taken') = (taken_at IS NOT NULL)",
    }
    op.create_table(
        DAYS,
        *some(sa.Text(), "provider bill status problem? digest?"),
        *some(sa.Date(), "day"),
        *some(sa.DateTime(timezone=True), "ask_at taken_at?"),
        *counts("asked payments paid_fen refunds refunded_fen others others_fen fee_millifen"),
        *checks_of(DAYS, conditions),
        key(DAYS, "provider", "bill", "day"),
    )
    waiting = sa.text("status = 'waiting'")
    op.create_index("ix_bill_days_waiting", DAYS, ["ask_at"], postgresql_where=waiting)


def create_rows() -> None:
    """Their lines."""
    conditions = {
        "kind_is_known": "kind IN ('payment', 'refund', 'other')",
        "state_is_known": "state IN ('succeeded', 'processing', 'failed')",
    }
    op.create_table(
        ROWS,
        *some(sa.Text(), "provider bill kind number reference state"),
        *some(sa.Date(), "day"),
        *some(sa.DateTime(timezone=True), "at"),
        *some(sa.BigInteger(), "position amount_fen fee_millifen"),
        *checks_of(ROWS, conditions),
        key(ROWS, "provider", "bill", "day", "position"),
    )
    op.create_index("ix_bill_rows_number", ROWS, ["number", "bill", "kind", "day"])


def create_differences() -> None:
    """What is not the same on both sides."""
    conditions = {
        "subject_is_known": "subject IN ('payment', 'refund')",
        "kind_is_known": "kind IN "
        "('missing_at_gateway', 'missing_here', 'amount_differs', 'state_differs')",
        "resolution_is_known": "resolution IN ('explained', 'by_staff')",
        "resolution_is_whole": "(resolved_at IS NULL) = (resolution IS NULL)"
        " AND (COALESCE(resolution, '') = 'by_staff') = (resolved_by IS NOT NULL)"
        " AND (resolved_by IS NULL) = (resolved_by_name IS NULL)"
        " AND (resolved_by IS NULL) = (reason IS NULL)",
    }
    words = (
        "provider bill subject number kind ours_state? theirs_state? resolution? resolved_by? "
        "resolved_by_name? reason?"
    )
    op.create_table(
        DIFFERENCES,
        *some(sa.Uuid(), "id"),
        *some(sa.Text(), words),
        *some(sa.Date(), "day"),
        *some(sa.BigInteger(), "ours_fen? theirs_fen? fee_millifen?"),
        *some(sa.DateTime(timezone=True), "found_at resolved_at?"),
        *checks_of(DIFFERENCES, conditions),
        key(DIFFERENCES, "id"),
    )
    op.create_index(
        f"uq_{DIFFERENCES}_open",
        DIFFERENCES,
        ["provider", "bill", "subject", "number"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        f"ix_{DIFFERENCES}_open", DIFFERENCES, ["found_at", "id"], postgresql_where=sa.text(OPEN)
    )
    op.create_index(f"ix_{DIFFERENCES}_found_at_id", DIFFERENCES, ["found_at", "id"])
    op.create_index(f"ix_{DIFFERENCES}_number", DIFFERENCES, ["number"])
