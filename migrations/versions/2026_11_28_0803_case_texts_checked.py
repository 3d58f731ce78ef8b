"""cases: the check of what was erased holds for the old rows too

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

revision = "a06c7f31e8d9"
down_revision = "5d9e13b7a4c2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE cases VALIDATE CONSTRAINT ck_cases_erased_is_over")


def downgrade() -> None:
    """Nothing: a check that was looked at stays right."""
