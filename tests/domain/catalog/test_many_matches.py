"""A search that matches many products: pages like those of a plain filter, in every order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

import asyncpg
import pytest

from domain.catalog.search import searchable, terms_of
from domain.catalog.views import listing
from domain.catalog.views.listing import ProductFilter
from domain.catalog.views.shape import ProductSort
from domain.catalog.views.structs import Parts, Product, Reading
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.money import LARGEST_FEN
from domain.kernel.paging import Place
from tests import make
from tests.make import NOON

READING = Reading(Language.EN, NOON, "", Parts())
PRODUCTS = 2_000
COMMON, LATE = ("精华", "serum"), ("dear", "礼盒")
SEARCHES = (
    ("精华",),
    ("serum",),
    ("精华", "serum"),
    ("dear",),
    ("礼盒", "精"),
    ("yg",),
    ("r", "yg-0"),
    ("yg-000013",),
    ("yg-0012", "cream"),
    ("无此商品",),
)
COPIES = """
    INSERT INTO products
    SELECT (jsonb_populate_record(product, copy)).*
    FROM products product, jsonb_array_elements($1::jsonb) copy
"""
ORDERS = {
    ProductSort.NEWEST: "visible_from DESC, id DESC",
    ProductSort.PRICE_ASCENDING: "from_price_fen, id",
    ProductSort.PRICE_DESCENDING: "from_price_fen DESC, id DESC",
}


@dataclass(frozen=True, slots=True)
class Mall:
    """A shelf with one below it, another one, and a hidden one."""

    shelf: UUID
    below: UUID
    other: UUID
    hidden: UUID


@pytest.fixture
async def mall(database: Database) -> Mall:
    async with database.writes.begin() as session:
        shelf, other = await make.category(session), await make.category(session)
        below = await make.category(session, parent=shelf)
        hidden = await make.category(session, is_hidden=True)
        await make.product(session, other, title="样品")
    return Mall(shelf.id, below.id, other.id, hidden.id)


def copies(random: Random, mall: Mall) -> Iterator[dict[str, object]]:
    """Products of few prices, moments and milliseconds of birth, so that many are equal in each.

    Every fifth cannot be seen, for one reason or another; what is dear or old has words of its own.
    """
    for number in range(PRODUCTS):
        price, day = random.randrange(1, 30), random.randrange(20)
        said = [random.choice(("面霜", "cream")), f"yg-{number:06d}"]
        said += [word for word in COMMON if random.random() < 0.4]
        said += LATE if price > 26 or day > 18 else []
        since = NOON - timedelta(days=day)
        text = searchable([" ".join(said)])
        birth = random.randrange(2**44, 2**44 + 50)
        copy: dict[str, object] = {
            "id": str(UUID(int=birth << 80 | random.getrandbits(80))),
            "code": f"COPY-{number}",
            "category_id": str(random.choice([mall.shelf, mall.below, mall.other])),
            "status": "published",
            "from_price_fen": price,
            "visible_from": since.isoformat(),
            "search_text": text,
            "search_terms": terms_of(text),
        }
        yield copy if random.random() < 0.8 else copy | random.choice(unseen(mall))


def unseen(mall: Mall) -> list[dict[str, object]]:
    """Why a product cannot be seen."""
    return [
        {"status": "archived"},
        {"category_id": str(mall.hidden)},
        {"visible_from": (NOON + timedelta(minutes=1)).isoformat()},
        {"visible_from": "2026-01-01", "visible_until": NOON.isoformat()},
    ]


async def paged(
    database: Database, wanted: ProductFilter, sort: ProductSort, first: int
) -> list[UUID]:
    """All products of a search, page by page, of which the one behind the last is empty."""
    keys: list[UUID] = []
    after: Place | None = None
    while True:
        page = await listing.products(
            database.reads, READING, wanted, sort=sort, first=first, after=after
        )
        keys += [product.key for product in page.items]
        if not page.items:
            return keys
        last = page.items[-1]
        after = Place(last.place, last.key)
        assert page.has_next or not await behind(database, wanted, sort, after)
        if not page.has_next:
            return keys


async def behind(
    database: Database, wanted: ProductFilter, sort: ProductSort, after: Place
) -> list[Product]:
    """The first products behind a place."""
    page = await listing.products(database.reads, READING, wanted, sort=sort, first=20, after=after)
    return page.items


async def filtered(
    owner: asyncpg.Connection, wanted: ProductFilter, mall: Mall, order: str
) -> list[UUID]:
    """What a plain look at every product finds."""
    shelves = [mall.shelf, mall.below] + ([] if wanted.category_id else [mall.other])
    rows = await owner.fetch(
        "SELECT id FROM products WHERE status = 'published' AND visible_from <= $1 AND "
        "(visible_until IS NULL OR visible_until > $1) AND from_price_fen BETWEEN $3 AND $5 AND "
        "(SELECT bool_and(position(word in search_text) > 0) FROM unnest($2::text[]) word) AND "
        f"category_id = ANY ($4) ORDER BY {order}",
        NOON,
        list(wanted.words),
        wanted.least_price_fen or 0,
        shelves,
        LARGEST_FEN if wanted.most_price_fen is None else wanted.most_price_fen,
    )
    return [row["id"] for row in rows]


@pytest.mark.parametrize("seed", [1, 2])
async def test_its_pages_hold_what_a_plain_filter_finds(
    database: Database, owner: asyncpg.Connection, mall: Mall, seed: int
):
    random = Random(seed)
    await owner.execute(COPIES, json.dumps(list(copies(random, mall))))
    await owner.execute("ANALYZE products")
    sizes: set[int] = set()
    for words in SEARCHES:
        for sort, order in ORDERS.items():
            wanted = ProductFilter(
                words=words,
                category_id=random.choice([None, mall.shelf]),
                least_price_fen=random.choice([None, None, 0, 15, 28, 40]),
                most_price_fen=random.choice([None, None, 0, 3, 20, LARGEST_FEN]),
            )
            expected = await filtered(owner, wanted, mall, order)
            assert await paged(database, wanted, sort, random.choice([23, 100])) == expected
            sizes.add(len(expected))
    # Of some there is nothing, of some a page, and of some more than are ever gathered.
    assert min(sizes) == 0
    assert max(sizes) > 500
    assert any(0 < size < 100 for size in sizes)
