"""shipping duties: what WeChat has to be told of each payment, and how far that has come

Deploy: before the release that tells WeChat. One table that nothing reads yet; what was paid for
before is in it from the beginning, in one statement, and what of it was sent is told by the
workers of that release.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "d17a6c0b93e5"
down_revision = "0b6f94d1c2e7"
branch_labels = None
depends_on = None

DUTIES = "shipping_duties"
STATUSES = "waiting_for_shipment due accepted corrected failed handled_elsewhere exempt"
STATES = "to_ship shipped confirmed completed refunded settling"
REPORTS = "due accepted failed"
SENT = "'partly_shipped', 'shipped', 'received'"
BACKFILL = f"""
    INSERT INTO {DUTIES} (attempt_id, order_id, amount_fen, paid_at, due_at, status, try_at)
    SELECT attempt.id, attempt.order_id, attempt.amount_fen, attempt.paid_at,
           attempt.paid_at + INTERVAL '48 hours',
           CASE WHEN o.status IN ({SENT}) THEN 'due' ELSE 'waiting_for_shipment' END,
           CASE WHEN o.status IN ({SENT}) THEN now() END
    FROM payment_attempts attempt
    JOIN orders o ON o.id = attempt.order_id
    WHERE attempt.provider = 'wechat_pay' AND attempt.status = 'paid' AND attempt.amount_fen > 0
      AND EXISTS (SELECT FROM clearing_entries entry
                  WHERE entry.attempt_id = attempt.id AND entry.source = 'applied')
"""  # noqa: S608 - the words above and nothing else


def upgrade() -> None:
    create_duties()
    create_indexes()
    op.execute(BACKFILL)


def downgrade() -> None:
    op.drop_table(DUTIES)


def known(column: str, words: str) -> tuple[str, str]:
    """The column has one of the words, where it has any."""
    listed = ", ".join(f"'{word}'" for word in words.split())
    return f"{column}_is_known", f"{column} IN ({listed})"


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


def create_duties() -> None:
    """The table with what holds for each row."""
    conditions = dict(
        [
            known("status", STATUSES),
            known("platform_state", STATES),
            known("report_status", REPORTS),
            ("returned_is_of_it", "amount_fen > 0 AND returned_fen BETWEEN 0 AND amount_fen"),
            ("one_correction", "corrections BETWEEN 0 AND 1"),
            ("told_is_whole", "(told IS NULL) = (told_at IS NULL)"),
            ("accepted_is_told", "status NOT IN ('accepted', 'corrected') OR told IS NOT NULL"),
            ("due_is_tried", "status <> 'due' OR try_at IS NOT NULL"),
            ("failed_has_a_problem", "status <> 'failed' OR problem IS NOT NULL"),
            ("handled_is_whole", "(status = 'handled_elsewhere') = (handled_at IS NOT NULL)"),
            ("report_has_its_day", "(report_status IS NULL) = (report_until IS NULL)"),
        ]
    )
    moments = "paid_at due_at try_at? upload_at? told_at? freed_at? report_until? handled_at?"
    op.create_table(
        DUTIES,
        *some(sa.Uuid(), "attempt_id order_id"),
        *some(sa.BigInteger(), "amount_fen"),
        *counts("returned_fen changes turn tries corrections"),
        *some(sa.DateTime(timezone=True), moments),
        *some(sa.Text(), "status problem? platform_state? report_status?"),
        sa.Column("is_uncertain", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("told", JSONB(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{DUTIES}_{name}"))
            for name, condition in conditions.items()
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["payment_attempts.id"],
            name=op.f(f"fk_{DUTIES}_attempt_id_payment_attempts"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f(f"fk_{DUTIES}_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f(f"pk_{DUTIES}")),
    )


def create_indexes() -> None:
    """What is due, what staff list, and what is frozen."""
    partial = {
        "try_at": (["try_at", "attempt_id"], "try_at IS NOT NULL"),
        "due_at": (["due_at", "attempt_id"], None),
        "open": (["due_at", "attempt_id"], "status IN ('waiting_for_shipment', 'due', 'failed')"),
        "frozen": (["paid_at"], "freed_at IS NULL AND status <> 'exempt'"),
        "order_id": (["order_id"], None),
    }
    for name, (columns, where) in partial.items():
        condition = sa.text(where) if where else None
        op.create_index(f"ix_{DUTIES}_{name}", DUTIES, columns, postgresql_where=condition)
