"""owed places: the key holds for the old rows too

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

revision = "c5e0a82d6f17"
down_revision = "3b7c1f94e2a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE personalisation_reviews "
        "VALIDATE CONSTRAINT fk_personalisation_reviews_owed_place_id_places"
    )


def downgrade() -> None:
    """Nothing: a key that was looked at stays right."""
