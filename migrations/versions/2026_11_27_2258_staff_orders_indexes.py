"""orders: those of a place by their status, for the staff who work there

Deploy: any time after the revision before it, and before the release in which staff find orders.
The index is built without blocking writers.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "8c31f7a0d5e4"
down_revision = "4d9a06e7b2c8"
branch_labels = None
depends_on = None

NAME = "ix_orders_place_id_status_id"


def upgrade() -> None:
    build_concurrently({NAME: "orders (place_id, status, id)"})


def downgrade() -> None:
    drop_concurrently(NAME)
