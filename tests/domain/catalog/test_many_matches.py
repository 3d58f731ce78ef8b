"""A search that matches many products: pages like those of a plain filter, in every order."""

from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from domain.catalog.search import searchable, terms_of
from domain.catalog.views import listing
from domain.catalog.views.listing import ProductFilter, ProductSort
from domain.catalog.views.structs import Parts, Reading
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.paging import Place
from tests import make
from tests.make import NOON

READING = Reading(Language.EN, NOON, "", Parts())
PRODUCTS = 2_500
COPIES = """
    INSERT INTO products
    SELECT (jsonb_populate_record(product, jsonb_build_object(
        'id', gen_random_uuid(), 'code', 'COPY-' || number, 'from_price_fen', number,
        'visible_from', product.visible_from - number * interval '1 minute',
        'search_text', case when number % 3 = 0 then $1 else $2 end,
        'search_terms', case when number % 3 = 0 then $3::text[] else $4::text[] end
    ) || case when number % 2 = 0 and number < 2000
        then jsonb_build_object('visible_until',
            product.visible_from - number * interval '1 minute' + interval '1 second')
        else '{}' end)).*
    FROM products product, generate_series(1, $5) number
"""
"""A third has the word. Of the cheaper and newer ones, every second cannot be seen any more."""


ORDERS = {
    ProductSort.NEWEST: "visible_from DESC, id DESC",
    ProductSort.PRICE_ASCENDING: "from_price_fen, id",
    ProductSort.PRICE_DESCENDING: "from_price_fen DESC, id DESC",
}


@pytest.fixture
async def many(database: Database, owner: asyncpg.Connection) -> None:
    async with database.writes.begin() as session:
        await make.product(session, await make.category(session), title="样品")
    texts = [searchable(lines) for lines in (["Serum 精华液", "S-1"], ["Cream 面霜", "S-2"])]
    await owner.execute(COPIES, *texts, *map(terms_of, texts), PRODUCTS)


async def paged(database: Database, wanted: ProductFilter, sort: ProductSort) -> list[UUID]:
    """All products of a search, page by page."""
    keys: list[UUID] = []
    after: Place | None = None
    while True:
        page = await listing.products(
            database.reads, READING, wanted, sort=sort, first=100, after=after
        )
        keys += [product.key for product in page.items]
        if not page.has_next:
            return keys
        last = page.items[-1]
        after = Place(last.place, last.key)


async def filtered(owner: asyncpg.Connection, word: str, order: str, least: int) -> list[UUID]:
    """What a plain look at every product finds."""
    now: datetime = NOON
    rows = await owner.fetch(
        "SELECT id FROM products WHERE status = 'published' AND visible_from <= $1 AND "
        "(visible_until IS NULL OR visible_until > $1) AND position($2 in search_text) > 0 "
        f"AND from_price_fen >= $3 ORDER BY {order}",
        now,
        word,
        least,
    )
    return [row["id"] for row in rows]


@pytest.mark.usefixtures("many")
async def test_its_pages_hold_what_a_plain_filter_finds(
    database: Database, owner: asyncpg.Connection
):
    for sort, order in ORDERS.items():
        # Few match beyond 2,400; of those from 400 most are within reach, from 1,800 beyond it.
        for least in (0, 400, 1_800, 2_400):
            wanted = ProductFilter(words=("serum",), least_price_fen=least)
            expected = await filtered(owner, "serum", order, least)
            assert len(expected) > 10
            assert await paged(database, wanted, sort) == expected
