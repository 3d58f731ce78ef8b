"""Goods of cases that go back on the shelf: what was bought, or what came in exchange for it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select

from domain.aftersales.errors import UnitsNotRestockable
from domain.aftersales.models import Case, CaseLine
from domain.aftersales.moving import Mover
from domain.kernel.db import WriteSession
from domain.orders.models import OrderLine
from domain.orders.refunding.restocking import restock
from domain.stock.actions import Movement, move
from domain.stock.errors import StockShort
from domain.stock.rules import Reason


async def variants_that_came(
    session: WriteSession, lines: Sequence[CaseLine]
) -> Mapping[int, UUID]:
    """Which variants the units of a case are, by its lines, where they came in exchange."""
    keys = [(each.exchange_id, each.line_number) for each in lines if each.exchange_id]
    if not keys:
        return {}
    is_theirs = [and_(CaseLine.case_id == key, CaseLine.line_number == line) for key, line in keys]
    rows = await session.execute(
        select(CaseLine.line_number, CaseLine.replacement_id).where(or_(*is_theirs))
    )
    return {number: variant_id for number, variant_id in rows if variant_id is not None}


async def put_back(
    session: WriteSession,
    case: Case,
    lines: Sequence[CaseLine],
    units: Mapping[int, int],
    others: Mapping[int, UUID],
    by: Mover,
) -> None:
    """Take units of a case back into stock, by its lines, where they were sent from.

    The levels are locked before the order, and ``others`` are what `variants_that_came` says.
    Refuses: UnitsNotRestockable.
    """
    source = f"case:{case.id.hex}"
    bought = {number: some for number, some in units.items() if number not in others}
    came = [
        Movement(
            others[each.line_number],
            case.place_id,
            Reason.TAKEN_BACK,
            units[each.line_number],
            f"case:{each.exchange_id.hex}:return:{source}",
        )
        for each in lines
        if each.exchange_id is not None and units.get(each.line_number)
    ]
    try:
        if bought:
            order_id, key = case.order_id, by.actor
            await restock(session, order_id, bought, source=source, actor=key, at=by.at)
        await move(session, _summed(came), actor=by.actor, at=by.at)
    except StockShort as short:
        # What was sent is sold where it came from, unless it has come back before.
        number = await _line_of(session, case, units, others, short.variant_id)
        raise UnitsNotRestockable(number, short.available, short.wanted) from None


def _summed(movements: Sequence[Movement]) -> list[Movement]:
    """One movement for each level and source, whatever lines have the same variant."""
    summed: dict[tuple[UUID, str], Movement] = {}
    for each in movements:
        key = each.variant_id, each.source
        some = each.units + (summed[key].units if key in summed else 0)
        summed[key] = Movement(each.variant_id, each.place_id, each.reason, some, each.source)
    return [summed[key] for key in sorted(summed)]


async def _line_of(
    session: WriteSession,
    case: Case,
    units: Mapping[int, int],
    others: Mapping[int, UUID],
    variant_id: UUID,
) -> int:
    for number, other in others.items():
        if other == variant_id and units.get(number):
            return number
    number = await session.scalar(
        select(OrderLine.number).where(
            OrderLine.order_id == case.order_id,
            OrderLine.number.in_(units),
            OrderLine.variant_id == variant_id,
        )
    )
    assert number is not None
    return number
