"""Conditions of a search: which products have its words, asked of one index or another.

The indexes find the terms; whether the words stand together in a text is looked at then. The
values hide in subqueries, so that PostgreSQL plans for any words and need not plan anew for each:
what it knows of single terms says little of those that make up a word.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    all_,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from domain.catalog import models, searched
from domain.catalog.search import beginnings_of_words, fewest_terms_of_words, terms_of_words


def of_search(words: tuple[str, ...]) -> dict[str, object]:
    """The values of a search."""
    return {
        "terms": fewest_terms_of_words(words),
        "beginnings": beginnings_of_words(words),
        "vector_query": " & ".join(map(_lexeme, terms_of_words(words))),
        "patterns": [f"%{_escaped(word)}%" for word in words],
    }


def has_terms(*, with_beginnings: bool, shelves: Any = None) -> ColumnElement[bool]:
    """Whether a product has all terms of a search, and stands on one of the shelves, if given.

    ``with_beginnings`` says whether the search has `beginnings_of_words`.
    """
    terms = searched.sql(searched.TERMS)
    conditions = [terms.bool_op("@>")(_given("terms", ARRAY(Text)))]
    if with_beginnings:
        conditions.append(terms.bool_op("&&")(_given("beginnings", ARRAY(Text))))
    if shelves is not None:
        ids = select(func.array_agg(cast(shelves.c.id, Text))).scalar_subquery()
        conditions.append(terms.bool_op("&&")(ids))
    return and_(*conditions)


def has_terms_nearby(*, shelves: Any = None) -> ColumnElement[bool]:
    """The same, for the index of an order."""
    query: Any = cast(bindparam("vector_query", type_=Text), TSQUERY)
    if shelves is None:
        wanted = select(query)
    else:
        quoted = func.quote_literal(cast(shelves.c.id, Text))
        some = func.string_agg(quoted, literal_column("' | '"))
        wanted = select(query.op("&&")(cast(some, TSQUERY)))
    return searched.sql(searched.VECTOR).bool_op("@@")(wanted.scalar_subquery())


def has_patterns(product: type[models.Product]) -> ColumnElement[bool]:
    """Whether the words stand in a product's text, which its terms alone cannot tell."""
    # Of a bare subquery ALL would mean its rows.
    patterns = cast(_given("patterns", ARRAY(Text)), ARRAY(Text))
    return product.search_text.like(all_(patterns))


def _given(name: str, type_: Any) -> Any:
    return select(bindparam(name, type_=type_)).scalar_subquery()


def _lexeme(term: str) -> str:
    quoted = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
