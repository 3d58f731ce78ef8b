"""Orders that earn, and what the ledger says of it."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.catalog.models import Variant
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.ids import new_id
from domain.orders.earning.audit import INVARIANTS as EARNING
from domain.orders.earning.reading import paid_orders
from domain.orders.models import Order
from domain.orders.words import OrderStatus
from domain.points import posting
from domain.points.audit import INVARIANTS
from domain.points.earning.keeping import keep_up
from domain.points.models import PointsAccount, PointsLot
from domain.points.rules import granting
from domain.points.rules.books import Source
from domain.points.words import SourceKind, Wallet
from tests import make, make_orders
from tests.make import NOON

RANDOM = Random(23)


class Shop:
    """Sells one product at 50 yuan to one member, who has paid."""

    def __init__(
        self, database: Database, member_id: UUID, place_id: UUID, variant: Variant
    ) -> None:
        self.database, self.member_id, self.place_id = database, member_id, place_id
        self.product, self.variant = variant.product_id, variant.id

    async def sold(
        self,
        units: int = 2,
        *,
        placed_at: datetime = NOON,
        paid_at: datetime | None = None,
        shipped_at: datetime | None = None,
        received_at: datetime | None = None,
    ) -> UUID:
        """An order that is paid, by default at once; nothing of it was sent in parcels."""
        changes: dict[str, Any] = {"status": OrderStatus.PAID, "place_id": self.place_id}
        if shipped_at is not None:
            changes |= {"status": OrderStatus.SHIPPED, "shipped_at": shipped_at}
        if received_at is not None:
            changes["status"] = OrderStatus.RECEIVED
            changes["shipped_at"] = changes["received_at"] = received_at
        async with self.database.writes.begin() as session:
            order = await make_orders.an_order(
                session,
                self.member_id,
                self.variant,
                units=units,
                placed_at=placed_at,
                paid_at=paid_at or placed_at,
                **changes,
            )
        return order.id

    async def ordered(self) -> UUID:
        """An order that nobody has paid yet."""
        async with self.database.writes.begin() as session:
            order = await make_orders.an_order(
                session, self.member_id, self.variant, place_id=self.place_id
            )
        return order.id

    async def received(self, order_id: UUID, at: datetime) -> None:
        """Take an order for received that was shipped."""
        async with self.database.writes.begin() as session:
            await session.execute(
                update(Order)
                .where(Order.id == order_id)
                .values(status=OrderStatus.RECEIVED, received_at=at, history=Order.history + 1)
            )

    async def kept_up(self, *order_ids: UUID, at: datetime = NOON) -> int:
        """Bring the points of orders up in one transaction; says how many have earned."""
        async with self.database.writes.begin() as session:
            orders = await paid_orders(session, order_ids)
            return await keep_up(session, orders, at=at, random=RANDOM)

    async def taken(self, points: int, *, at: datetime) -> None:
        """Take points that the member has, by hand."""
        async with self.database.writes.begin() as session:
            books = await posting.lock(session, [self.member_id])
            source = Source(SourceKind.ADJUSTMENT, new_id(at, RANDOM))
            granting.deduct(books[self.member_id], points, source=source, at=at)
            await posting.write(session, books.values())

    async def lots(self) -> Sequence[PointsLot]:
        """The member's lots, by source."""
        async with self.database.writes() as session:
            asked = select(PointsLot).order_by(PointsLot.id)
            return (await session.scalars(asked)).all()

    async def ends_of(self, order_id: UUID) -> datetime | None:
        """When the points of an order end."""
        (ends,) = {lot.expires_at for lot in await self.lots() if lot.source_id == order_id}
        return ends

    async def audited(self) -> None:
        """Audit points, and what orders have earned."""
        async with self.database.writes() as session:
            for invariant in (*INVARIANTS, *EARNING):
                assert [each async for each in violations(session, invariant)] == []

    async def growth(self) -> int:
        """What counts towards a tier; the books are audited first."""
        await self.audited()
        async with self.database.writes() as session:
            of_growth = PointsAccount.wallet == Wallet.GROWTH
            account = await session.scalar(select(PointsAccount).where(of_growth))
        return account.available if account else 0

    async def account(self) -> tuple[int, int, int]:
        """What is pending, available and owed; the books are audited first."""
        async with self.database.writes() as session:
            for invariant in INVARIANTS:
                assert [each async for each in violations(session, invariant)] == []
            of_spend = PointsAccount.wallet == Wallet.SPEND
            account = await session.scalar(select(PointsAccount).where(of_spend))
        return (account.pending, account.available, account.debt) if account else (0, 0, 0)


async def a_shop(database: Database) -> Shop:
    """A shop whose product everybody can buy."""
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
        place_id = await make.place(session)
        (key,) = await make_orders.goods(session, prices_fen=(5_000,), units=500, place_id=place_id)
        variant = (await session.scalars(select(Variant).where(Variant.id == key))).one()
    return Shop(database, member_id, place_id, variant)
