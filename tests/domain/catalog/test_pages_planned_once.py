"""Which page says by itself how many products it has, so that PostgreSQL plans it once."""

import re
from collections.abc import Sequence
from typing import cast

import pytest

from domain.catalog.views import listing
from domain.catalog.views.listing import ProductFilter
from domain.catalog.views.shape import ProductSort
from domain.kernel.db import ReadPool
from domain.kernel.paging import DEFAULT_PAGE, Place
from tests.domain.catalog.test_many_matches import READING
from tests.make import an_id

SOME = an_id()


class Noted:
    """Takes a read and finds nothing."""

    def __init__(self) -> None:
        self.sql = ""

    async def rows(self, sql: str, _arguments: Sequence[object]) -> list[tuple[bytes]]:
        self.sql = sql
        return [(b"[]",)]


async def sent(wanted: ProductFilter, first: int, after: Place | None = None) -> str:
    noted = Noted()
    await listing.products(
        cast("ReadPool", noted), READING, wanted, sort=ProductSort.NEWEST, first=first, after=after
    )
    return noted.sql


async def test_the_first_page_of_all_says_how_many_it_has():
    sql = await sent(ProductFilter(), DEFAULT_PAGE)
    assert f"LIMIT {DEFAULT_PAGE + 1}" in sql
    assert "LIMIT $" not in sql


@pytest.mark.parametrize(
    ("wanted", "first", "after"),
    [
        (ProductFilter(), DEFAULT_PAGE + 1, None),
        (ProductFilter(), DEFAULT_PAGE, Place(1, SOME)),
        (ProductFilter(category_id=SOME), DEFAULT_PAGE, None),
        (ProductFilter(tag_id=SOME), DEFAULT_PAGE, None),
        (ProductFilter(least_price_fen=1), DEFAULT_PAGE, None),
        (ProductFilter(most_price_fen=1), DEFAULT_PAGE, None),
        (ProductFilter(words=("香",)), DEFAULT_PAGE, None),
    ],
    ids=["larger", "later", "shelf", "tag", "least", "most", "words"],
)
async def test_any_other_page_is_told_how_many_it_has(
    wanted: ProductFilter, first: int, after: Place | None
):
    sql = await sent(wanted, first, after)
    assert re.search(r"LIMIT (\(SELECT )?\$", sql)
    assert f"LIMIT {first + 1}" not in sql
