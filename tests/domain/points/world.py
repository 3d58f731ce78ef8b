"""A few members whose points move in any way that the mall knows, each message told twice."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import update

from domain.kernel.allocation import cumulative_share
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.kernel.ids import new_id
from domain.points import sweeping
from domain.points.audit import INVARIANTS
from domain.points.models import PointsAccount
from domain.points.posting import lock, lock_growth, write
from domain.points.rules import granting, holding, refunding, settling
from domain.points.rules.books import Book, Source
from domain.points.rules.expiring import expire_due
from domain.points.rules.granting import NewLot
from domain.points.rules.transferring import transfer
from domain.points.words import ClawbackPolicy, Reason, SourceKind, Wallet
from tests.make import NOON
from tests.make_orders import a_member

POLICIES = tuple(ClawbackPolicy)
VALIDITIES = ("never", "days:2", "days:9", "months:1", "sliding:4", "year_end:0:1001")


@dataclass
class Bought:
    """An order that earned points and may have spent some, and what is back of it."""

    id: UUID
    owner: int
    base: int
    earned: int
    spent: int = 0
    refunded: int = 0


@dataclass
class World:
    """Members, what they did, and the moment it is. ``happened`` counts the steps that did."""

    database: Database
    members: list[UUID]
    at: datetime = NOON
    random: Random = field(default_factory=lambda: Random(7))
    orders: list[Bought] = field(default_factory=list[Bought])
    happened: set[str] = field(default_factory=set[str])

    def an_id(self) -> UUID:
        """An id of now."""
        return new_id(self.at, self.random)

    async def on(
        self,
        decide: Callable[[dict[UUID, Book]], object],
        *members: UUID,
        facts: Collection[Source] = (),
        wallet: Wallet = Wallet.SPEND,
    ) -> object:
        """Lock, decide and write, in one transaction; a refusal is what comes of it."""
        try:
            async with self.database.writes.begin() as session:
                books = await lock(session, members, facts=facts)
                if wallet is Wallet.GROWTH:
                    books = await lock_growth(session, books, facts=facts)
                answer = decide(books)
                await write(session, books.values())
        except Refused as refused:
            return type(refused).__name__
        return answer

    async def twice(self, name: str, told: Callable[[], Awaitable[object]]) -> None:
        """Tell something twice: the repeat changes nothing that the first did not."""
        answer = await told()
        before = await self._entries()
        again = await told()
        assert await self._entries() == before, f"{name} was done again"
        assert type(again) is type(answer)
        self.happened.add(name if not isinstance(answer, str) else f"{name}: {answer}")

    async def _entries(self) -> int:
        rows = await self.database.reads.rows("SELECT sum(entries)::int FROM points_accounts", ())
        return rows[0][0] or 0

    async def earn(self, owner: int, points: int, pick: int) -> None:
        """Somebody pays an order that earns points, and spends some of theirs on it if they can."""
        order = Bought(self.an_id(), owner, points * 100 + pick, points)
        member, source = self.members[owner], Source(SourceKind.ORDER, order.id, 1)
        lot_id, hold_id, spends = self.an_id(), self.an_id(), pick % 3 * points // 2
        facts = [Source(SourceKind.ORDER, order.id)]
        if spends:
            await self.twice(
                "hold",
                lambda: self.on(
                    lambda books: holding.hold(
                        books[member], hold_id, spends, source=facts[0], at=self.at
                    ),
                    member,
                    facts=facts,
                ),
            )
        ends = self.at + timedelta(days=40)
        new = NewLot(lot_id, points, source, VALIDITIES[pick % len(VALIDITIES)], 1, ends)
        await self.twice(
            "earn",
            lambda: self.on(
                lambda books: granting.earn(books[member], new, at=self.at), member, facts=facts
            ),
        )
        self.orders.append(order)

    async def drain(self, owner: int, points: int, pick: int) -> None:
        """A member spends all that there is."""
        member, source = self.members[owner], Source(SourceKind.EVENT, self.an_id())
        hold_id = self.an_id()

        def drains(books: dict[UUID, Book]) -> object:
            book = books[member]
            if book.hold_of(source) is None and book.figures.available:
                expire_due(book, self.at)
                some = max(1, book.figures.available)
                held = holding.hold(book, hold_id, some, source=source, at=self.at)
                holding.capture(book, held, at=self.at)

        await self.twice("drain", lambda: self.on(drains, member, facts=[source]))

    async def end_hold(self, owner: int, points: int, pick: int) -> None:
        """An order is paid, or closed by its member or by time; a closed one may be paid late."""
        order = self._order(pick)
        if order is None:
            return
        member, fact = self.members[order.owner], Source(SourceKind.ORDER, order.id)

        def ends(books: dict[UUID, Book]) -> object:
            held = books[member].hold_of(fact)
            if held is None:
                return "nothing"
            if points % 3:
                holding.capture(books[member], held, at=self.at)
                order.spent = held.captured
                return None
            holding.release(books[member], held, is_members_wish=points % 2 == 0, at=self.at)
            return None if held.released else "captured before"

        name = "capture" if points % 3 else "release"
        answer = await self.on(ends, member, facts=[fact])
        self.happened.add(f"{name}: {answer}" if isinstance(answer, str) else name)

    async def receive(self, owner: int, points: int, pick: int) -> None:
        """The goods of an order are received: its points settle after the window."""
        order = self._order(pick)
        if order is None:
            return
        fact, member = Source(SourceKind.ORDER, order.id), self.members[order.owner]
        settles_at = self.at + timedelta(days=points % 8)
        await self.twice(
            "receive",
            lambda: self.on(
                lambda books: settling.receive(
                    books[member], books[member].lots_of(fact), settles_at=settles_at
                ),
                member,
                facts=[fact],
            ),
        )

    async def case(self, owner: int, points: int, pick: int) -> None:
        """A case of an order is opened, or ended."""
        order = self._order(pick)
        if order is None:
            return
        fact, member = Source(SourceKind.ORDER, order.id), self.members[order.owner]
        source = Source(SourceKind.CASE, order.id)
        change = settling.defer if points % 2 else settling.lift
        await self.twice(
            "defer" if points % 2 else "lift",
            lambda: self.on(
                lambda books: change(
                    books[member], books[member].lots_of(fact), source=source, at=self.at
                ),
                member,
                facts=[fact, source],
            ),
        )

    async def refund(self, owner: int, points: int, pick: int) -> None:
        """Part of a paid order goes back: spent points return, earned ones are taken."""
        order = self._order(pick)
        if order is None or order.refunded == order.base:
            return
        order.refunded = min(order.base, order.refunded + points * 130)
        fact, member = Source(SourceKind.ORDER, order.id), self.members[order.owner]
        source, policy = Source(SourceKind.REFUND, self.an_id()), POLICIES[pick % len(POLICIES)]
        new_lots = refunding.NewLots([self.an_id() for _ in range(40)])

        def refunds(books: dict[UUID, Book]) -> object:
            book = books[member]
            held, (line,) = book.hold_of(fact), book.lots_of(fact)
            if held is not None and held.captured:
                target = cumulative_share(held.captured, order.refunded, order.base)
                refunding.give_back(
                    book, held, target - held.returned, source=source, new_lots=new_lots,
                    is_shops_fault=pick % 2 == 0, at=self.at,
                )  # fmt: skip
            taken = refunding.earned_to_take(
                line.granted, base=order.base, refunded=order.refunded, taken=line.clawed
            )
            refunding.take_back(book, line, taken, source=source, policy=policy, at=self.at)
            return None

        await self.twice("refund", lambda: self.on(refunds, member, facts=[fact, source]))

    async def adjust(self, owner: int, points: int, pick: int) -> None:
        """The staff adds points, or takes some."""
        member, source = self.members[owner], Source(SourceKind.ADJUSTMENT, self.an_id())
        new = NewLot(self.an_id(), points, source, VALIDITIES[pick % len(VALIDITIES)])

        def adjusts(books: dict[UUID, Book]) -> object:
            if pick % 2:
                return granting.deduct(books[member], points, source=source, at=self.at)
            granting.add(books[member], new, at=self.at)
            return None

        name = "deduct" if pick % 2 else "add"
        await self.twice(name, lambda: self.on(adjusts, member, facts=[source]))

    async def grant(self, owner: int, points: int, pick: int) -> None:
        """An event grants points at once."""
        member, source = self.members[owner], Source(SourceKind.EVENT, self.an_id())
        new = NewLot(self.an_id(), points, source, VALIDITIES[pick % len(VALIDITIES)])

        def grants(books: dict[UUID, Book]) -> object:
            granting.grant(books[member], new, at=self.at)
            return None

        await self.twice("grant", lambda: self.on(grants, member, facts=[source]))

    async def transfer(self, owner: int, points: int, pick: int) -> None:
        """A member gives points to another."""
        giver = self.members[owner]
        taker = self.members[(owner + 1 + pick % (len(self.members) - 1)) % len(self.members)]
        source = Source(SourceKind.TRANSFER, self.an_id())
        lot_ids = [self.an_id() for _ in range(40)]
        await self.twice(
            "transfer",
            lambda: self.on(
                lambda books: transfer(
                    books[giver],
                    books[taker],
                    2 * points,
                    source=source,
                    lot_ids=lot_ids,
                    at=self.at,
                ),
                giver,
                taker,
                facts=[source],
            ),
        )

    async def slide(self, owner: int, points: int, pick: int) -> None:
        """A member does what puts the end of their points off."""
        member = self.members[owner]
        await self.twice(
            "slide", lambda: self.on(lambda books: settling.slide(books[member], self.at), member)
        )

    async def grow(self, owner: int, points: int, pick: int) -> None:
        """An order counts towards a tier, or a refund makes less of what did."""
        kind = SourceKind.REFUND if pick % 3 == 0 else SourceKind.ORDER
        member, source = self.members[owner], Source(kind, self.an_id())
        change = granting.shrink if kind is SourceKind.REFUND else granting.grow

        def grows(books: dict[UUID, Book]) -> object:
            book = books[member]
            is_short = kind is SourceKind.REFUND and 0 < book.figures.available < 2 * points
            is_new = not book.has(source, Reason.CLAWED_BACK)
            change(book, 2 * points if kind is SourceKind.REFUND else points, source=source,
                   at=self.at)  # fmt: skip
            if is_short and is_new:
                self.happened.add("shrink to none")
            return None

        name = "shrink" if kind is SourceKind.REFUND else "grow"
        await self.twice(name, lambda: self.on(grows, member, facts=[source], wallet=Wallet.GROWTH))

    async def freeze(self, owner: int, points: int, pick: int) -> None:
        """An account is frozen, or let go."""
        frozen_at = self.at if points % 4 == 0 else None
        async with self.database.writes.begin() as session:
            await session.execute(
                update(PointsAccount)
                .where(PointsAccount.member_id == self.members[owner])
                .values(frozen_at=frozen_at)
            )
        self.happened.add("freeze")

    async def wait(self, owner: int, points: int, pick: int) -> None:
        """Time passes, and the sweeps come by, or one account is settled by itself."""
        self.at += timedelta(days=points % 12, hours=pick)
        if pick % 3 == 0:
            member = self.members[owner]
            await self.twice(
                "settle one",
                lambda: self.on(lambda books: settling.settle_due(books[member], self.at), member),
            )
        for sweep in (sweeping.settle_due, sweeping.expire_due):
            await self.twice(sweep.__name__, lambda sweep=sweep: self._swept(sweep))

    async def _swept(self, sweep: Callable[..., Awaitable[sweeping.Moved]]) -> None:
        moved = 1
        while moved:
            async with self.database.writes.begin() as session:
                moved = (await sweep(session, at=self.at, most=2, most_lots=3)).lots

    def _order(self, pick: int) -> Bought | None:
        """One of the last few orders."""
        last = self.orders[-7:]
        return last[pick % len(last)] if last else None

    async def check(self) -> None:
        """Prove every invariant of the audit."""
        async with self.database.writes() as session:
            for invariant in INVARIANTS:
                broken = [row async for row in violations(session, invariant)]
                assert not broken, (invariant.name, broken)


async def a_world(database: Database, members: int = 3) -> World:
    """Some members without points."""
    async with database.writes.begin() as session:
        made = [await a_member(session) for _ in range(members)]
    return World(database, made)
