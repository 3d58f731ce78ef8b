"""outbox: the oldest fact of a thing is found by an index that nothing else stands in for

Deploy: before the release that finds it so. The index is built without blocking writers, and the
one before it goes then; the release before this one finds facts by their unique number meanwhile.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "f04d7a91be26"
down_revision = "b7e41d90c3a6"
branch_labels = None
depends_on = None

BEFORE, NOW = "ix_outbox_undone", "ix_outbox_oldest"
COLUMNS = "outbox (aggregate_id, sequence)"


def upgrade() -> None:
    build_concurrently({NOW: f"{COLUMNS} WHERE COALESCE(done_at, failed_at) IS NULL"})
    drop_concurrently(BEFORE)


def downgrade() -> None:
    build_concurrently({BEFORE: f"{COLUMNS} WHERE done_at IS NULL AND failed_at IS NULL"})
    drop_concurrently(NOW)
