"""What operators do to offers: in turns, told in the trail, and never below what is taken."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.catalog.content import PersonalisationField
from domain.catalog.models import Product
from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import InvalidInput, Refused
from domain.orders.redeeming import publishing
from domain.orders.redeeming.errors import OfferChanged, OfferUnavailable
from domain.orders.redeeming.models import PointsOffer
from domain.orders.redeeming.publishing import OfferSaved
from domain.orders.redeeming.rules import MOST_ALLOCATED, MOST_POINTS
from domain.staff.models import AuditEntry
from tests import make_orders
from tests.domain.orders.buying import a_shop
from tests.domain.orders.redeeming.malls import BY, Mall, a_mall, a_saver, offered, terms
from tests.make import NOON, an_id


async def wrote(
    database: Database, act: Callable[[WriteSession], Awaitable[OfferSaved]]
) -> OfferSaved | Refused:
    """What came of a change, in a transaction of its own."""
    try:
        async with database.writes.begin() as session:
            return await act(session)
    except Refused as refused:
        return refused


async def changed(mall: Mall, revision: int, **changes: Any) -> OfferSaved | Refused:
    """Say something else of the offer."""
    said = terms(**changes)
    return await wrote(
        mall.database,
        lambda session: publishing.change(
            session, mall.offer_id, revision, said, reason="测试", by=BY
        ),
    )


async def withdrawn(mall: Mall, revision: int, reason: str = "测试") -> OfferSaved | Refused:
    """End the offer."""
    return await wrote(
        mall.database,
        lambda session: publishing.withdraw(session, mall.offer_id, revision, reason=reason, by=BY),
    )


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"points": 0}, "points", "out_of_range"),
    ({"points": MOST_POINTS + 1}, "points", "out_of_range"),
    ({"cash_fen": -1}, "cash", "not_below_list_price"),
    ({"cash_fen": 15_800}, "cash", "not_below_list_price"),
    ({"allocated": 0}, "allocated", "out_of_range"),
    ({"allocated": MOST_ALLOCATED + 1}, "allocated", "out_of_range"),
    ({"member_limit": 0}, "memberLimit", "out_of_range"),
    ({"closes_at": NOON - timedelta(days=1)}, "closesAt", "ends_before_start"),
]


@pytest.mark.parametrize(("said", "path", "code"), WRONG)
async def test_what_is_wrong_is_told_of_each_field(
    database: Database, said: dict[str, Any], path: str, code: str
):
    shop = await a_shop(database)
    with pytest.raises(InvalidInput) as told:
        await offered(database, shop.variants[0], terms(**said))
    assert [(each.path, each.code) for each in told.value.problems] == [(path, code)]


async def test_of_what_there_is_not_nothing_is_offered(database: Database):
    with pytest.raises(InvalidInput) as told:
        await offered(database, an_id(), terms())
    assert [each.path for each in told.value.problems] == ["variantId"]


async def test_what_needs_texts_is_not_offered(database: Database):
    """Nobody says any when redeeming."""
    shop = await a_shop(database)
    field = make_orders.NAME_FIELD
    needed = PersonalisationField(
        field.code, field.title, field.most_characters, field.alphabet, 0, is_required=True
    )
    async with database.writes.begin() as session:
        await session.execute(update(Product).values(personalisation=(needed,)))
    with pytest.raises(InvalidInput) as told:
        await offered(database, shop.variants[0], terms())
    assert [(each.path, each.code) for each in told.value.problems] == [
        ("variantId", "not_this_way")
    ]


async def test_an_offer_is_changed_as_it_was_read_and_told_in_the_trail(database: Database):
    mall = await a_mall(database)
    assert await changed(mall, 1, points=250) == OfferSaved(mall.offer_id, 2)
    stale = await changed(mall, 1, points=200)
    assert isinstance(stale, OfferChanged)
    assert stale.revision == 2
    # The same again is no change.
    assert await changed(mall, 2, points=250) == OfferSaved(mall.offer_id, 2)
    assert await withdrawn(mall, 2) == OfferSaved(mall.offer_id, 3)
    assert isinstance(await changed(mall, 3), OfferUnavailable)
    assert isinstance(await withdrawn(mall, 3), OfferUnavailable)
    async with database.writes() as session:
        offer = await session.get_one(PointsOffer, mall.offer_id)
        trail = (await session.scalars(select(AuditEntry))).all()
    assert (offer.points, offer.withdrawn_at) == (250, NOON)
    told = {each.action: each for each in trail}
    assert len(trail) == len(told)
    assert told.keys() == {
        "points_offer.publish",
        "points_offer.change",
        "points_offer.withdraw",
    }
    change = told["points_offer.change"]
    assert (change.before or {})["points"] == 300
    assert (change.after or {})["points"] == 250


async def test_what_is_taken_stays_allocated(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    await mall.ordered(member, 3)
    refused = await changed(mall, 1, allocated=2)
    assert isinstance(refused, InvalidInput)
    assert [(each.path, each.code) for each in refused.problems] == [
        ("allocated", "below_what_is_taken")
    ]
    assert await changed(mall, 1, allocated=3) == OfferSaved(mall.offer_id, 2)


async def test_a_reason_is_given(database: Database):
    mall = await a_mall(database)
    refused = await withdrawn(mall, 1, reason=" ")
    assert isinstance(refused, InvalidInput)
    assert [each.path for each in refused.problems] == ["reason"]
