"""Lists of products: filtered, sorted, and in pages whose cost does not grow with the mall.

Each sort has an index. A category's list walks the shelves below it, takes the first products of
each and merges them, so that neither a full nor an almost empty shelf is searched for. Tags have
an index of their own, and PostgreSQL chooses by what is rarer. A search is in `searching`.
"""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, join, lateral, select, true
from sqlalchemy.orm import aliased

from domain.catalog import models, searched
from domain.catalog.search import beginnings_of_words
from domain.catalog.views.as_json import page
from domain.catalog.views.products import on_its_shelf, read_products
from domain.catalog.views.searching import from_matches
from domain.catalog.views.shape import (
    ProductSort,
    Shape,
    asked_for,
    in_order,
    is_behind,
    is_on_a_shelf,
    selected,
    shelves,
)
from domain.catalog.views.structs import IsAvailable, Product, Reading
from domain.catalog.views.words import of_search
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.paging import DEFAULT_PAGE, Page, Place, page_of


class ProductFilter(msgspec.Struct, frozen=True):
    """Which products to list; what is None does not matter. Prices are in fen.

    ``words`` are of `domain.catalog.search.words_of`. ``is_available`` is set where only products
    with a variant that can be had are wanted.
    """

    category_id: UUID | None = None
    tag_id: UUID | None = None
    least_price_fen: int | None = None
    most_price_fen: int | None = None
    words: tuple[str, ...] = ()
    is_available: IsAvailable | None = None


_ANY = ProductFilter()


async def products(
    reads: ReadPool,
    reading: Reading,
    wanted: ProductFilter,
    *,
    sort: ProductSort,
    first: int,
    after: Place | None,
) -> Page[Product]:
    """Take the ``first`` products that can be seen and are wanted, behind ``after``."""
    shape = Shape(
        language=reading.language,
        parts=reading.parts,
        sort=sort,
        is_available=wanted.is_available,
        in_category=wanted.category_id is not None,
        with_tag=wanted.tag_id is not None,
        with_least=wanted.least_price_fen is not None,
        with_most=wanted.most_price_fen is not None,
        with_words=bool(wanted.words),
        with_beginnings=bool(wanted.words and beginnings_of_words(wanted.words)),
        after=after is not None,
        rows=first + 1 if first == DEFAULT_PAGE and not after and wanted == _ANY else None,
    )
    found = await read_products(
        reads,
        reading,
        _statement(shape),
        limit=first + 1,
        category_id=wanted.category_id,
        tag_id=wanted.tag_id,
        least=wanted.least_price_fen,
        most=wanted.most_price_fen,
        **(of_search(wanted.words) if wanted.words else {}),
        after_value=_value_of(after, sort) if after else None,
        after_key=after.key if after else None,
        after_place=float(after.value) if after else None,
        after_key_place=float(searched.key_place(after.key.int)) if after else None,
        least_place=_just_beyond(wanted.least_price_fen, -1),
        most_place=_just_beyond(wanted.most_price_fen, 1),
    )
    return page_of(found, first)


def _just_beyond(price_fen: int | None, step: int) -> float | None:
    return None if price_fen is None else float(price_fen + step)


def _value_of(after: Place, sort: ProductSort) -> int | datetime:
    if sort is ProductSort.NEWEST:
        return after.moment
    return after.value


@cache
def _statement(shape: Shape) -> HotRead:
    if shape.with_words:
        return HotRead(page(from_matches(shape)))
    if shape.in_category and not shape.with_tag:
        return HotRead(page(_from_each_shelf(shape)))
    product = models.Product
    statement = selected(shape, product).select_from(on_its_shelf(product))
    statement = statement.where(
        *asked_for(shape, product), *is_behind(shape, product), models.Category.is_visible
    )
    if shape.in_category:
        statement = statement.where(is_on_a_shelf(product))
    return HotRead(page(in_order(statement, shape, product)))


def _from_each_shelf(shape: Shape) -> Select[*tuple[Any, ...]]:
    """The first products of every shelf below the category, merged."""
    below, inner = shelves(), models.Product
    firsts = in_order(
        select(inner).where(
            inner.category_id == below.c.id,
            *asked_for(shape, inner),
            *is_behind(shape, inner),
        ),
        shape,
        inner,
    )
    product = aliased(models.Product, lateral(firsts, "firsts"))
    statement = selected(shape, product).select_from(join(below, on_its_shelf(product), true()))
    return in_order(statement, shape, product)
