"""orders: the points that orders and their lines were paid with, and that refunds give back

Deploy: before the release that lets points pay; the one before it writes none, which is what the
columns then say. The checks are looked at by the next revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "f2a6c81d9e35"
down_revision = "e7c3a915d04b"
branch_labels = None
depends_on = None

COLUMNS = (
    ("orders", "points_used"),
    ("order_lines", "points_used"),
    ("order_refund_lines", "points"),
)


def upgrade() -> None:
    for table, name in COLUMNS:
        zero = sa.text("0")
        op.add_column(table, sa.Column(name, sa.BigInteger(), server_default=zero, nullable=False))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_points_are_not_negative "
            f"CHECK ({name} >= 0) NOT VALID"
        )


def downgrade() -> None:
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
