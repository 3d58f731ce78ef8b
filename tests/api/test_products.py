"""The catalogue through the front door: pages, filters, languages, and what it costs."""

import pytest

from domain.catalog import models
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make
from tests.api.client import Api, statements_run

LIST = "miniprogram/ProductList"
DETAIL = "miniprogram/ProductDetail"


def titles(response: dict[str, dict[str, dict[str, list[dict[str, dict[str, str]]]]]]) -> list[str]:
    return [edge["node"]["title"] for edge in response["data"]["products"]["edges"]]


async def ten_products(database: Database) -> models.Category:
    async with database.writes.begin() as session:
        shelf = await make.category(session)
        for minute in range(10):
            await make.product(session, shelf, title=f"产品{minute}", minutes_after_noon=minute)
    return shelf


async def test_a_list_shows_products_with_variants_and_prices_newest_first(
    api: Api, database: Database
):
    async with database.writes.begin() as session:
        await make.product(session, title="旧款", minutes_after_noon=0)
        await make.product(session, title="新款", prices_fen=(100, 90), minutes_after_noon=1)

    response = await api.run(LIST)

    assert titles(response) == ["新款", "旧款"]
    newest = response["data"]["products"]["edges"][0]["node"]
    assert [variant["price"] for variant in newest["variants"]] == [100, 90]
    assert newest["image"]["url"].startswith("https://mall.example/media/products/")
    assert response["data"]["products"]["pageInfo"]["hasNextPage"] is False


async def test_pages_hold_each_product_once_while_new_ones_arrive(api: Api, database: Database):
    shelf = await ten_products(database)
    seen: list[str] = []
    after = None
    while True:
        response = await api.run(LIST, first=3, after=after)
        seen += titles(response)
        async with database.writes.begin() as session:
            await make.product(session, shelf, title="后来者", minutes_after_noon=60 + len(seen))
        page_info = response["data"]["products"]["pageInfo"]
        after = page_info["endCursor"]
        if not page_info["hasNextPage"]:
            break
    assert seen == [f"产品{minute}" for minute in reversed(range(10))]


