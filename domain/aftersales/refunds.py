"""Giving the money of a case back: by one refund of its order, for the figure that was frozen."""

from uuid import UUID

from sqlalchemy import select

from domain.aftersales.deciding import frozen_plan
from domain.aftersales.models import Case
from domain.aftersales.moving import Mover, lines_of, lock_case, lock_order, move, tell
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession
from domain.orders.refunding.reserving import Cause
from domain.orders.refunding.standing import Refundable
from domain.payments.returning import begin_refund

_SOURCE = "case:"


def source_of(case_id: UUID) -> str:
    """What the refund of a case names as its cause."""
    return f"{_SOURCE}{case_id.hex}"


def case_of(source: str) -> UUID | None:
    """The case that is the cause of a refund; None for other causes."""
    return UUID(source.removeprefix(_SOURCE)) if source.startswith(_SOURCE) else None


async def begin_refund_of(session: WriteSession, case: Case, order: Refundable, by: Mover) -> None:
    """Begin to give the money of a locked case back, and move it on.

    Refuses: OrderNotRefundable, UnitsNotRefundable, AmountNotRefundable, RefundsExhausted.
    """
    lines = [
        (each.line_number, each.units, each.sent_units, each.goods_fen, each.freight_fen)
        for each in await lines_of(session, case.id)
    ]
    plan = frozen_plan(lines, is_shops_fault=case.is_shops_fault)
    refund = await begin_refund(
        session,
        order,
        plan,
        Cause(source_of(case.id), by.actor),
        at=by.at,
        random=by.random,
        terms=by.terms.refunding,
    )
    case.refund_id = refund.id
    # The same as before, but of an exchange, which has had no amount so far.
    case.goods_fen, case.freight_fen = plan.goods_fen, plan.freight_fen
    case.refund_fen = plan.total_fen
    await move(session, case, CaseStatus.REFUNDING, by)


async def settle(session: WriteSession, case_id: UUID, by: Mover) -> bool:
    """Note that all money of a case is back; says whether it was not noted before."""
    order_id = await session.scalar(select(Case.order_id).where(Case.id == case_id))
    if order_id is None:
        return False
    await lock_order(session, order_id)
    case = await lock_case(session, case_id)
    if case.status is not CaseStatus.REFUNDING:
        return False
    await move(session, case, CaseStatus.SUCCEEDED, by)
    await tell(session, case, by)
    return True
