"""ready orders: indexes of what is to be made ready, lies ready, and is to be reminded of

Deploy: before the release that lists them. The indexes are built without blocking writers, and each
has what waits alone.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "5d2f80a6c7e1"
down_revision = "b7e4d19c5a02"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_orders_pick_ups_due": (
        "orders (id) WHERE delivery = 'pick_up' AND status = 'paid' AND ready_at IS NULL"
    ),
    "ix_orders_lying_ready": (
        "orders (place_id, ready_at, id) WHERE status = 'paid' AND ready_at IS NOT NULL"
    ),
    "ix_pick_ups_remind_at": "pick_ups (remind_at) WHERE remind_at IS NOT NULL",
}


def upgrade() -> None:
    build_concurrently(INDEXES)


def downgrade() -> None:
    drop_concurrently(*INDEXES)
