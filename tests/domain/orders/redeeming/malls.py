"""A points mall: goods in a warehouse, an offer of them, and members with points."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel.actors import By
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.members.words import Channel
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.placing.values import Placed
from domain.orders.points_audit import INVARIANTS as ORDER_POINTS
from domain.orders.redeeming.actions import redeem
from domain.orders.redeeming.audit import INVARIANTS as POINTS_MALL
from domain.orders.redeeming.models import PointsOffer, PointsOfferMember
from domain.orders.redeeming.publishing import OfferSaved, publish
from domain.orders.redeeming.rules import OfferTerms
from domain.orders.redeeming.values import Redemption
from domain.orders.refunding.audit import INVARIANTS as REFUNDING
from domain.orders.words import DeliveryMethod
from domain.payments.audit import INVARIANTS as PAYMENTS
from domain.points.audit import INVARIANTS as POINTS
from domain.points.models import PointsAccount
from domain.points.rules import granting
from domain.points.rules.books import Source
from domain.points.rules.granting import NewLot
from domain.points.words import SourceKind, Wallet
from domain.stock.audit import INVARIANTS as STOCK
from domain.stock.models import StockLevel
from tests import make_points
from tests.domain.addresses import homes
from tests.domain.orders.buying import Shop, a_shop
from tests.domain.payments.purchases import a_payer
from tests.imports import OPERATOR
from tests.make import NOON, an_id

RANDOM = Random(31)
BY = By(OPERATOR, NOON, RANDOM)
ALL = (*ORDERS, *ORDER_POINTS, *REFUNDING, *POINTS_MALL, *PAYMENTS, *POINTS, *STOCK)


def terms(**changes: Any) -> OfferTerms:
    """An offer for 300 points and 20 yuan a unit, 7 of them, open since yesterday."""
    said: dict[str, Any] = {
        "points": 300,
        "cash_fen": 2_000,
        "allocated": 7,
        "member_limit": None,
        "opens_at": NOON - timedelta(days=1),
        "closes_at": NOON + timedelta(days=1),
        "is_hidden": False,
    }
    return OfferTerms(**(said | changes))


@dataclass(frozen=True, slots=True)
class Mall:
    """A shop that offers units of its one variant, which costs 158 yuan, for points."""

    database: Database
    shop: Shop
    offer_id: UUID
    terms: OfferTerms

    async def wish(self, member_id: UUID, units: int = 1, **changes: Any) -> Redemption:
        """A wish of a member's to have units brought to them, as they saw the offer."""
        said: dict[str, Any] = {
            "member_id": member_id,
            "actor": f"member:{member_id.hex}",
            "channel": Channel.MINI_PROGRAM,
            "offer_id": self.offer_id,
            "units": units,
            "points": self.terms.points,
            "cash_fen": self.terms.cash_fen,
            "delivery": DeliveryMethod.DELIVERY,
        }
        if "delivery" not in changes and "address_id" not in changes:
            (said["address_id"],) = await homes.defaults(self.database, member_id)
        return Redemption(**(said | changes))

    async def redeemed(
        self, member_id: UUID, units: int = 1, *, at: datetime = NOON, **changes: Any
    ) -> Placed | Refused:
        """Redeem in one transaction, or the refusal, after which nothing is written."""
        wish = await self.wish(member_id, units, **changes)
        try:
            async with self.database.writes.begin() as session:
                return await redeem(session, wish, at=at, random=RANDOM)
        except Refused as refused:
            return refused

    async def ordered(self, member_id: UUID, units: int = 1) -> Placed:
        """The same where nothing refuses."""
        placed = await self.redeemed(member_id, units)
        assert isinstance(placed, Placed), placed
        return placed

    async def another(self, **changes: Any) -> "Mall":
        """Another offer of the same goods."""
        said = terms(**changes)
        saved = await offered(self.database, self.shop.variants[0], said)
        return Mall(self.database, self.shop, saved.offer_id, said)

    async def taken(self) -> tuple[int, dict[UUID, int], int]:
        """What is taken of the offer, by whom if not none, and what of it the warehouse holds."""
        async with self.database.writes() as session:
            offer = await session.get_one(PointsOffer, self.offer_id)
            mine = PointsOfferMember.offer_id == self.offer_id
            counts = (await session.scalars(select(PointsOfferMember).where(mine))).all()
            held = sum(await session.scalars(select(StockLevel.held)))
            by = {each.member_id: each.taken for each in counts if each.taken}
            return offer.taken, by, held

    async def points(self, member_id: UUID) -> tuple[int, int]:
        """What a member can spend, and what is held."""
        async with self.database.writes() as session:
            account = await session.get(PointsAccount, (member_id, Wallet.SPEND))
            return (account.available, account.held) if account else (0, 0)


async def all_is_accounted_for(database: Database) -> None:
    """See that every invariant holds that a redemption could break."""
    async with database.writes() as session:
        for invariant in ALL:
            found = [row async for row in violations(session, invariant)]
            assert found == [], invariant.name


async def a_mall(database: Database, *, units: int = 50, **changes: Any) -> Mall:
    """A mall with one offer, and so many units in its warehouse."""
    shop, said = await a_shop(database, units=units), terms(**changes)
    saved = await offered(database, shop.variants[0], said)
    return Mall(database, shop, saved.offer_id, said)


async def offered(database: Database, variant_id: UUID, said: OfferTerms) -> OfferSaved:
    """Publish an offer."""
    async with database.writes.begin() as session:
        return await publish(session, variant_id, said, reason="测试", by=BY)


async def a_saver(database: Database, points: int = 1_000) -> UUID:
    """A member with an address, an openid, and so many points to spend."""
    member_id = await a_payer(database)
    await given(database, member_id, points)
    return member_id


async def given(database: Database, member_id: UUID, points: int) -> None:
    """Grant a member points that never end."""
    if points == 0:
        return
    new = NewLot(an_id(), points, Source(SourceKind.EVENT, an_id()), "never")
    await make_points.on_book(database, member_id, lambda book: granting.grant(book, new, at=NOON))
