"""refunds paid otherwise: the checks hold for the old rows too, and who was paid twice is found

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

from migrations.online import build_concurrently, drop_concurrently

revision = "82c5d7f0b94e"
down_revision = "e1a94b7d30f6"
branch_labels = None
depends_on = None

CHECKS = (
    ("payment_refunds", "status_is_known"),
    ("payment_refunds", "end_is_whole"),
    ("payment_refunds", "otherwise_is_whole"),
    ("payment_refunds", "done_is_whole"),
    ("payment_refunds", "only_those_are_paid_twice"),
    ("clearing_entries", "from_account_is_known"),
    ("clearing_entries", "to_account_is_known"),
)
INDEX = "ix_payment_refunds_late_success_at"


def upgrade() -> None:
    for table, name in CHECKS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    build_concurrently(
        {INDEX: "payment_refunds (late_success_at) WHERE late_success_at IS NOT NULL"}
    )


def downgrade() -> None:
    """Drop the index; a check that was looked at stays right."""
    drop_concurrently(INDEX)
