"""cases: the staff open them for members

Deploy: before the release that does. Cases say who opened them, those that are there that their
members did, and why the shop made an exception; checks hold for new rows at once, and for the old
ones by the next revision.
"""

import sqlalchemy as sa
from alembic import op

revision = "b71d04e8c3f6"
down_revision = "c3a86e1f924b"
branch_labels = None
depends_on = None

CHECKS = {
    "opened_by_is_known": "opened_by IN ('member', 'staff')",
    "exceptions_are_the_shops": "exception IS NULL OR opened_by = 'staff'",
}


def upgrade() -> None:
    op.add_column(
        "cases",
        sa.Column("opened_by", sa.Text(), nullable=False, server_default=sa.text("'member'")),
    )
    op.add_column("cases", sa.Column("exception", sa.Text(), nullable=True))
    for name, condition in CHECKS.items():
        op.execute(
            f"ALTER TABLE cases ADD CONSTRAINT ck_cases_{name} CHECK ({condition}) NOT VALID"
        )


def downgrade() -> None:
    op.drop_column("cases", "exception")
    op.drop_column("cases", "opened_by")
