"""cases: what is over and was not erased is found by an index of its own

Deploy: before the release that erases. The index is built without blocking writers.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "f17b92d6c05e"
down_revision = "a06c7f31e8d9"
branch_labels = None
depends_on = None

INDEX = "ix_cases_erasable"
ERASABLE = "cases (ended_at, id) WHERE ended_at IS NOT NULL AND erased_at IS NULL"


def upgrade() -> None:
    build_concurrently({INDEX: ERASABLE})


def downgrade() -> None:
    drop_concurrently(INDEX)
