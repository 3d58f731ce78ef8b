"""the index of search terms without shelves goes

Deploy: after the release that searches by the indexes of the revision before; the one before it
reads this index.
"""

from alembic import op

revision = "c07f2a5d8e94"
down_revision = "b6e19f4c7d83"
branch_labels = None
depends_on = None

NAME = "ix_products_search_terms"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON products USING gin (search_terms)")
