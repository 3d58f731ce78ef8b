"""Redeeming: an order of an offer, wholly or not at all, and never more than there is."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from domain.addresses.errors import AddressUnavailable
from domain.catalog.models import Product, Variant
from domain.freight.models import FreightVersion
from domain.freight.rules import FreightRule
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.language import Bilingual
from domain.kernel.money import Money
from domain.members.errors import MemberBlocked
from domain.members.models import Member
from domain.orders.errors import OutOfStock, OverMemberLimit
from domain.orders.models import DiscountAllocation, Order, OrderLine
from domain.orders.placing.values import Placed
from domain.orders.redeeming.errors import (
    OfferNotOpen,
    OfferPriceChanged,
    OfferSoldOut,
    OfferUnavailable,
)
from domain.orders.redeeming.models import PointsOffer, PointsRedemption
from domain.orders.words import DeliveryMethod, DiscountClass, OrderStatus
from domain.points.errors import PointsFrozen, PointsShort
from domain.points.models import PointsAccount
from tests.domain.orders.buying import a_buyer
from tests.domain.orders.redeeming.malls import Mall, a_mall, a_saver, all_is_accounted_for
from tests.make import NOON, an_id


@pytest.fixture(autouse=True)
async def _audited(database: Database) -> AsyncGenerator[None]:
    yield
    await all_is_accounted_for(database)


def kind_of(outcome: Any) -> str:
    """Which refusal it is, or that it was placed."""
    return type(outcome).__name__


async def change(database: Database, statement: Any) -> None:
    """Change rows behind everybody's back."""
    async with database.writes.begin() as session:
        await session.execute(statement)


async def only(database: Database, model: Any) -> Any:
    """The one row of a table."""
    async with database.writes() as session:
        return (await session.scalars(select(model))).one()


async def test_what_is_redeemed_is_an_order_at_its_list_price_that_points_pay_some_of(
    database: Database,
):
    mall, member = await a_mall(database), await a_saver(database)
    placed = await mall.ordered(member, 2)
    assert placed.payable_fen == 4_000
    order, line = await only(database, Order), await only(database, OrderLine)
    assert (order.id, order.number, order.status) == (
        placed.order_id,
        placed.number,
        OrderStatus.PENDING_PAYMENT,
    )
    assert (order.list_fen, order.discount_fen, order.points_used) == (31_600, 27_600, 600)
    assert (line.unit_fen, line.units, line.payable_fen, line.points_used) == (
        15_800,
        2,
        4_000,
        600,
    )
    allocation = await only(database, DiscountAllocation)
    assert (allocation.discount_class, allocation.fen, allocation.source) == (
        DiscountClass.POINTS,
        27_600,
        f"points_offer:{mall.offer_id.hex}",
    )
    redemption = await only(database, PointsRedemption)
    assert (redemption.offer_id, redemption.member_id, redemption.units, redemption.returned) == (
        mall.offer_id,
        member,
        2,
        0,
    )
    assert await mall.taken() == (2, {member: 2}, 2)
    assert await mall.points(member) == (400, 600)


async def test_points_never_pay_freight(database: Database):
    await change_freight(database, first_fen=1_200, free_from_fen=None)
    mall, member = await a_mall(database, cash_fen=0), await a_saver(database)
    placed = await mall.ordered(member)
    assert placed.payable_fen == 1_200
    order = await only(database, Order)
    assert (order.freight_list_fen, order.freight_discount_fen) == (1_200, 0)


async def change_freight(
    database: Database, *, first_fen: int, free_from_fen: int | None, is_delivered: bool = True
) -> None:
    """One rule for everywhere."""
    rule = FreightRule(
        title=Bilingual("全国", "Everywhere"),
        region_codes=(),
        is_delivered=is_delivered,
        first_grams=1_000,
        first_fen=first_fen if is_delivered else 0,
        step_grams=1_000,
        step_fen=0,
        free_from_fen=free_from_fen,
    )
    async with database.writes.begin() as session:
        session.add(
            FreightVersion(
                number=1,
                rules=(rule,),
                actor="staff:test",
                actor_name="测试",
                reason="测试",
                arranged_at=NOON,
            )
        )


async def test_thirty_members_have_what_there_is_and_no_more(database: Database):
    mall = await a_mall(database, member_limit=1)
    members = [await a_saver(database, 300) for _ in range(30)]
    outcomes: list[Any] = await asyncio.gather(*(mall.redeemed(each) for each in members))
    assert Counter(map(kind_of, outcomes)) == {"Placed": 7, "OfferSoldOut": 23}
    won = {
        member: 1
        for member, each in zip(members, outcomes, strict=True)
        if isinstance(each, Placed)
    }
    assert await mall.taken() == (7, won, 7)
    for member in members:
        assert await mall.points(member) == ((0, 300) if member in won else (300, 0))


async def test_one_member_twice_at_once_has_their_limit(database: Database):
    mall, member = await a_mall(database, member_limit=1), await a_saver(database)
    outcomes: list[Any] = await asyncio.gather(*(mall.redeemed(member) for _ in range(2)))
    assert Counter(map(kind_of, outcomes)) == {"Placed": 1, "OverMemberLimit": 1}
    assert await mall.taken() == (1, {member: 1}, 1)
    assert await mall.points(member) == (700, 300)


