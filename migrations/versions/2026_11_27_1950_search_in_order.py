"""indexes that find the first of many matches of a search, in each order

Deploy: any time before the release that searches by them. They hold what the rows have already, so
nothing has to be filled in. The index that the release before searches by stays beside them until a
release after this one. Indexes are built without blocking writers, so they cannot share a
transaction: a retry keeps those that are done. With a hundred thousand products the first alone
took a minute.
"""

from migrations.online import build_concurrently, drop_concurrently

revision = "b6e19f4c7d83"
down_revision = "62d0b8e14f7c"
branch_labels = None
depends_on = None

TERMS = "array_append(search_terms, category_id::text)"
PUBLISHED = "status = 'published'"
SAMPLE = f"{PUBLISHED} AND get_byte(uuid_send(id), 15) < 8"


def point(number: str) -> str:
    """A number as a point on a line that is almost flat."""
    return f"point({number}::float8, {number}::float8 / 1073741824)"


PRICE = point("from_price_fen")
AGE = point("(extract(epoch FROM (visible_from AT TIME ZONE 'UTC')) * 1000000)")
KEY = point("(('x' || left(replace(id::text, '-', ''), 13)))::bit(52)::bigint")
VECTOR = f"array_to_tsvector({TERMS}) tsvector_ops (siglen = 508)"
INDEXES = {
    "ix_products_terms": f"gin ({TERMS})",
    "ix_products_terms_sample": f"gin ({TERMS}) WHERE {SAMPLE}",
    "ix_products_near_price": f"gist ({PRICE}, {KEY}, {VECTOR}) WHERE {PUBLISHED}",
    "ix_products_near_age": f"gist ({AGE}, {KEY}, {VECTOR}) WHERE {PUBLISHED}",
}


def upgrade() -> None:
    build_concurrently({name: f"products USING {on}" for name, on in INDEXES.items()})


def downgrade() -> None:
    drop_concurrently(*reversed(INDEXES))
