"""sessions by person

Deploy: any time before the release that lists people's own sessions. The index is built without
blocking writers, so it cannot share a transaction. It takes the place of the one on the member
alone: it begins with the member, so the release before, which asks for no more, reads it too.
"""

from alembic import op

from migrations.online import build_concurrently, drop_concurrently

revision = "d4a7c1e95b20"
down_revision = "b6e19f4c7d83"
branch_labels = None
depends_on = None

OWNED = "WHERE member_id IS NOT NULL"


def upgrade() -> None:
    build_concurrently({"ix_sessions_member_id_id": f"sessions (member_id, id) {OWNED}"})
    drop_concurrently("ix_sessions_member_id")


def downgrade() -> None:
    op.execute(f"CREATE INDEX ix_sessions_member_id ON sessions (member_id) {OWNED}")
    op.execute("DROP INDEX ix_sessions_member_id_id")
