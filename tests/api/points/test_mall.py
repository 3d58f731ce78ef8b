"""The points mall over HTTP: published, browsed and redeemed, by trusted documents."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from domain.catalog.models import Category, Product, Variant
from domain.kernel.actors import Role, Staff
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.money import Money
from domain.orders.models import Order
from domain.orders.redeeming.models import PointsOffer, PointsRedemption
from domain.orders.redeeming.views import POINTS_OFFER
from domain.staff.models import AuditEntry
from tests import make
from tests.api.catalog.desk import REASON, Desk, a_request, problems
from tests.api.client import Api, statements_run
from tests.api.members.desk import staff
from tests.api.orders.test_placing import Buyer, a_buyer
from tests.domain.addresses import homes
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.orders.redeeming.malls import all_is_accounted_for, given

ENGLISH = {"accept-language": "en"}


def terms(**changes: object) -> dict[str, Any]:
    """What an offer says: 300 points and 20 yuan, 7 units, open since an hour ago."""
    now = system_clock()
    return {
        "points": 300,
        "cash": 2_000,
        "allocated": 7,
        "memberLimit": 2,
        "opensAt": (now - timedelta(hours=1)).isoformat(),
        "closesAt": (now + timedelta(hours=1)).isoformat(),
        "isHidden": False,
        **changes,
    }


@pytest.fixture
async def shop(database: Database) -> Shop:
    """Fifty units of one variant in a warehouse."""
    return await a_shop(database)


async def an_offer(api: Api, shop: Shop, **changes: object) -> str:
    """An offer of the shop's variant, by its public id."""
    variant = public_id("variant", shop.variants[0])
    saved = await Desk(api).do("PublishPointsOffer", variantId=variant, **terms(**changes))
    assert saved["__typename"] == "PointsOfferSaved", saved
    return saved["offerId"]


class Saver(Buyer):
    """A member with points who redeems over HTTP, to one address of theirs."""

    address_id: str

    async def redeem(self, offer: str, request_id: UUID | None = None, **more: object) -> Any:
        """What `redeemPointsOffer` answers."""
        wish = {
            "requestId": str(request_id or make.an_id()),
            "offerId": offer,
            "points": 300,
            "cash": 2_000,
            "addressId": self.address_id,
            **more,
        }
        return await self.api.run("miniprogram/PointsRedeem", self.headers, input=wish)

    async def redeemed(self, offer: str, **more: Any) -> Any:
        """The same without faults."""
        answer = await self.redeem(offer, **more)
        assert "errors" not in answer, answer
        return answer["data"]["redeemPointsOffer"]


async def a_saver(api: Api, database: Database, points: int = 1_000) -> Saver:
    """A member who is signed in, with an address and so many points."""
    buyer = await a_buyer(api, database)
    await given(database, buyer.member_id, points)
    saver = Saver(api, buyer.member_id, buyer.headers)
    (address,) = await homes.defaults(database, buyer.member_id)
    saver.address_id = public_id("address", address)
    return saver


async def count(database: Database, model: type[Any]) -> int:
    """How many rows there are."""
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_an_offer_is_published_changed_and_withdrawn(
    api: Api, database: Database, shop: Shop
):
    desk, offer = Desk(api), await an_offer(api, shop)
    page = await desk.read("StaffPointsOffers")
    (node,) = [edge["node"] for edge in page["edges"]]
    assert node["id"] == offer
    assert (node["listPrice"], node["points"], node["cash"]) == (15_800, 300, 2_000)
    assert (node["allocated"], node["taken"], node["revision"]) == (7, 0, 1)
    assert node["productTitle"] == {"zh": "山茶淡香水", "en": "Camellia Eau de Toilette"}
    said = terms(points=250)
    changed = await desk.do("ChangePointsOffer", offerId=offer, revision=1, **said)
    assert changed == {"__typename": "PointsOfferSaved", "offerId": offer, "revision": 2}
    late = await desk.do("ChangePointsOffer", offerId=offer, revision=1, **said)
    assert late == {
        "__typename": "OfferChanged",
        "revision": 2,
        "message": "兑换商品已被他人修改（版本 2），请重新读取后再改。",
    }
    gone = await desk.do("WithdrawPointsOffer", offerId=offer, revision=2)
    assert gone["revision"] == 3
    again = await desk.do("WithdrawPointsOffer", offerId=offer, revision=3)
    assert again["__typename"] == "OfferUnavailable"
    (edge,) = (await desk.read("StaffPointsOffers"))["edges"]
    assert edge["node"]["withdrawnAt"] is not None
    async with database.writes() as session:
        actions = set(await session.scalars(select(AuditEntry.action)))
    assert actions == {"points_offer.publish", "points_offer.change", "points_offer.withdraw"}


