"""What a member is told that an order or a product earns, over HTTP."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from domain.catalog.models import Variant
from domain.catalog.views.structs import PRODUCT, VARIANT
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.points.earning.programme import Bonus, Caps, Programme
from tests import make
from tests.api.client import Api, statements_run
from tests.api.oauth.desk import as_member
from tests.api.orders.test_placing import Buyer, a_buyer
from tests.domain.orders.buying import a_shop, in_cart
from tests.domain.points.earning.desk import published
from tests.make import NOON

ENDS_AT = NOON + timedelta(days=30_000)
CAMPAIGN = Bonus(title=Bilingual("双十二", "Double Twelve"), bonus_bp=10_000, ends_at=ENDS_AT)
IN_STORES = Bonus(title=Bilingual("门店", "Stores"), bonus_bp=1_000, channels=(Channel.PAD,))
TWICE = Programme(base_rate_bp=10_000, bonuses=(CAMPAIGN, IN_STORES), caps=Caps(order=300))
TOLD = {
    "title": "双十二",
    "bonusBasisPoints": 10_000,
    "endsAt": ENDS_AT.isoformat(),
}


async def to_earn(api: Api, headers: dict[str, str], *ids: str) -> Any:
    answer = await api.run("miniprogram/PointsToEarn", headers, productIds=list(ids))
    return answer["data"]["pointsToEarn"]


async def a_cart(api: Api, database: Database) -> Buyer:
    """A buyer with lines of 100 and 60 yuan."""
    shop = await a_shop(database, prices_fen=(10_000, 6_000))
    buyer = await a_buyer(api, database)
    for variant in shop.variants:
        await in_cart(database, buyer.member_id, variant)
    return buyer


async def test_a_quote_tells_its_points_by_line_and_why_there_are_not_more(
    api: Api, database: Database
):
    buyer = await a_cart(api, database)
    assert (await buyer.quote())["points"] == {
        "wanted": 0,
        "granted": 0,
        "limitedBy": None,
        "bonuses": [],
    }
    await published(database, TWICE)
    before = statements_run()
    quote = await buyer.quote()
    assert statements_run() - before == 2
    assert quote["points"] == {
        "wanted": 320,
        "granted": 300,
        "limitedBy": "ORDER",
        "bonuses": [TOLD],
    }
    assert [line["points"] for line in quote["lines"]] == [188, 112]
    at_a_pad = await buyer.quote(channel="PAD")
    assert at_a_pad["points"]["wanted"] == 320 + 16
    nowhere = await buyer.quote(delivery="PICK_UP")
    assert (nowhere["points"], nowhere["lines"]) == (None, [])


async def test_a_member_is_told_what_products_earn_in_the_order_of_asking(
    api: Api, database: Database
):
    async with database.writes.begin() as session:
        products = [
            await make.product(session, prices_fen=prices) for prices in ((900, 400), (50,))
        ]
        asked = select(Variant.id).where(Variant.product_id == products[0].id)
        variants = list(await session.scalars(asked.order_by(Variant.position)))
    ids = [public_id(PRODUCT, each.id) for each in products]
    me = await as_member(api, database)
    await published(database, TWICE)
    nobodys = public_id(PRODUCT, make.an_id())
    before = statements_run()
    told = await to_earn(api, me, ids[1], nobodys, ids[0], ids[1])
    assert statements_run() - before == 2
    assert [each["productId"] for each in told] == [ids[1], ids[0]]
    cheap, dear = told
    assert (cheap["fromPoints"], cheap["bonuses"]) == (0, [])
    assert (dear["fromPoints"], dear["bonuses"]) == (8, [TOLD])
    assert dear["variants"] == [
        {"variantId": public_id(VARIANT, key), "points": points}
        for key, points in zip(variants, (18, 8), strict=True)
    ]


async def test_too_many_and_what_is_no_product_are_faults_of_the_caller(
    api: Api, database: Database
):
    me = await as_member(api, database)
    product = public_id(PRODUCT, make.an_id())
    for wrong in ([product] * 101, [public_id(VARIANT, make.an_id())]):
        answer = await api.run("miniprogram/PointsToEarn", me, productIds=wrong)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert await to_earn(api, me, *[product] * 100) == []
