"""What the indexes of searches hold, as SQL that the tables and the statements share.

A GIN index finds what has given terms, and the same of one product in thirty-two tells beforehand
whether that is much. For where it is, a GiST index for each order holds products as points on a
line, in order, with their terms: PostgreSQL walks it from the nearest point on, and passes by
whole parts of the line that lack a term. So the first of many matches are found without the rest.
The one for the order of age knows the prices as well, and passes by what is not within them.
"""

from typing import Any

from sqlalchemy import Index, literal_column, text
from sqlalchemy.types import NullType

TERMS = "array_append(search_terms, category_id::text)"
"""The terms of a product and its shelf, which is asked for in the same way."""
IN_SAMPLE = "get_byte(uuid_send(id), 15) < 8"
"""One product in thirty-two, whichever; the last byte of an id is random."""
VECTOR = f"array_to_tsvector({TERMS})"
FAR = 2**52
"""A whole number that is behind all times; up to twice as much a float still tells each."""

_IS_PUBLISHED = "status = 'published'"
FLAT = 2**30


def place(number: Any) -> str:
    """A number, in SQL, as a point.

    The points lie on a line that is almost flat. Being straight it keeps their order, and being
    flat, the distance of two is the difference of their numbers, to the last bit. It may not be
    quite flat: GiST tells what is near by the area of boxes.
    """
    return f"point({number}::float8, {number}::float8 / {FLAT})"


PRICE = place("from_price_fen")
PRICE_BESIDE = "point(0::float8, from_price_fen::float8)"
"""The price where it is not the order: another point, lest PostgreSQL look there for the order."""
AGE = place("(extract(epoch FROM (visible_from AT TIME ZONE 'UTC')) * 1000000)")
KEY = place("(('x' || left(replace(id::text, '-', ''), 13)))::bit(52)::bigint")
"""The beginning of the id: products that began in the same millisecond are together."""


def key_place(key: int) -> int:
    """The number of `KEY` for an id."""
    return key >> (128 - 52)


def indexes() -> tuple[Index, ...]:
    """The indexes of searches, for the table of products."""
    published = text(_IS_PUBLISHED)
    sample = text(f"{_IS_PUBLISHED} AND {IN_SAMPLE}")
    terms = text(TERMS)
    return (
        Index("ix_products_terms", terms, postgresql_using="gin"),
        Index("ix_products_terms_sample", terms, postgresql_using="gin", postgresql_where=sample),
        *(
            Index(
                name,
                *(text(point) for point in points),
                sql(VECTOR).label("vector"),
                postgresql_using="gist",
                postgresql_ops={"vector": "tsvector_ops (siglen = 508)"},
                postgresql_where=published,
            )
            for name, points in (
                ("ix_products_near_price", (PRICE, KEY)),
                ("ix_products_near_age_with_price", (AGE, KEY, PRICE_BESIDE)),
            )
        ),
    )


def sql(expression: str) -> Any:
    """One of these for a statement that reads products alone, under no other name."""
    return literal_column(expression, NullType())
