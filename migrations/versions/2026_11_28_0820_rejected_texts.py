"""rejected texts: lines are marked as long as money is owed for them

Deploy: before the release that marks them. The column is empty, which the release before this one
leaves so. The check holds for new rows at once, and for the old ones by the last of these
revisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "6f0b3c9e17d4"
down_revision = "82c5d7f0b94e"
branch_labels = None
depends_on = None

NAME = "ck_personalisation_reviews_what_is_owed_was_rejected"


def upgrade() -> None:
    op.add_column("personalisation_reviews", sa.Column("owed_place_id", sa.Uuid(), nullable=True))
    op.execute(
        f"ALTER TABLE personalisation_reviews ADD CONSTRAINT {NAME} "
        "CHECK (owed_place_id IS NULL OR status = 'rejected') NOT VALID"
    )


def downgrade() -> None:
    op.drop_column("personalisation_reviews", "owed_place_id")
