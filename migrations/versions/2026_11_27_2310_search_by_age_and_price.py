"""an index of searches by age that knows prices

Deploy: any time before the release that searches by it. It is built without blocking writers, so it
cannot share a transaction. It takes the place of the one that knew no prices: it has all that this
had, so the release before, which asks for no more, reads it too. With a hundred thousand products
it took half a minute.
"""

from alembic import op

from migrations.online import build_concurrently, drop_concurrently

revision = "e8a2c5710f94"
down_revision = "8c31f7a0d5e4"
branch_labels = None
depends_on = None


def point(number: str) -> str:
    """A number as a point on a line that is almost flat."""
    return f"point({number}::float8, {number}::float8 / 1073741824)"


AGE = point("(extract(epoch FROM (visible_from AT TIME ZONE 'UTC')) * 1000000)")
KEY = point("(('x' || left(replace(id::text, '-', ''), 13)))::bit(52)::bigint")
PRICE = "point(0::float8, from_price_fen::float8)"
TERMS = "array_append(search_terms, category_id::text)"
VECTOR = f"array_to_tsvector({TERMS}) tsvector_ops (siglen = 508)"
PUBLISHED = "status = 'published'"
BEFORE = "ix_products_near_age"
AFTER = "ix_products_near_age_with_price"


def upgrade() -> None:
    build_concurrently(
        {AFTER: f"products USING gist ({AGE}, {KEY}, {PRICE}, {VECTOR}) WHERE {PUBLISHED}"}
    )
    drop_concurrently(BEFORE)


def downgrade() -> None:
    op.execute(
        f"CREATE INDEX {BEFORE} ON products USING gist ({AGE}, {KEY}, {VECTOR}) WHERE {PUBLISHED}"
    )
    op.execute(f"DROP INDEX {AFTER}")