async def test_a_repeat_publishes_nothing_more(api: Api, database: Database, shop: Shop):
    desk = Desk(api)
    variant = public_id("variant", shop.variants[0])
    said = {"requestId": a_request(), "variantId": variant, **terms()}
    first = await desk.do("PublishPointsOffer", **said)
    assert await desk.do("PublishPointsOffer", **said) == first
    other = await desk.send("PublishPointsOffer", **{**said, "points": 301})
    assert other["errors"][0]["extensions"]["code"] == "KEY_REUSED"
    assert await count(database, PointsOffer) == 1


async def test_what_is_wrong_is_told_by_field(api: Api, shop: Shop):
    variant = public_id("variant", shop.variants[0])
    wrong = terms(points=0, cash=15_800, allocated=0, memberLimit=0)
    refused = await Desk(api).do("PublishPointsOffer", variantId=variant, **wrong, reason="")
    assert problems(refused) == {
        ("points", "out_of_range"),
        ("cash", "not_below_list_price"),
        ("allocated", "out_of_range"),
        ("memberLimit", "out_of_range"),
        ("reason", "missing"),
    }


@pytest.mark.parametrize("role", [Role.GUIDE, Role.STORE_MANAGER, Role.FINANCE, Role.ENGINEER])
async def test_only_operators_and_owners_change_offers_and_all_staff_read(
    database: Database, role: Role
):
    colleague = staff(database, Staff(make.an_id(), "小雪", role))
    offer = public_id(POINTS_OFFER, make.an_id())
    head = {"requestId": a_request(), "reason": REASON}
    variant = public_id("variant", make.an_id())
    for document, more in (
        ("PublishPointsOffer", {"variantId": variant, **terms()}),
        ("ChangePointsOffer", {"offerId": offer, "revision": 1, **terms()}),
        ("WithdrawPointsOffer", {"offerId": offer, "revision": 1}),
    ):
        assert await colleague.code(f"playground/{document}", input=head | more) == "FORBIDDEN"
    assert (await colleague.see("StaffPointsOffers"))["edges"] == []


async def test_anybody_browses_in_their_language_by_one_statement_a_page(api: Api, shop: Shop):
    offers = [await an_offer(api, shop, points=points) for points in (100, 200, 300)]
    newest = sorted(offers, reverse=True)
    before = statements_run()
    first = await api.run("miniprogram/PointsOffers", ENGLISH, first=2)
    assert statements_run() - before == 1
    page = first["data"]["pointsOffers"]
    nodes = [edge["node"] for edge in page["edges"]]
    assert [node["id"] for node in nodes] == newest[:2]
    assert {node["productTitle"] for node in nodes} == {"Camellia Eau de Toilette"}
    assert nodes[0]["image"]["url"].endswith(".svg")
    assert page["pageInfo"]["hasNextPage"]
    rest = await api.run("miniprogram/PointsOffers", after=page["pageInfo"]["endCursor"])
    nodes = [edge["node"] for edge in rest["data"]["pointsOffers"]["edges"]]
    assert [(node["id"], node["productTitle"]) for node in nodes] == [(newest[2], "山茶淡香水")]
    before = statements_run()
    one = (await api.run("miniprogram/PointsOffer", id=offers[0]))["data"]["pointsOffer"]
    assert statements_run() - before == 1
    assert (one["id"], one["points"], one["cash"], one["left"]) == (offers[0], 100, 2_000, 7)


async def test_staff_read_all_of_a_page_by_one_statement(api: Api, shop: Shop):
    offers = [await an_offer(api, shop) for _ in range(3)]
    desk = Desk(api)
    before = statements_run()
    page = await desk.read("StaffPointsOffers", first=2)
    assert statements_run() - before == 1
    rest = await desk.read("StaffPointsOffers", after=page["pageInfo"]["endCursor"])
    read = [edge["node"]["id"] for edge in [*page["edges"], *rest["edges"]]]
    assert read == sorted(offers, reverse=True)


HIDING = [
    update(PointsOffer).values(is_hidden=True),
    update(PointsOffer).values(withdrawn_at=make.NOON),
    update(PointsOffer).values(opens_at=make.NOON, closes_at=make.NOON + timedelta(seconds=1)),
    update(Product).values(status="draft"),
    update(Category).values(is_visible=False),
    update(Variant).values(price_fen=Money(2_000)),
]


