"""Keeping the points of orders up to where the orders are: earned, to settle, taken back (R1).

All of it is decided under the accounts' locks on what the ledger says, so that doing it again, at
the same time or in another order changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.points import posting
from domain.points.earning import growing
from domain.points.earning.orders import PaidOrder, Refunded
from domain.points.earning.recording import Recorded, lines_of, record, totals_of
from domain.points.earning.rules import (
    Earning,
    Totals,
    periods_at,
    plan_of,
    settles_at,
)
from domain.points.rules import granting, refunding, settling
from domain.points.rules.books import Book, Source
from domain.points.words import ClawbackPolicy, SourceKind

CANCELLED_AFTER = timedelta(days=365)
"""When points are given up whose goods were never received."""


async def keep_up(
    session: Sender, orders: Sequence[PaidOrder], *, at: datetime, random: Random
) -> int:
    """Earn what paid orders have not earned yet, and say when it settles of those received.

    The same few statements for any number of orders; says how many have earned now.
    """
    kept = await _earned(session, orders, at=at, random=random)
    for order in orders:
        if order.received_at is not None:
            _receive(kept.books[order.member_id], order, kept.lines)
    await kept.write(session)
    return kept.earned


async def take_back(
    session: Sender,
    order: PaidOrder,
    refund: Refunded,
    *,
    policy: ClawbackPolicy,
    at: datetime,
    random: Random,
) -> int:
    """Take back what lines have earned of which money has gone back; says what is to be deducted.

    What was paid and had not earned yet earns first, so that nothing is forgotten. What had
    counted towards a tier does so no more, at once. A repeat takes nothing.
    """
    kept = await _earned(session, [order], refund.source, at=at, random=random)
    book, to_deduct = kept.books[order.member_id], 0
    for lot in book.lots_of(order.source):
        line = kept.lines[order.id, lot.source.part]
        points = refunding.earned_to_take(
            lot.granted,
            base=line.base_fen,
            refunded=min(refund.by_line.get(line.number, 0), line.base_fen),
            taken=lot.clawed,
        )
        if points:
            to_deduct += refunding.take_back(
                book, lot, points, source=refund.source, policy=policy, at=at
            )
    if not kept.growth:
        facts = [order.source, refund.source]
        kept.growth |= await posting.lock_growth(session, kept.books, facts=facts)
    growing.shrink(kept.growth[order.member_id], order, refund, at=at)
    await kept.write(session)
    return to_deduct


async def defer(
    session: Sender,
    order: PaidOrder,
    line_numbers: Collection[int],
    source: Source,
    *,
    at: datetime,
    random: Random,
) -> None:
    """Let something, such as an open case, stand against settling what lines have earned.

    What was paid and had not earned yet earns first. A repeat changes nothing.
    """
    kept = await _earned(session, [order], source, at=at, random=random)
    book = kept.books[order.member_id]
    lots = [lot for lot in book.lots_of(order.source) if lot.source.part in line_numbers]
    settling.defer(book, lots, source=source, at=at)
    await kept.write(session)


async def lift(session: Sender, member_id: UUID, source: Source, *, at: datetime) -> None:
    """Take back what stood against settling; a repeat changes nothing."""
    books = await posting.lock(session, [member_id], facts=[source])
    for book in books.values():
        settling.lift(book, book.lots.values(), source=source, at=at)
    await posting.write(session, books.values())


_Lines = dict[tuple[UUID, int], Recorded]


@dataclass(slots=True)
class _Kept:
    """The books of orders' members, and of those who grew; what lines earned, and how many orders
    have earned just now."""

    books: dict[UUID, Book]
    lines: _Lines
    growth: dict[UUID, Book]
    earned: int

    async def write(self, session: Sender) -> None:
        """Write what was decided on all books."""
        await posting.write(session, [*self.books.values(), *self.growth.values()])


async def _earned(
    session: Sender, orders: Sequence[PaidOrder], *more: Source, at: datetime, random: Random
) -> _Kept:
    """The books of the orders' members, locked, in which all of them have earned.

    With what ``more`` facts have done to them, which are all of the first one's member.
    """
    facts = {order.source: order.member_id for order in orders}
    if more:
        facts |= dict.fromkeys(more, orders[0].member_id)
    books = await posting.lock(session, {order.member_id for order in orders}, facts=facts)
    lines = await lines_of(session, [order.id for order in orders])
    known = {order_id for order_id, _ in lines}
    new = sorted(
        (order for order in orders if order.id not in known),
        key=lambda order: (order.paid_at, order.id),
    )
    fresh = _earn(books, new, await _totals(session, new), at=at, random=random)
    await record(session, fresh)
    lines |= {(line.order_id, line.number): line for line in fresh}
    growth: dict[UUID, Book] = {}
    if new:
        under = {order.member_id: books[order.member_id] for order in new}
        growth = await posting.lock_growth(session, under, facts=facts)
    for order in new:
        growing.grow(growth[order.member_id], order, at=at)
    return _Kept(books, lines, growth, len(new))


async def _totals(session: Sender, orders: Sequence[PaidOrder]) -> dict[UUID, Totals]:
    """What members were granted before, where a cap asks for it; by order."""
    capped = [order for order in orders if order.edition.programme.caps.look_back]
    if not capped:
        return {}
    asked = [(order.id, order.member_id, periods_at(order.paid_at)) for order in capped]
    return await totals_of(session, asked)


def _earn(
    books: Mapping[UUID, Book],
    orders: Sequence[PaidOrder],
    totals: Mapping[UUID, Totals],
    *,
    at: datetime,
    random: Random,
) -> list[Recorded]:
    """Open a pending lot for each line that is granted something, the order paid first first.

    A paid order is also what lets points hold anew whose validity slides, from its payment.
    """
    fresh: list[Recorded] = []
    for order in orders:
        book = books[order.member_id]
        before = _with(totals.get(order.id, Totals()), book, order, fresh)
        plan = plan_of(order.lines, order.edition, order.circumstances, totals=before)
        fresh += [
            Recorded(order.id, order.member_id, order.edition.number, order.paid_at, line)
            for line in plan.lines
        ]
        settling.slide(book, order.paid_at)
        _open(book, order, plan, at=at, random=random)
    return fresh


def _with(totals: Totals, book: Book, order: PaidOrder, fresh: Collection[Recorded]) -> Totals:
    """The totals with what the same member's orders have earned just now, and what there is."""
    periods = periods_at(order.paid_at)
    own = [line for line in fresh if line.member_id == order.member_id]
    figures = book.figures
    return Totals(
        day=totals.day + _granted(own, periods.day.begins, periods.day.ends),
        month=totals.month + _granted(own, periods.month.begins, periods.month.ends),
        lifetime=totals.lifetime + sum(line.granted for line in own),
        balance=figures.pending + figures.available + figures.held,
    )


def _granted(lines: Collection[Recorded], begins: datetime, ends: datetime) -> int:
    return sum(line.granted for line in lines if begins <= line.earned_at < ends)


def _open(book: Book, order: PaidOrder, plan: Earning, *, at: datetime, random: Random) -> None:
    for line in plan.lines:
        if line.granted:
            lot = granting.NewLot(
                new_id(at, random),
                line.granted,
                Source(SourceKind.ORDER, order.id, line.number),
                order.edition.programme.validity.word,
                rule_version=plan.version,
                cancels_at=order.paid_at + CANCELLED_AFTER,
            )
            granting.earn(book, lot, at=at)


def _receive(book: Book, order: PaidOrder, lines: _Lines) -> None:
    assert order.received_at is not None
    for lot in book.lots_of(order.source):
        if lot.settles_at is None and not lot.is_active:
            window_days = lines[order.id, lot.source.part].window_days
            until = settles_at(order.received_at, window_days)
            settling.receive(book, [lot], settles_at=until)
