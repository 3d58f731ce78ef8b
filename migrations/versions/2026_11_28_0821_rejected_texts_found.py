"""rejected texts: those that money is owed for are found by an index of their own

Deploy: before the release that lists them by it. The index is built without blocking writers, and
has what is owed alone.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "a94d72e5c8b1"
down_revision = "6f0b3c9e17d4"
branch_labels = None
depends_on = None

INDEX = "ix_personalisation_reviews_owed"
OWED = (
    "personalisation_reviews (owed_place_id, order_id, line_number) WHERE owed_place_id IS NOT NULL"
)


def upgrade() -> None:
    build_concurrently({INDEX: OWED})


def downgrade() -> None:
    drop_concurrently(INDEX)
