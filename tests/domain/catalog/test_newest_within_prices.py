"""A search of the newest within prices: PostgreSQL takes each way, and all find the same.

Of what is dear, half is in the sample, and of what is cheap nothing: so the sample always takes
matches within cheap prices for rare, however many there are.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from domain.catalog.search import searchable, terms_of
from domain.catalog.views import listing
from domain.catalog.views.listing import ProductFilter
from domain.catalog.views.searching import MOST_MATCHES, MOST_PRODUCTS
from domain.catalog.views.shape import ProductSort
from domain.kernel.db import Database, ReadPool
from tests.domain.catalog.test_many_matches import COPIES, READING, Mall, filtered, mall, paged
from tests.make import NOON

__all__ = ["mall"]

DEAR, CHEAP = 200, MOST_PRODUCTS + 100
CHEAPEST, DEAREST = 50, 1_000
"""Prices, and fifty of what is cheap have each of the lower ones."""
ALL, MOST_OF_ALL, A_FEW, ONE = "all", "most", "dear", "dear-7"
WAYS = {
    "ix_products_terms": "few",
    "ix_products_price": "products within",
    "ix_products_near_price": "matches within",
    "ix_products_near_age_with_price": "walk",
}
EVERY_WAY_ROUND = ["products within", "matches within", "walk"]


class Watched:
    """Reads, and notes which ways PostgreSQL went through the products for the first of them."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self._owner = owner
        self.ways: list[str] = []

    async def rows(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        if not self.ways:
            explained = await self._owner.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments
            )
            indexes = set(_indexes(json.loads(explained)[0]["Plan"]))
            self.ways = [way for index, way in WAYS.items() if index in indexes]
        return await self._owner.fetch(sql, *arguments)


def _indexes(plan: dict[str, Any]) -> Iterator[str]:
    """What was really read: in order, and not all that is within the prices."""
    is_whole = (
        plan["Node Type"] == "Bitmap Index Scan" and plan["Index Name"] != "ix_products_terms"
    )
    if plan["Actual Loops"] and "Index Name" in plan and not is_whole:
        yield plan["Index Name"]
    for below in plan.get("Plans", []):
        yield from _indexes(below)


@pytest.fixture
async def priced(owner: asyncpg.Connection, mall: Mall) -> Mall:
    """A mall with what is dear and older, and what is cheap."""
    copies = [*_copies(mall, DEAR, is_dear=True), *_copies(mall, CHEAP, is_dear=False)]
    await owner.execute(COPIES, json.dumps(copies))
    await owner.execute("VACUUM ANALYZE products")
    return mall


def _copies(mall: Mall, count: int, *, is_dear: bool) -> Iterator[dict[str, object]]:
    for number in range(count):
        said = [ALL]
        if is_dear:
            said += [MOST_OF_ALL, f"{A_FEW}-{number}"]
        elif number < MOST_MATCHES + 50:
            said += [MOST_OF_ALL] + ([A_FEW] if number < 20 else [])
        text = searchable([" ".join(said)])
        since = NOON - timedelta(days=20 if is_dear else 1, seconds=number * 7_919 % 997)
        yield {
            "id": str(UUID(int=number << 80 | is_dear << 70 | (number % 16 if is_dear else 255))),
            "code": f"COPY-{number}-{is_dear}",
            "category_id": str(mall.shelf if number % 2 else mall.other),
            "status": "published",
            "from_price_fen": DEAREST if is_dear else 1 + number // CHEAPEST,
            "visible_from": since.isoformat(),
            "search_text": text,
            "search_terms": terms_of(text),
        }


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("word", "prices", "ways"),
    [
        (ONE, (None, DEAREST), ["few", "products within"]),
        (ALL, (2_000, None), ["products within"]),
        (ALL, (500, 600), ["products within"]),
        (ALL, (None, 2), ["products within"]),
        (ALL, (3, 7), ["products within"]),
        (A_FEW, (None, 900), ["products within", "matches within"]),
        (MOST_OF_ALL, (None, 900), EVERY_WAY_ROUND),
        (ALL, (1, 900), EVERY_WAY_ROUND),
        (ALL, (900, None), ["products within"]),
        (A_FEW, (None, DEAREST), ["products within", "walk"]),
    ],
)
async def test_it_goes_as_the_prices_say_and_finds_what_a_plain_look_does(
    database: Database,
    owner: asyncpg.Connection,
    priced: Mall,
    word: str,
    prices: tuple[int | None, int | None],
    ways: list[str],
    mode: str,
):
    least, most = prices
    wanted = ProductFilter(words=(word,), least_price_fen=least, most_price_fen=most)
    sort, watched = ProductSort.NEWEST, Watched(owner)
    # So few products it would rather read all.
    await owner.execute(f"SET plan_cache_mode = {mode}; SET enable_seqscan = off")
    page = await listing.products(
        cast("ReadPool", watched), READING, wanted, sort=sort, first=20, after=None
    )
    await owner.execute("RESET plan_cache_mode; RESET enable_seqscan")
    assert watched.ways == ways

    expected = await filtered(owner, wanted, priced, "visible_from DESC, id DESC")
    assert [product.key for product in page.items] == expected[:20]
    assert await paged(database, wanted, sort, 100) == expected
    on_shelf = ProductFilter(priced.shelf, None, least, most, (word,))
    expected = await filtered(owner, on_shelf, priced, "visible_from DESC, id DESC")
    assert await paged(database, on_shelf, sort, 100) == expected
