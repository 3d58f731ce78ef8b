"""member pictures: the checks of the uploads hold for the old rows too

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

revision = "b7e40f92d6a1"
down_revision = "a1d9c7e25f38"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("purpose_is_known", "private_stays_private"):
        op.execute(f"ALTER TABLE uploads VALIDATE CONSTRAINT ck_uploads_{name}")


def downgrade() -> None:
    """Nothing: a check that was looked at stays right."""
