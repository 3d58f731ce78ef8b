"""owed places: where money is owed for a rejected text is a place that there is

Deploy: before or after the release that names it, which writes as the one before. The key holds for
new rows at once, and for the old ones by the next revision; who writes orders waits for a moment.
"""

from alembic import op

revision = "3b7c1f94e2a8"
down_revision = "c41f86e2d7b9"
branch_labels = None
depends_on = None

NAME = "fk_personalisation_reviews_owed_place_id_places"


def upgrade() -> None:
    op.execute(
        f"ALTER TABLE personalisation_reviews ADD CONSTRAINT {NAME} "
        "FOREIGN KEY (owed_place_id) REFERENCES places (id) NOT VALID"
    )


def downgrade() -> None:
    op.execute(f"ALTER TABLE personalisation_reviews DROP CONSTRAINT {NAME}")
