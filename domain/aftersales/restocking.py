"""Goods of cases that go back on the shelf: what was bought, or what came in exchange for it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from domain.aftersales.errors import UnitsNotRestockable
from domain.aftersales.models import Case, CaseInspection, CaseLine
from domain.aftersales.moving import Mover
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession
from domain.orders.models import OrderLine
from domain.orders.refunding.restocking import restock
from domain.orders.shipping.models import ShipmentLine
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

    The levels are locked before the order, and the order by now; ``others`` are what
    `variants_that_came` says. Refuses: UnitsNotRestockable.
    """
    for each in lines if units else ():
        left, wanted = await _left(session, each), units.get(each.line_number, 0)
        if wanted > left:
            raise UnitsNotRestockable(each.line_number, left, wanted)
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
        # What was sent is sold where it came from, unless somebody has corrected that by hand.
        number = await _line_of(session, case, units, others, short.variant_id)
        raise UnitsNotRestockable(number, short.available, short.wanted) from None


async def _left(session: WriteSession, line: CaseLine) -> int:
    """How many units can still go on the shelf: that were sent, less those that are there already.

    Held against the line's own, for the level has units that others bought. What was bought and
    what came in exchange for it are counted each for itself.
    """
    its = CaseLine.order_id == line.order_id, CaseLine.line_number == line.line_number
    came_by = CaseLine.exchange_id.is_not_distinct_from(line.exchange_id)
    back = (
        select(func.coalesce(func.sum(CaseInspection.restocked_units), 0))
        .join(
            CaseLine,
            and_(
                CaseLine.case_id == CaseInspection.case_id,
                CaseLine.line_number == CaseInspection.line_number,
            ),
        )
        .where(*its, came_by)
    )
    if line.exchange_id is None:
        sent = select(func.coalesce(func.sum(ShipmentLine.units), 0)).where(
            ShipmentLine.order_id == line.order_id, ShipmentLine.line_number == line.line_number
        )
    else:
        is_sent = Case.status == CaseStatus.EXCHANGED
        sent = (
            select(func.coalesce(func.sum(CaseLine.units), 0))
            .join(Case, Case.id == CaseLine.case_id)
            .where(*its, CaseLine.case_id == line.exchange_id, is_sent)
        )
    left = await session.scalar(select(sent.scalar_subquery() - back.scalar_subquery()))
    return max(0, int(left or 0))


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
