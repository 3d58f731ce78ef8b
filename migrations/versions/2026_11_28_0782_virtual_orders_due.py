"""virtual goods: what is paid for and was not delivered is found by an index of its own

Deploy: before the release that delivers virtual goods. The index is built without blocking writers,
and is empty but for a second.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "c3a86e1f924b"
down_revision = "81d5f3c6e07a"
branch_labels = None
depends_on = None

INDEX = "ix_orders_virtual_due"
DUE = "orders (id) WHERE delivery = 'virtual' AND status = 'paid'"


def upgrade() -> None:
    build_concurrently({INDEX: DUE})


def downgrade() -> None:
    drop_concurrently(INDEX)
