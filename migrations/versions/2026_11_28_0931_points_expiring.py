"""messages: one kind that is about points and names no order

Deploy: before the release that tells of points that expire. Checks let more through for new rows at
once, and are looked at for the old ones by the next revision. No API and no worker of the release
before may run any more when the first such message is told: they fail over a kind that they do not
know.
"""

from alembic import op

revision = "5d2b91e7f0c4"
down_revision = "c80b5e913f2d"
branch_labels = None
depends_on = None

KINDS_BEFORE = (
    "'order_paid', 'order_closed', 'payment_refunded', 'order_shipped', 'case_moved', "
    "'order_ready', 'order_fetched', 'invoice_issued', 'invoice_rejected', 'order_delivered'"
)
KINDS_NOW = f"{KINDS_BEFORE}, 'points_expiring'"
TABLES = ("inbox_messages", "message_sends")


def upgrade() -> None:
    for table in TABLES:
        replace_check(table, f"kind IN ({KINDS_NOW})")
    # Whoever fails over none fails over the kind that has none already.
    op.execute(
        "-- squawk-ignore ban-drop-not-null\n"
        "ALTER TABLE inbox_messages ALTER COLUMN order_id DROP NOT NULL"
    )
    op.execute(
        "ALTER TABLE inbox_messages ADD CONSTRAINT ck_inbox_messages_all_but_points_name_orders "
        "CHECK ((kind = 'points_expiring') = (order_id IS NULL)) NOT VALID"
    )


def downgrade() -> None:
    op.execute("DELETE FROM inbox_messages WHERE kind = 'points_expiring'")
    op.execute(
        "ALTER TABLE inbox_messages DROP CONSTRAINT ck_inbox_messages_all_but_points_name_orders"
    )
    op.execute("ALTER TABLE inbox_messages ALTER COLUMN order_id SET NOT NULL")
    for table in TABLES:
        replace_check(table, f"kind IN ({KINDS_BEFORE})")


def replace_check(table: str, condition: str) -> None:
    """Hold a check for new rows in the place of the one before."""
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_kind_is_known"
    )
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_kind_is_known CHECK ({condition}) NOT VALID"
    )
