"""Lists of products: filters, orders, pages, and search by any part of a word."""

from typing import Any

import pytest

from domain.catalog import models
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make
from tests.api.catalog.desk import Desk, titles
from tests.api.client import Api, statements_run

SORTS = ("NEWEST", "PRICE_ASCENDING", "PRICE_DESCENDING")


async def listed(api: Api, sort: str = "NEWEST", **wanted: object) -> list[str]:
    return titles(await Desk(api).see("ProductSearch", filter=wanted, sort=sort, first=100))


async def some_products(database: Database) -> models.Category:
    """Twelve products on three shelves below one, of a few prices, some with the same."""
    async with database.writes.begin() as session:
        top = await make.category(session, title="护肤")
        shelves = [await make.category(session, parent=top) for _ in range(3)]
        for number in range(12):
            await make.product(
                session,
                shelves[number % 3],
                title=f"产品{number:02d}",
                prices_fen=(100 * (number % 4 + 1), 5000),
                minutes_after_noon=number // 2,
            )
    return top


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("in_category", [False, True])
async def test_pages_of_every_order_hold_each_product_once(
    api: Api, database: Database, sort: str, *, in_category: bool
):
    top = await some_products(database)
    wanted = {"categoryId": public_id("category", top.id)} if in_category else None
    seen: list[str] = []
    after = None
    while True:
        page = await Desk(api).see("ProductSearch", filter=wanted, sort=sort, first=5, after=after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    whole = await Desk(api).see("ProductSearch", filter=wanted, sort=sort, first=100)
    assert seen == [edge["node"]["id"] for edge in whole["edges"]]
    assert len(set(seen)) == 12
    prices = [edge["node"]["fromPrice"] for edge in whole["edges"]]
    if sort != "NEWEST":
        assert prices == sorted(prices, reverse=sort == "PRICE_DESCENDING")


async def test_a_cursor_of_another_order_is_bad_input(api: Api, database: Database):
    await some_products(database)
    page = await Desk(api).see("ProductSearch", sort="NEWEST", first=2)
    response = await api.run(
        "miniprogram/ProductSearch",
        sort="PRICE_ASCENDING",
        after=page["pageInfo"]["endCursor"],
    )
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_shelf_shows_what_stands_on_it_and_below_it(api: Api, database: Database):
    async with database.writes.begin() as session:
        top = await make.category(session, title="护肤")
        middle = await make.category(session, title="面部", parent=top)
        bottom = await make.category(session, title="精华", parent=middle)
        for shelf, title in ((top, "上"), (middle, "中"), (bottom, "下")):
            await make.product(session, shelf, title=title)
        await make.product(session, title="别处")
    for shelf, expected in ((top, "上中下"), (middle, "中下"), (bottom, "下")):
        found = await listed(api, categoryId=public_id("category", shelf.id))
        assert sorted(found) == sorted(expected)


async def test_prices_and_tags_narrow_a_list(api: Api, database: Database):
    desk = Desk(api)
    tag = await desk.do("CreateTag", code="SENSITIVE", title={"zh": "敏感肌", "en": "Sensitive"})
    async with database.writes.begin() as session:
        for title, price in (("便宜", 900), ("适中", 9900), ("昂贵", 99900)):
            made = await make.product(session, title=title, prices_fen=(price, price + 1))
            if title != "适中":
                tag_id = make.key_of(tag["tagId"], "tag")
                session.add(models.ProductTag(tag_id=tag_id, product_id=made.id))
    assert await listed(api, "PRICE_ASCENDING", leastPrice=900, mostPrice=9900) == ["便宜", "适中"]
    assert await listed(api, leastPrice=9901) == ["昂贵"]
    assert await listed(api, "PRICE_ASCENDING", tagId=tag["tagId"]) == ["便宜", "昂贵"]
    assert await listed(api, tagId=tag["tagId"], mostPrice=1000) == ["便宜"]
    assert await listed(api, tagId=f"tag_{'0' * 32}") == []


async def test_only_what_an_order_could_have_is_in_stock(api: Api, database: Database):
    async with database.writes.begin() as session:
        place = await make.place(session)
        await make.product(session, title="没有")
        for title, units in (("现货", 1), ("订空", 1)):
            made = await make.product(session, title=title)
            variant = await make.first_variant(session, made.id)
            movements = [Movement(variant, place, Reason.RECEIVED, units, "delivery")]
            if title == "订空":
                movements.append(Movement(variant, place, Reason.HELD, units, "order"))
            await move(session, movements, actor="test", at=make.NOON)
    assert await listed(api, inStockOnly=True) == ["现货"]
    assert len(await listed(api, inStockOnly=False)) == 3


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("山", ["山茶淡香水", "深山冷杉"]),
        ("茶淡", ["山茶淡香水"]),
        ("淡茶", []),
        ("山茶淡香水", ["山茶淡香水"]),
        ("水 山", ["山茶淡香水"]),
        ("CAMELLIA", ["山茶淡香水"]),
        ("mell", ["山茶淡香水"]),
        ("ｅａｕ", ["山茶淡香水", "深山冷杉"]),
        ("camellia 香水", ["山茶淡香水"]),
        ("%", []),
        ("山_", []),
        ("  ", ["山茶淡香水", "深山冷杉"]),
        (None, ["山茶淡香水", "深山冷杉"]),
    ],
)
async def test_a_search_finds_every_part_of_a_name_and_nothing_else(
    api: Api, database: Database, search: str | None, expected: list[str], sort: str
):
    async with database.writes.begin() as session:
        await make.product(session, title="山茶淡香水")
        await make.product(session, title="深山冷杉", title_en="Deep Fir Eau")
    assert sorted(await listed(api, sort, search=search)) == sorted(expected)


@pytest.mark.parametrize("search", ["长" * 51, " ".join("甲乙丙丁戊己庚辛壬")])
async def test_a_search_that_is_too_long_is_bad_input(api: Api, search: str):
    response = await api.run("miniprogram/ProductSearch", filter={"search": search})
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"categoryId": f"category_{'0' * 32}"},
        {"search": "山茶淡", "tagId": f"tag_{'0' * 32}", "leastPrice": 1, "mostPrice": 2},
        {"search": "山茶淡", "categoryId": f"category_{'0' * 32}", "inStockOnly": True},
    ],
)
async def test_every_filter_costs_one_statement(
    api: Api, database: Database, wanted: dict[str, Any]
):
    await some_products(database)
    before = statements_run()
    await Desk(api).see("ProductSearch", filter=wanted)
    assert statements_run() - before == 1
