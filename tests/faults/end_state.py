"""What is left after faults: it must be what there would be without them."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from cli.audit import INVARIANTS
from domain.kernel.audit import violations
from domain.kernel.db import Database, WriteSession
from domain.kernel.outbox import OutboxRow
from domain.orders.models import Order, OrderDeadline, OrderHistory, OrderLine, OrderPayment
from domain.orders.words import OrderStatus, PaymentStatus
from domain.stock.models import StockEntry, StockLevel
from domain.stock.rules import Reason

_LEFT_OUT = "catalog."
"""The goods of tests have no history of prices, and faults change no catalog."""


@dataclass(frozen=True)
class EndState:
    """Orders by their status, and the units that are held for them by variant."""

    orders: dict[UUID, OrderStatus]
    held: dict[UUID, int]
    facts: int
    undone_facts: int

    @property
    def counted(self) -> Counter[OrderStatus]:
        """How many orders there are of each status."""
        return Counter(self.orders.values())


async def end_state(database: Database) -> EndState:
    """What is left, after it was proven that each order has had each of its effects once.

    An open order holds its units and waits for its payment; a closed one has given them back.
    Each move is in the history and in the outbox once, and what `mall audit` proves holds.
    """
    async with database.writes() as session:
        orders = {each.id: each for each in await session.scalars(select(Order))}
        await _prove_the_moves(session, orders)
        await _prove_the_units(session, orders)
        await _prove_what_is_due(session, orders)
        broken = [
            (invariant.name, row)
            for invariant in INVARIANTS
            if not invariant.name.startswith(_LEFT_OUT)
            async for row in violations(session, invariant)
        ]
        assert broken == []
        levels = await session.scalars(select(StockLevel))
        undone = select(func.count()).where(OutboxRow.done_at.is_(None))
        return EndState(
            {each.id: each.status for each in orders.values()},
            {each.variant_id: each.held for each in levels},
            await session.scalar(select(func.count()).select_from(OutboxRow)) or 0,
            await session.scalar(undone) or 0,
        )


def _moves(order: Order) -> int:
    return 2 if order.status is OrderStatus.CLOSED else 1


async def _prove_the_moves(session: WriteSession, orders: dict[UUID, Order]) -> None:
    """One row of the history and one fact for each move, and none besides."""
    expected = sorted(
        (each.id, number) for each in orders.values() for number in range(1, _moves(each) + 1)
    )
    assert all(each.history == _moves(each) for each in orders.values())
    history = await session.execute(select(OrderHistory.order_id, OrderHistory.number))
    assert sorted(map(tuple, history)) == expected
    facts = await session.execute(select(OutboxRow.aggregate_id, OutboxRow.sequence))
    assert sorted(map(tuple, facts)) == expected


async def _prove_the_units(session: WriteSession, orders: dict[UUID, Order]) -> None:
    """Each line's units were held once, and given back once by an order that is closed."""
    expected: Counter[tuple[str, Reason, UUID, int]] = Counter()
    held: Counter[UUID] = Counter()
    lines = await session.scalars(select(OrderLine))
    for line in lines:
        source = f"order:{line.order_id.hex}"
        expected[source, Reason.HELD, line.variant_id, line.units] += 1
        if orders[line.order_id].status is OrderStatus.CLOSED:
            expected[source, Reason.RELEASED, line.variant_id, line.units] += 1
        else:
            held[line.variant_id] += line.units
    entries = await session.scalars(
        select(StockEntry).where(StockEntry.reason.in_([Reason.HELD, Reason.RELEASED]))
    )
    found = Counter((each.source, each.reason, each.variant_id, each.units) for each in entries)
    assert found == expected
    levels = await session.scalars(select(StockLevel))
    assert {each.variant_id: each.held for each in levels if each.held} == held


async def _prove_what_is_due(session: WriteSession, orders: dict[UUID, Order]) -> None:
    """An open order has its deadline and what has to be paid; a closed one has neither."""
    is_open = {each.id for each in orders.values() if each.status is OrderStatus.PENDING_PAYMENT}
    assert set(await session.scalars(select(OrderDeadline.order_id))) == is_open
    payments = list(await session.scalars(select(OrderPayment)))
    assert len(payments) == len(orders)
    due = {each.order_id for each in payments if each.status is PaymentStatus.DUE}
    assert due == is_open