async def test_one_members_points_are_spent_once_by_offers_and_at_once(database: Database):
    mall, member = await a_mall(database), await a_saver(database, 700)
    outcomes: list[Any] = await asyncio.gather(*(mall.redeemed(member) for _ in range(4)))
    assert Counter(map(kind_of, outcomes)) == {"Placed": 2, "PointsShort": 2}
    assert await mall.taken() == (2, {member: 2}, 2)
    assert await mall.points(member) == (100, 600)


async def test_the_limit_of_the_product_holds_too(database: Database):
    mall, member = await a_mall(database, member_limit=5), await a_saver(database)
    await change(database, update(Product).values(member_limit=2))
    await mall.ordered(member)
    refused = await mall.redeemed(member, 2)
    assert isinstance(refused, OverMemberLimit)
    assert (refused.line_id, refused.limit, refused.left) == (None, 2, 1)


REFUSED_OFFERS = [
    (update(PointsOffer).values(is_hidden=True), OfferUnavailable()),
    (update(PointsOffer).values(withdrawn_at=NOON), OfferUnavailable()),
    (update(PointsOffer).values(closes_at=NOON), OfferNotOpen(None)),
    (
        update(PointsOffer).values(opens_at=NOON + timedelta(seconds=1)),
        OfferNotOpen(NOON + timedelta(seconds=1)),
    ),
    (update(PointsOffer).values(points=301), OfferPriceChanged(301, 2_000)),
    (update(PointsOffer).values(cash_fen=1_999), OfferPriceChanged(300, 1_999)),
    (update(PointsOffer).values(allocated=1), OfferSoldOut(1, 2)),
    (update(Product).values(status="draft"), OfferUnavailable()),
    (update(Variant).values(position=None, archived_at=NOON), OfferUnavailable()),
    (update(Variant).values(price_fen=Money(2_000)), OfferUnavailable()),
    (update(Member).values(blocked_at=NOON, block_reason="测试"), MemberBlocked("测试")),
    (update(PointsAccount).values(frozen_at=NOON), PointsFrozen()),
]


@pytest.mark.parametrize(("behind", "expected"), REFUSED_OFFERS)
async def test_a_refusal_says_why_and_changes_nothing(
    database: Database, behind: Any, expected: Any
):
    mall, member = await a_mall(database), await a_saver(database)
    await change(database, behind)
    refused: Any = await mall.redeemed(member, 2)
    assert kind_of(refused) == kind_of(expected)
    assert refused.particulars == expected.particulars
    await nothing_was_done(mall, member)


async def nothing_was_done(mall: Mall, member: Any, points: int = 1_000) -> None:
    """See that neither an order nor anything held is left of a refusal."""
    assert await mall.taken() == (0, {}, 0)
    assert await mall.points(member) == (points, 0)
    async with mall.database.writes() as session:
        for model in (Order, PointsRedemption):
            assert await session.scalar(select(func.count()).select_from(model)) == 0


async def test_too_few_points_or_goods_change_nothing(database: Database):
    mall, member = await a_mall(database, units=1), await a_saver(database, 599)
    refused = await mall.redeemed(member, 2)
    assert isinstance(refused, OutOfStock)
    assert (refused.line_id, refused.available, refused.wanted) == (None, 1, 2)
    poor = await a_saver(database, 299)
    refused = await mall.redeemed(poor)
    assert isinstance(refused, PointsShort)
    assert (refused.available, refused.needed) == (299, 300)
    await nothing_was_done(mall, member, 599)
    await nothing_was_done(mall, poor, 299)


async def test_where_it_shall_go_has_to_be_somewhere(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    other = await a_buyer(database)
    theirs = (await mall.wish(other)).address_id
    refused = await mall.redeemed(member, address_id=theirs)
    assert isinstance(refused, AddressUnavailable)
    pick_up, virtual = DeliveryMethod.PICK_UP, DeliveryMethod.VIRTUAL
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"address_id": None}, "addressId"),
        ({"delivery": pick_up}, "storeId"),
        ({"delivery": pick_up, "store_id": an_id()}, "storeId"),
        ({"delivery": virtual}, "delivery"),
    ]
    for wrong, path in wrongs:
        refused = await mall.redeemed(member, **wrong)
        assert isinstance(refused, InvalidInput)
        assert [each.path for each in refused.problems] == [path]
    await change_freight(database, first_fen=0, free_from_fen=None, is_delivered=False)
    refused = await mall.redeemed(member)
    assert isinstance(refused, InvalidInput)
    assert [each.path for each in refused.problems] == ["addressId"]
    await nothing_was_done(mall, member)


@pytest.mark.parametrize("units", [0, 1_000])
async def test_units_are_bounded(database: Database, units: int):
    mall, member = await a_mall(database), await a_saver(database)
    refused = await mall.redeemed(member, units)
    assert isinstance(refused, InvalidInput)
    assert [each.path for each in refused.problems] == ["units"]


async def test_an_offer_that_never_was(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    refused = await mall.redeemed(member, offer_id=an_id())
    assert isinstance(refused, OfferUnavailable)


async def test_what_is_virtual_is_redeemed_without_an_address(database: Database):
    mall, member = await a_mall(database), await a_saver(database)
    await change(database, update(Product).values(kind="virtual"))
    placed = await mall.redeemed(member, delivery=DeliveryMethod.VIRTUAL)
    assert isinstance(placed, Placed)
    assert (await only(database, Order)).address is None
