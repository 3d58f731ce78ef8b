"""sessions by person

Deploy: any time before the release that lists people's own sessions. The index is built without
blocking writers, so it cannot share a transaction: a build that is interrupted leaves an invalid
index, which a retry drops first. It takes the place of the one on the member alone.
"""

from alembic import op

revision = "d4a7c1e95b20"
down_revision = "c07f2a5d8e94"
branch_labels = None
depends_on = None

OWNED = "WHERE member_id IS NOT NULL"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_sessions_member_id_id")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_sessions_member_id_id "
            f"ON sessions (member_id, id) {OWNED}"
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_sessions_member_id")


def downgrade() -> None:
    op.execute(f"CREATE INDEX ix_sessions_member_id ON sessions (member_id) {OWNED}")
    op.execute("DROP INDEX ix_sessions_member_id_id")