async def test_a_page_says_where_it_lies(api: Api, database: Database):
    await ten_products(database)
    text = """query ($after: String) { products(first: 4, after: $after) {
        edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await api.query(text))["data"]["products"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
    }
    second = (await api.query(text, after=cursors[-1]))["data"]["products"]
    assert second["pageInfo"]["hasPreviousPage"] is True
    assert not set(cursors) & {edge["cursor"] for edge in second["edges"]}


async def test_an_empty_mall_has_an_empty_page(api: Api):
    text = "{ products { edges { cursor } pageInfo { hasNextPage startCursor endCursor } } }"
    page = (await api.query(text))["data"]["products"]
    assert page["edges"] == []
    assert page["pageInfo"] == {"hasNextPage": False, "startCursor": None, "endCursor": None}


async def test_a_category_filter_shows_that_category_only(api: Api, database: Database):
    async with database.writes.begin() as session:
        wanted = await make.category(session, title="面霜")
        await make.product(session, wanted, title="面霜一")
        await make.product(session, title="别的")
    response = await api.run(LIST, categoryId=public_id("category", wanted.id))
    assert titles(response) == ["面霜一"]
    other = public_id("category", make.an_id())
    assert titles(await api.run(LIST, categoryId=other)) == []


@pytest.mark.parametrize(
    ("accept_language", "title"),
    [
        (None, "山茶淡香水"),
        ("en-GB,en;q=0.9", "Camellia Eau de Toilette"),
        ("zh-TW", "山茶淡香水"),
        ("fr, en;q=0.5", "Camellia Eau de Toilette"),
        ("fr", "山茶淡香水"),
        ("en;q=0.3, zh;q=0.7", "山茶淡香水"),
        ("en;q=nonsense", "山茶淡香水"),
    ],
)
async def test_names_are_in_the_language_of_the_caller(
    api: Api, database: Database, accept_language: str | None, title: str
):
    async with database.writes.begin() as session:
        await make.product(session)
    headers = {"accept-language": accept_language} if accept_language else {}
    assert titles(await api.run(LIST, headers)) == [title]


async def test_a_product_is_found_by_the_id_that_the_list_gave(api: Api, database: Database):
    async with database.writes.begin() as session:
        await make.product(session, title="山茶淡香水", prices_fen=(15800,))
    listed = (await api.run(LIST))["data"]["products"]["edges"][0]["node"]
    found = (await api.run(DETAIL, id=listed["id"]))["data"]["product"]
    assert found["title"] == "山茶淡香水"
    assert found["category"]["title"] == "香氛"
    assert [variant["price"] for variant in found["variants"]] == [15800]
    assert found["variants"][0]["sku"].startswith("SKU-")


async def test_a_product_that_is_not_there_is_null_and_no_error(api: Api):
    response = await api.run(DETAIL, id=public_id("product", make.an_id()))
    assert response["data"] == {"product": None}
    assert "errors" not in response


@pytest.mark.parametrize(
    "bad_id",
    [
        "",
        "x",
        "product_",
        "product_zz",
        f"category_{'0' * 32}",
        f"product_{'0' * 31}",
        f"product_{'g' * 32}",
        f"product_{'0' * 10}-{'0' * 21}",
        f"product_{'0' * 32}' OR 1=1",
    ],
)
async def test_an_id_of_another_kind_is_bad_input_in_the_callers_language(api: Api, bad_id: str):
    response = await api.run(DETAIL, {"accept-language": "en"}, id=bad_id)
    assert response["data"] == {"product": None}
    error = response["errors"][0]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"] == "The argument id is no id of that kind: product."


@pytest.mark.parametrize(
    "arguments",
    ["first: 0", "first: -1", "first: 101", 'after: "nonsense"', 'after: "oldest_00"',
     'categoryId: "product_00000000000000000000000000000000"'],
)  # fmt: skip
async def test_a_page_that_cannot_be_is_bad_input(api: Api, arguments: str):
    response = await api.query(f"{{ products({arguments}) {{ edges {{ cursor }} }} }}")
    assert response["data"] is None
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize(
    "selection",
    [
        "edges { node { title image { url } } }",
        "edges { node { title category { title } } }",
        "edges { node { variants { price } } }",
        "edges { node { ...all } } pageInfo { endCursor }",
        "pageInfo { hasNextPage }",
    ],
)
async def test_a_list_costs_one_statement_whatever_is_asked_of_its_products(
    api: Api, database: Database, selection: str
):
    await ten_products(database)
    fragment = "fragment all on Product { ... on Node { id } category { id } variants { price } }"
    text = f"{{ products {{ {selection} }} }}"
    before = statements_run()
    response = await api.query(f"{text} {fragment}" if "...all" in text else text)
    assert "errors" not in response
    assert statements_run() - before == 1


async def test_a_detail_costs_one_statement(api: Api, database: Database):
    async with database.writes.begin() as session:
        product = await make.product(session)
    before = statements_run()
    await api.run(DETAIL, id=public_id("product", product.id))
    assert statements_run() - before == 1


async def test_a_variant_is_in_stock_while_a_unit_can_be_had_at_any_place(
    api: Api, database: Database
):
    async with database.writes.begin() as session:
        places = [await make.place(session, code=code) for code in ("WH-1", "ST-1")]
        variants = await make.variants(session, 4)
        movements = [
            (variants[0], places[0], Reason.RECEIVED, 1),
            (variants[1], places[0], Reason.RECEIVED, 2),
            (variants[1], places[0], Reason.HELD, 2),
            (variants[2], places[0], Reason.RECEIVED, 1),
            (variants[2], places[0], Reason.HELD, 1),
            (variants[2], places[1], Reason.RECEIVED, 1),
        ]
        await move(
            session, [Movement(*each, "some") for each in movements], actor="test", at=make.NOON
        )
    before = statements_run()
    response = await api.query("{ products { edges { node { variants { id isInStock } } } } }")
    assert statements_run() - before == 1
    (edge,) = response["data"]["products"]["edges"]
    found = {each["id"]: each["isInStock"] for each in edge["node"]["variants"]}
    expected = zip(variants, (True, False, True, False), strict=True)
    assert found == {public_id("variant", variant): is_in for variant, is_in in expected}
