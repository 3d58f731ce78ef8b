"""cases: the key of the cases by which units came holds for the old rows too

Deploy: any time after the revision before it. Writers go on meanwhile.
"""

from alembic import op

revision = "9b3a61d7e5f0"
down_revision = "2c8e4f90d1b7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE case_lines VALIDATE CONSTRAINT fk_case_lines_exchange_id_cases")


def downgrade() -> None:
    """Nothing: a key that was looked at stays right."""
