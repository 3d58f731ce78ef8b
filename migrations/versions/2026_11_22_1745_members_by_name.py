"""the index that finds members by name, and the checks of what is new of a member

Deploy: any time after the columns. The index is built without blocking writers, so it cannot share
a transaction: a build that is interrupted leaves an invalid index, which a retry drops first.
"""

from alembic import op

revision = "f0c38a6e7d14"
down_revision = "e4b71d95c2a8"
branch_labels = None
depends_on = None

INDEX = "ix_members_name_id"
CHECKS = ("block_is_whole", "block_reason_is_given", "language_is_known")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX} ON members (name, id)")
    for name in CHECKS:
        op.execute(f"ALTER TABLE members VALIDATE CONSTRAINT ck_members_{name}")


def downgrade() -> None:
    op.drop_index(INDEX)