@pytest.mark.parametrize("hiding", HIDING)
async def test_what_cannot_be_redeemed_is_not_shown(
    api: Api, database: Database, shop: Shop, hiding: Any
):
    offer = await an_offer(api, shop)
    async with database.writes.begin() as session:
        await session.execute(hiding)
    listed = await api.run("miniprogram/PointsOffers")
    assert listed["data"]["pointsOffers"]["edges"] == []
    assert (await api.run("miniprogram/PointsOffer", id=offer))["data"] == {"pointsOffer": None}
    assert len((await Desk(api).read("StaffPointsOffers"))["edges"]) == 1


async def test_what_opens_later_is_shown(api: Api, shop: Shop):
    later = (system_clock() + timedelta(minutes=30)).isoformat()
    offer = await an_offer(api, shop, opensAt=later)
    shown = (await api.run("miniprogram/PointsOffer", id=offer))["data"]["pointsOffer"]
    assert datetime.fromisoformat(shown["opensAt"]) == datetime.fromisoformat(later)


async def test_one_request_that_comes_many_times_is_one_order_with_equal_answers(
    api: Api, database: Database, shop: Shop
):
    offer, saver = await an_offer(api, shop), await a_saver(api, database)
    request_id = make.an_id()
    answers = await asyncio.gather(*(saver.redeem(offer, request_id) for _ in range(6)))
    later = await saver.redeem(offer, request_id)
    assert all(answer == later for answer in answers)
    placed = later["data"]["redeemPointsOffer"]
    assert (placed["__typename"], placed["payable"]) == ("OrderPlaced", 2_000)
    assert (await count(database, Order), await count(database, PointsRedemption)) == (1, 1)
    reused = await saver.redeem(offer, request_id, units=2)
    assert reused["errors"][0]["extensions"]["code"] == "KEY_REUSED"
    shown = (await api.run("miniprogram/PointsOffer", id=offer))["data"]["pointsOffer"]
    assert shown["left"] == 6
    await all_is_accounted_for(database)


async def test_refusals_are_told_in_the_callers_language(api: Api, database: Database, shop: Shop):
    offer, saver = await an_offer(api, shop, allocated=3), await a_saver(api, database, 700)
    saver.headers["accept-language"] = "en"
    assert await saver.redeemed(offer, units=4) == {
        "__typename": "OfferSoldOut",
        "left": 3,
        "wanted": 4,
        "message": "The offer has not enough left: 4 wanted, 3 left.",
    }
    over = await saver.redeemed(offer, units=3)
    assert (over["__typename"], over["limit"], over["left"]) == ("OverMemberLimit", 2, 2)
    changed = await saver.redeemed(offer, points=299)
    assert (changed["__typename"], changed["points"], changed["cash"]) == (
        "OfferPriceChanged",
        300,
        2_000,
    )
    wrong = await saver.redeemed(offer, delivery="VIRTUAL")
    assert problems(wrong) == {("delivery", "not_this_way")}
    too_long = await saver.redeemed(offer, note="长" * 201)
    assert problems(too_long) == {("note", "too_long")}
    nowhere = await saver.redeemed(offer, addressId=public_id("address", make.an_id()))
    assert nowhere["__typename"] == "AddressUnavailable"
    other = await a_saver(api, database, 0)
    assert await saver.redeemed(offer, addressId=other.address_id) == nowhere
    none = await saver.redeemed(public_id(POINTS_OFFER, make.an_id()))
    assert none["__typename"] == "OfferUnavailable"
    poor = await a_saver(api, database, 100)
    short = await poor.redeemed(offer)
    told = short["__typename"], short["pointsAvailable"], short["pointsNeeded"]
    assert told == ("PointsShort", 100, 300)
    closed = terms(closesAt=(system_clock() - timedelta(minutes=1)).isoformat())
    await Desk(api).do("ChangePointsOffer", offerId=offer, revision=1, **closed)
    over = await saver.redeemed(offer)
    assert (over["__typename"], over["opensAt"]) == ("OfferNotOpen", None)
    assert await count(database, Order) == 0


async def test_an_order_that_its_member_cancels_is_redeemed_again(
    api: Api, database: Database, shop: Shop
):
    offer = await an_offer(api, shop, memberLimit=1)
    saver = await a_saver(api, database, 300)
    placed = await saver.redeemed(offer)
    assert (await saver.redeemed(offer))["__typename"] == "OverMemberLimit"
    assert (await saver.cancel(placed["orderId"]))["__typename"] == "OrderCancelled"
    assert (await saver.redeemed(offer))["__typename"] == "OrderPlaced"
    await all_is_accounted_for(database)
