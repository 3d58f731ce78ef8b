"""A member's favourites: each product once, only what can be seen, newest first."""

from uuid import UUID

import pytest

from domain.catalog.content import ProductStatus
from domain.catalog.errors import ProductUnavailable
from domain.catalog.models import Product
from domain.catalog.views.structs import Parts, Reading
from domain.favourites import actions
from domain.favourites.errors import TooManyFavourites
from domain.favourites.models import Favourite
from domain.favourites.views import favourites, favourites_among
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.paging import Place
from domain.members.errors import MemberBlocked
from tests import make
from tests.domain.members.people import a_member, at_once, count, later, write
from tests.domain.members.test_profiles import block
from tests.make import NOON

READING = Reading(Language.ZH, NOON, "https://mall.example/media/", Parts())


async def products(database: Database, how_many: int = 1) -> list[UUID]:
    """So many products that can be seen at noon."""
    async with database.writes.begin() as session:
        shelf = await make.category(session)
        return [(await make.product(session, shelf)).id for _ in range(how_many)]


async def add(database: Database, member_id: UUID, product_id: UUID, *, seconds: float = 0) -> None:
    """Like a product, so long after noon."""
    at = later(seconds=seconds)
    await write(
        database, lambda session: actions.add_favourite(session, member_id, product_id, at=at)
    )


async def listed(database: Database, member_id: UUID) -> list[UUID]:
    """The member's favourites in order, by pages of two."""
    found: list[UUID] = []
    after: Place | None = None
    while True:
        page = await favourites(database.reads, READING, member_id, first=2, after=after)
        found += [each.key for each in page.items]
        if not page.has_next:
            return found
        after = page.items[-1].place


async def test_they_are_listed_newest_first_and_by_id_within_a_moment(database: Database):
    member_id = await a_member(database)
    # Ids of one moment are drawn: in order they are what the list is to be held against.
    first, second, third, fourth, fifth = sorted(await products(database, 5))
    for number, key in enumerate((third, first, fifth)):
        await add(database, member_id, key, seconds=number)
    for key in (second, fourth):
        await add(database, member_id, key, seconds=0.000001)
    assert await listed(database, member_id) == [fifth, first, fourth, second, third]


async def test_once_more_changes_nothing_and_removing_is_the_same_each_time(database: Database):
    member_id = await a_member(database)
    first, second = await products(database, 2)
    await add(database, member_id, first)
    await add(database, member_id, second, seconds=1)
    await add(database, member_id, first, seconds=2)
    assert await listed(database, member_id) == [second, first]
    for _ in range(2):
        await write(database, lambda session: actions.remove_favourite(session, member_id, second))
        assert await listed(database, member_id) == [first]
    assert await favourites_among(database.reads, member_id, [first, second]) == {first}


async def test_what_cannot_be_seen_is_refused_like_what_is_not_there(database: Database):
    member_id = await a_member(database)
    async with database.writes.begin() as session:
        hidden = await make.category(session, is_hidden=True)
        unseen = [
            (await make.product(session, status=ProductStatus.DRAFT)).id,
            (await make.product(session, status=ProductStatus.ARCHIVED)).id,
            (await make.product(session, minutes_after_noon=1)).id,
            (await make.product(session, hidden)).id,
        ]
    for key in [*unseen, make.an_id()]:
        with pytest.raises(ProductUnavailable):
            await add(database, member_id, key)
    assert await count(database, Favourite) == 0


async def test_what_cannot_be_seen_any_more_stays_without_its_product(database: Database):
    member_id = await a_member(database)
    first, second = await products(database, 2)
    await add(database, member_id, first)
    await add(database, member_id, second)
    async with database.writes.begin() as session:
        gone = await session.get_one(Product, second)
        gone.status = ProductStatus.ARCHIVED
    page = await favourites(database.reads, READING, member_id, first=20, after=None)
    seen = {each.key: each.product for each in page.items}
    assert seen[second] is None
    assert seen[first] is not None
    await add(database, member_id, second)


async def test_there_are_so_many_at_most_also_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actions, "MOST_FAVOURITES", 3)
    member_id = await a_member(database)
    keys = await products(database, 6)
    await add(database, member_id, keys[0])
    await add(database, member_id, keys[1])

    async def outcome(key: UUID) -> str:
        try:
            await add(database, member_id, key)
        except TooManyFavourites as refused:
            return f"at most {refused.most}"
        return "done"

    assert sorted(await at_once(*(outcome(key) for key in keys[2:]))) == [
        *["at most 3"] * 3,
        "done",
    ]
    assert await count(database, Favourite) == 3
    assert await outcome(keys[0]) == "done"


async def test_a_blocked_member_may_remove_and_not_add(database: Database):
    member_id = await a_member(database)
    first, second = await products(database, 2)
    await add(database, member_id, first)
    await block(database, member_id, told="核实中")
    with pytest.raises(MemberBlocked):
        await add(database, member_id, second)
    await write(database, lambda session: actions.remove_favourite(session, member_id, first))
    assert await count(database, Favourite) == 0
