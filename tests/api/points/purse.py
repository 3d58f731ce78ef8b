"""A member whose points move by orders that there are, for tests of what is told of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.db import Database
from domain.orders.models import Order
from domain.orders.refunding.models import OrderRefund
from domain.orders.words import OrderRefundStatus
from domain.points.rules import granting, holding, refunding, settling
from domain.points.rules.books import Book, Source
from domain.points.rules.granting import NewLot
from domain.points.words import ClawbackPolicy, SourceKind
from tests import make, make_orders
from tests.domain.points.world import World, a_world
from tests.make import NOON

YEAR = "days:365"


@dataclass
class Purse:
    """The points of one member; ``world`` says when it is."""

    world: World
    member_id: UUID

    @property
    def database(self) -> Database:
        """Where they are."""
        return self.world.database

    async def order(self) -> Order:
        """An order of theirs, which the ledger need not know."""
        async with self.database.writes.begin() as session:
            (variant_id,) = await make_orders.goods(session)
            return await make_orders.an_order(session, self.member_id, variant_id)

    async def refund(self, order: Order) -> UUID:
        """A refund of an order."""
        key = make.an_id()
        async with self.database.writes.begin() as session:
            refund = OrderRefund(
                id=key,
                order_id=order.id,
                ordinal=1,
                source=f"test:{key}",
                actor="test",
                is_shops_fault=False,
                goods_fen=100,
                freight_fen=0,
                status=OrderRefundStatus.SUCCEEDED,
                requested_at=NOON,
                finished_at=NOON,
            )
            session.add(refund)
        return key

    async def earn(self, order: Order, points: int, *, validity: str = YEAR) -> None:
        """An order earns points."""
        source = Source(SourceKind.ORDER, order.id, 1)
        new = NewLot(self.world.an_id(), points, source, validity, 1, NOON + timedelta(days=90))
        await self._on(lambda book: granting.earn(book, new, at=self.world.at), order.id)

    async def receive(self, order: Order, settles_at: datetime) -> None:
        """The goods were received."""
        fact = Source(SourceKind.ORDER, order.id)
        await self._on(
            lambda book: settling.receive(book, book.lots_of(fact), settles_at=settles_at),
            order.id,
        )

    async def defer(self, order: Order) -> None:
        """A case of an order is opened."""
        fact, case = Source(SourceKind.ORDER, order.id), Source(SourceKind.CASE, order.id)
        await self._on(
            lambda book: settling.defer(book, book.lots_of(fact), source=case, at=self.world.at),
            order.id,
        )

    async def settle(self) -> None:
        """Let settle what is due."""
        await self._on(lambda book: settling.settle_due(book, self.world.at))

    async def hold(self, order: Order, points: int) -> None:
        """An order reserves points."""
        source = Source(SourceKind.ORDER, order.id)
        await self._on(
            lambda book: holding.hold(
                book, self.world.an_id(), points, source=source, at=self.world.at
            ),
            order.id,
        )

    async def capture(self, order: Order) -> None:
        """The order is paid."""

        def captures(book: Book) -> None:
            held = book.hold_of(Source(SourceKind.ORDER, order.id))
            assert held is not None
            holding.capture(book, held, at=self.world.at)

        await self._on(captures, order.id)

    async def take_back(self, order: Order, refund_id: UUID, points: int) -> None:
        """A refund takes back what an order earned."""

        def takes(book: Book) -> None:
            (lot,) = book.lots_of(Source(SourceKind.ORDER, order.id))
            source = Source(SourceKind.REFUND, refund_id)
            refunding.take_back(
                book, lot, points, source=source, policy=ClawbackPolicy.DEBT, at=self.world.at
            )

        await self._on(takes, order.id)

    async def grant(self, points: int, *, validity: str = YEAR) -> None:
        """An event grants points."""
        source = Source(SourceKind.EVENT, self.world.an_id())
        new = NewLot(self.world.an_id(), points, source, validity)
        await self._on(lambda book: granting.grant(book, new, at=self.world.at), source.id)

    async def _on(self, decide: Callable[[Book], object], *keys: UUID) -> None:
        facts = [
            Source(kind, key)
            for key in keys
            for kind in (SourceKind.ORDER, SourceKind.CASE, SourceKind.EVENT)
        ]
        answer = await self.world.on(
            lambda books: decide(books[self.member_id]),
            self.member_id,
            facts=facts,
        )
        assert not isinstance(answer, str), answer


async def a_purse(database: Database) -> Purse:
    """A member without points, at noon."""
    world = await a_world(database, 1)
    return Purse(world, world.members[0])
