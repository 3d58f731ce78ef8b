"""Orders that are picked up and of which something is refunded: their codes, and the audit."""

from uuid import UUID

from sqlalchemy import update

from domain.kernel.db import Database
from domain.orders.cart.personalisation import digest_of
from domain.orders.models import Order, PersonalisationReview
from domain.orders.placing.values import Placed
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason, DeliveryMethod, ReviewStatus
from domain.stores.models import Place
from tests import make_orders
from tests.api.client import Api
from tests.api.orders.parcels import Bought, paid, staff, wish
from tests.api.pads.desk import Shop, desk_of
from tests.api.pads.test_pick_ups import all_is_right, own, ready, shown, sweeps, to_fetch
from tests.domain.members.people import rows
from tests.domain.orders import buying
from tests.domain.orders.refunding.given import refunded
from tests.make import NOON
from workers.pick_ups import ready_pick_ups

OFFERS_PICK_UP = {
    "offers_pick_up": True,
    "address_zh": "衡山路",
    "address_en": "Hengshan",
    "opening_hours_zh": "10:00-22:00",
    "opening_hours_en": "10:00-22:00",
}


async def two_to_fetch(database: Database, store_id: UUID, review: ReviewStatus) -> Bought:
    """A paid order of two lines that waits in a store; the second one's text was looked at."""
    async with database.writes.begin() as session:
        variants = await make_orders.goods(session, prices_fen=(15800, 9900), place_id=store_id)
        await session.execute(update(Place).where(Place.id == store_id).values(OFFERS_PICK_UP))
    buyer = await buying.a_buyer(database)
    for variant in variants:
        await buying.in_cart(database, buyer, variant)
    seen = (
        await buying.quoted(database, buyer, delivery=DeliveryMethod.PICK_UP, store_id=store_id)
    ).seen
    assert seen is not None
    (order,) = await buying.placed(database, [buying.placement(buyer, seen)])
    assert isinstance(order, Placed)
    await paid(database, order.order_id)
    decided = (
        {"decided_at": NOON, "decided_by": "staff:test", "reason": "测试"}
        if review is ReviewStatus.REJECTED
        else {}
    )
    async with database.writes.begin() as session:
        session.add(
            PersonalisationReview(
                order_id=order.order_id,
                line_number=2,
                status=review,
                text_digest=digest_of(()),
                **decided,
            )
        )
    return Bought(order.order_id, buyer, buying.Shop(store_id, variants))


async def test_a_refunded_line_with_texts_that_were_rejected_is_in_no_codes_way(
    shop: Shop, api: Api, database: Database
):
    rejected = await two_to_fetch(database, shop.store_id, ReviewStatus.REJECTED)
    waiting = await two_to_fetch(database, shop.store_id, ReviewStatus.PENDING)
    kept = await two_to_fetch(database, shop.store_id, ReviewStatus.REJECTED)
    await refunded(database, rejected.order_id, UnitsBack(2, 1))
    await refunded(database, waiting.order_id, UnitsBack(2, 1), is_back=False)
    await refunded(database, kept.order_id, UnitsBack(1, 1))
    assert await ready(api, database, rejected)
    assert await shown(api, database, waiting) is not None
    # Of this one the line that is left is the one that nobody engraves.
    assert await shown(api, database, kept) is None


async def test_an_order_that_is_refunded_altogether_is_not_made_ready(
    shop: Shop, api: Api, database: Database
):
    whole = await to_fetch(database, shop.store_id)
    half = await to_fetch(database, shop.store_id)
    await refunded(database, whole.order_id, UnitsBack(1, 2), is_back=False)
    await refunded(database, half.order_id, UnitsBack(1, 1), is_back=False)
    await ready_pick_ups(sweeps(database))
    assert await shown(api, database, whole) is None
    assert await shown(api, database, half) is not None


async def handed_over(api: Api, database: Database, shop: Shop) -> Bought:
    """An order that its member has fetched."""
    order = await to_fetch(database, shop.store_id)
    manager = await desk_of(api, database, shop.manager_id)
    number = (await own(api, database, order))["number"]
    done = await manager.act("HandOverOrder", orderNumber=number)
    assert done["__typename"] == "OrderHandedOver"
    return order


async def test_what_was_fetched_and_came_back_is_no_fault(shop: Shop, api: Api, database: Database):
    order = await handed_over(api, database, shop)
    await refunded(database, order.order_id, UnitsBack(1, 2, 2))
    (row,) = await rows(database, Order)
    assert row.close_reason is CloseReason.REFUNDED
    assert await all_is_right(database) == {}


async def test_nobody_says_who_brings_what_was_handed_over(
    shop: Shop, api: Api, database: Database
):
    order = await handed_over(api, database, shop)
    given = wish(order.id, "SF1020304059", ordinal=1, reason="录错")
    refused = await staff(api, "CorrectShipment", **given)
    assert refused["__typename"] == "ParcelUnavailable"
