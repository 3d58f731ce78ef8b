"""Money in the place of goods: for an exchange that was accepted and that cannot be sent any more.

The shop has the units and the money for them, so from there a case ends by one or the other alone.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update

from domain.aftersales.deciding import in_money
from domain.aftersales.holding import lock_replacements, move_replacements
from domain.aftersales.members import CaseDone
from domain.aftersales.models import Case, CaseClaim, CaseLine
from domain.aftersales.moving import lines_of, lock_case, lock_order, tell
from domain.aftersales.reading import facts_under_lock
from domain.aftersales.refunds import begin_refund_of
from domain.aftersales.returns import require_exchange
from domain.aftersales.rules import CaseTerms, CaseWish
from domain.aftersales.staff import mover, note, require_case_in_reach
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.orders.refunding.restocking import lock_levels_of
from domain.orders.refunding.rules import RefundLine, UnitsBack
from domain.orders.refunding.standing import Refundable, lock_refundable
from domain.staff.rules import problems_of_reason
from domain.stock.rules import Reason


async def refund_exchange(
    session: WriteSession, case_id: UUID, *, reason: str, by: By, terms: CaseTerms
) -> CaseDone:
    """Give money back for the units of an exchange that came back; what was held is let go of.

    As much as a return of them would bring by now. Refuses: InvalidInput, CaseUnavailable,
    CaseMoved, and what `refunds.begin_refund_of` refuses.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    case, who = await require_case_in_reach(session, case_id, by), mover(by, terms)
    lines = await lines_of(session, case_id)
    comes = [line.replacement_id for line in lines if line.replacement_id]
    # All levels at once: they are locked again below, and in no other order.
    await lock_levels_of(session, case.order_id, comes)
    levels = await lock_replacements(session, case.place_id, lines)
    await lock_order(session, case.order_id)
    case = await lock_case(session, case_id)
    require_exchange(case)
    await move_replacements(session, case, lines, levels, Reason.RELEASED, who)
    order = await lock_refundable(session, case.order_id)
    await _fill_in(session, case, lines, order)
    await begin_refund_of(session, case, order, who)
    await tell(session, case, who)
    await note(session, "case.refund_exchange", case, reason, by)
    return CaseDone(case_id)


async def _fill_in(
    session: WriteSession, case: Case, lines: Sequence[CaseLine], order: Refundable
) -> None:
    """Write what comes back of each line, and let the case keep it."""
    facts = await facts_under_lock(session, order.id, CaseWish(case.kind, case.reason, ()))
    # A case has an order.
    assert facts is not None
    units = [UnitsBack(each.line_number, each.units, each.units) for each in lines]
    plan = in_money(facts, order.paid, units, is_shops_fault=case.is_shops_fault)
    back = {each.number: each for each in plan.lines}
    for line in lines:
        found = back[line.line_number]
        line.goods_fen, line.freight_fen = found.goods_fen, found.freight_fen
        await _claim(session, case.order_id, found)
    # The lines before the case moves on: then they are as final as any.
    await session.flush()


async def _claim(session: WriteSession, order_id: UUID, line: RefundLine) -> None:
    await session.execute(
        update(CaseClaim)
        .where(CaseClaim.order_id == order_id, CaseClaim.line_number == line.number)
        .values(claimed_fen=CaseClaim.claimed_fen + line.goods_fen)
        .execution_options(synchronize_session=False)
    )
