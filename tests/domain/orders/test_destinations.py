"""Where a quote goes: the address that is named, or the default one, and nobody else's."""

from uuid import UUID

import pytest

from domain.addresses.views import delivery_address
from domain.kernel.db import Database
from domain.orders.quoting import Obstacle, Quote, Wanted, quote
from domain.orders.words import DeliveryMethod
from tests.domain.addresses import homes
from tests.domain.orders.buying import a_buyer, a_shop, in_cart
from tests.make import NOON, an_id


async def quoted(
    database: Database,
    member_id: UUID,
    address_id: UUID | None = None,
    delivery: DeliveryMethod = DeliveryMethod.DELIVERY,
) -> Quote:
    """A quote of what the member has selected, in two statements."""
    return await quote(database.reads, Wanted(member_id, None, delivery, address_id), at=NOON)


async def test_a_quote_goes_to_the_address_that_is_named_or_to_the_default_one(database: Database):
    shop, member = await a_shop(database), await a_buyer(database)
    second = await homes.add(database, member, phone="010-62345678")
    await in_cart(database, member, shop.variants[0])
    (default,) = await homes.defaults(database, member)
    for named, expected in [(None, default), (second, second), (default, default)]:
        told = await quoted(database, member, named)
        assert told.destination is not None
        assert told.destination.place_id == shop.place_id
        address = await delivery_address(database.reads, member, named)
        assert told.destination.address == address
        assert address is not None
        assert address.id == expected
        assert told.seen is not None
        assert told.seen.address_id == expected


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
async def test_an_address_that_is_not_the_members_own_is_none(database: Database, whose: str):
    shop, member = await a_shop(database), await a_buyer(database)
    (other,) = await homes.defaults(database, await a_buyer(database))
    await in_cart(database, member, shop.variants[0])
    told = await quoted(database, member, an_id() if whose == "nobody's" else other)
    assert (told.destination, told.price, told.seen) == (None, None, None)
    assert [each.obstacle for each in told.problems] == [Obstacle.NO_ADDRESS]


async def test_what_is_not_delivered_needs_no_address(database: Database):
    shop, member = await a_shop(database), await a_buyer(database)
    await in_cart(database, member, shop.variants[0])
    told = await quoted(database, member, delivery=DeliveryMethod.VIRTUAL)
    assert told.destination is not None
    assert (told.destination.place_id, told.destination.address) == (shop.place_id, None)
    store = await quoted(database, member, delivery=DeliveryMethod.PICK_UP)
    assert [each.obstacle for each in store.problems if each.line_id is None] == [
        Obstacle.NO_PICK_UP
    ]


async def test_without_a_warehouse_nothing_can_be_delivered(database: Database):
    told = await quoted(database, await a_buyer(database))
    assert told.destination is None
    assert Obstacle.NO_ADDRESS in {each.obstacle for each in told.problems}
