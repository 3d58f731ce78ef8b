"""Favourites over HTTP, by the mini-program's documents."""

from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from domain.catalog.content import ProductStatus
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.client import AS_STAFF, DOCUMENT_IDS, Api, statements_run
from tests.api.members.sending import Headers, run
from tests.api.oauth.desk import as_member
from tests.domain.favourites.test_favourites import products


@pytest.fixture
async def me(api: Api, database: Database, redis: Redis) -> Headers:
    """A member who is signed in."""
    return await as_member(api, database)


def named(product_id: UUID) -> str:
    """A product's public id."""
    return public_id("product", product_id)


async def listed(api: Api, headers: Headers, **variables: object) -> Any:
    """The caller's favourites."""
    return (await api.run("miniprogram/FavouriteList", headers, **variables))["data"]["favourites"]


async def test_a_product_is_added_shown_and_removed_and_each_again_is_the_same(
    api: Api, database: Database, me: Headers
):
    (key,) = await products(database)
    for _ in range(2):
        saved = await run(api, "AddFavourite", me, productId=named(key))
        assert saved == {
            "__typename": "FavouriteSaved",
            "productId": named(key),
            "isFavourite": True,
        }
    (edge,) = (await listed(api, me))["edges"]
    assert edge["node"]["productId"] == edge["node"]["product"]["id"] == named(key)
    assert edge["node"]["product"]["title"] == "山茶淡香水"
    for _ in range(2):
        saved = await run(api, "RemoveFavourite", me, productId=named(key))
        assert (saved["productId"], saved["isFavourite"]) == (named(key), False)
    assert (await listed(api, me))["edges"] == []


async def test_they_are_read_page_by_page_in_two_statements_each(
    api: Api, database: Database, me: Headers
):
    keys = await products(database, 5)
    for key in keys:
        await run(api, "AddFavourite", me, productId=named(key))
    found: list[str] = []
    after = None
    while True:
        before = statements_run()
        page = await listed(api, me, first=2, after=after)
        assert statements_run() == before + 2
        found += [edge["node"]["product"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [named(key) for key in reversed(keys)]


async def test_a_product_that_cannot_be_seen_is_to_the_byte_one_that_is_not_there(
    api: Api, database: Database, me: Headers
):
    async with database.writes.begin() as session:
        draft = (await make.product(session, status=ProductStatus.DRAFT)).id
    for headers in (me, AS_STAFF, {}):
        told = [
            (
                await api.post(
                    {
                        "documentId": DOCUMENT_IDS["miniprogram/AddFavourite"],
                        "variables": {"input": {"productId": named(key)}},
                    },
                    headers,
                )
            ).content
            for key in (draft, make.an_id())
        ]
        assert told[0] == told[1]
    refused = await run(api, "AddFavourite", me, productId=named(draft))
    assert refused["__typename"] == "ProductUnavailable"


async def test_what_is_hidden_later_is_told_by_its_id_alone(
    api: Api, database: Database, me: Headers
):
    (key,) = await products(database)
    await run(api, "AddFavourite", me, productId=named(key))
    async with database.writes.begin() as session:
        product = await session.get_one(make.models.Product, key)
        product.status = ProductStatus.ARCHIVED
    (edge,) = (await listed(api, me))["edges"]
    assert (edge["node"]["productId"], edge["node"]["product"]) == (named(key), None)


async def test_favourites_are_those_of_who_asks_alone(api: Api, database: Database, me: Headers):
    (key,) = await products(database)
    await run(api, "AddFavourite", me, productId=named(key))
    other = await as_member(api, database)
    assert (await listed(api, other))["edges"] == []
    await run(api, "RemoveFavourite", other, productId=named(key))
    assert len((await listed(api, me))["edges"]) == 1
    for nobody, code in (({}, "UNAUTHENTICATED"), (AS_STAFF, "FORBIDDEN")):
        (error,) = (await api.run("miniprogram/FavouriteList", nobody))["errors"]
        assert error["extensions"]["code"] == code


async def test_a_list_of_products_is_marked_in_one_statement(
    api: Api, database: Database, me: Headers
):
    keys = await products(database, 4)
    for key in (keys[3], keys[1]):
        await run(api, "AddFavourite", me, productId=named(key))
    ids = [named(key) for key in [*keys, make.an_id()]]
    before = statements_run()
    answer = await api.run("miniprogram/FavouritesAmong", me, productIds=ids)
    assert statements_run() == before + 1
    assert answer["data"]["favouritesAmong"] == [ids[1], ids[3]]
    other = await as_member(api, database)
    answer = await api.run("miniprogram/FavouritesAmong", other, productIds=ids)
    assert answer["data"]["favouritesAmong"] == []
    for wrong in ([named(make.an_id()) for _ in range(101)], ["product_x"]):
        (error,) = (await api.run("miniprogram/FavouritesAmong", me, productIds=wrong))["errors"]
        assert error["extensions"]["code"] == "BAD_INPUT"
