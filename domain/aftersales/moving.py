"""Moving cases on: under the lock of their order, each move with its row and its deadline.

The order is locked before its cases, so what two people do with one case is decided once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy import case as sql_case

from domain.aftersales.errors import CaseMoved as Moved
from domain.aftersales.errors import CaseUnavailable
from domain.aftersales.events import CaseMoved
from domain.aftersales.models import Case, CaseClaim, CaseHistory, CaseLine
from domain.aftersales.rules import ENDED, KEEPS, CaseTerms, due_at, may_move
from domain.aftersales.words import CaseKind, CaseOpener, CaseStatus
from domain.kernel.db import WriteSession
from domain.kernel.outbox import Fact, promise_all
from domain.orders.earning.deferring import lift_of_case
from domain.orders.models import Order
from domain.points import posting


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves cases, when, by which terms, and where ids come from."""

    actor: str
    at: datetime
    random: Random
    terms: CaseTerms


async def order_of(session: WriteSession, case_id: UUID) -> UUID:
    """Whose case it is, before anything is locked. Refuses: CaseUnavailable."""
    order_id = await session.scalar(select(Case.order_id).where(Case.id == case_id))
    if order_id is None:
        raise CaseUnavailable
    return order_id


async def lock_order(session: WriteSession, order_id: UUID) -> None:
    """Lock an order, where no levels have to be locked before it."""
    await session.execute(
        select(Order.id).where(Order.id == order_id).with_for_update(key_share=True)
    )


async def lock_for_all(session: WriteSession, case_ids: Sequence[UUID]) -> None:
    """Lock what ending several cases takes, before any of them: each kind ascending, at once.

    Their orders, then their members' accounts of points: one by one, as the cases come, two who
    end cases of the same members could each wait for the other. A case is only ever locked under
    its order, so it may come last.
    """
    of_cases = Case.id.in_(case_ids)
    await session.execute(
        select(Order.id)
        .where(Order.id.in_(select(Case.order_id).where(of_cases)))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )
    members = await session.scalars(select(Case.member_id).where(of_cases).distinct())
    await posting.lock(session, members.all())


async def lock_case(session: WriteSession, case_id: UUID) -> Case:
    """Lock a case whose order is locked, and read it as it is now. Refuses: CaseUnavailable."""
    found = await session.scalar(
        select(Case)
        .where(Case.id == case_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise CaseUnavailable
    return found


def require(case: Case, *statuses: CaseStatus) -> None:
    """See that a case is where it can be moved from. Refuses: CaseMoved."""
    if case.status not in statuses:
        raise Moved(case.id, case.status)


async def move(
    session: WriteSession, case: Case, to: CaseStatus, by: Mover, *, note: str | None = None
) -> None:
    """Move a locked case on, with its row; what else is to be written of it is written with it.

    A case that is over without money gives back what it kept. What it stood against settling of
    the order's points may settle with its end. Its event is the caller's to tell.
    """
    before = case.status
    # Whoever calls has looked: anything else is a bug, and moves nothing.
    assert may_move(case.kind, before, to), (case.kind, before, to)
    case.status, case.history = to, case.history + 1
    case.due_at, case.ended_at = due_at(to, by.terms, by.at), by.at if to in ENDED else None
    await session.flush()
    session.add(
        CaseHistory(
            case_id=case.id,
            number=case.history,
            from_status=before,
            to_status=to,
            actor=by.actor,
            at=by.at,
            note=note,
        )
    )
    if to not in KEEPS:
        await _give_back(session, case.id)
    await session.flush()
    if to in ENDED:
        await lift_of_case(session, case.member_id, case.id, at=by.at)


async def tell(session: WriteSession, case: Case, by: Mover, *, is_instant: bool = False) -> None:
    """Promise the event of a case's last move; ``is_instant`` where it is opened and refunded."""
    number = await session.scalar(select(Order.number).where(Order.id == case.order_id))
    assert number is not None
    event = CaseMoved(
        member_id=case.member_id,
        order_id=case.order_id,
        order_number=number,
        kind=case.kind,
        status=case.status,
        refund_fen=case.refund_fen,
        told=case.told,
        is_by_staff=case.opened_by is CaseOpener.STAFF,
        is_instant=is_instant,
    )
    await promise_all(session, [Fact(case.id, case.history, event)], at=by.at, random=by.random)


async def lines_of(session: WriteSession, case_id: UUID) -> Sequence[CaseLine]:
    """The lines of a case, in order."""
    ordered = select(CaseLine).where(CaseLine.case_id == case_id).order_by(CaseLine.line_number)
    return list(await session.scalars(ordered))


async def _give_back(session: WriteSession, case_id: UUID) -> None:
    """Count down what a case kept of its lines."""
    claim, line = CaseClaim, CaseLine
    is_its: Any = and_(
        line.case_id == case_id,
        claim.order_id == line.order_id,
        claim.line_number == line.line_number,
    )
    await session.execute(
        update(claim)
        .where(is_its)
        .values(
            claimed_units=claim.claimed_units
            - sql_case((line.exchange_id.is_(None), line.units), else_=0),
            claimed_fen=claim.claimed_fen - line.goods_fen,
        )
        .execution_options(synchronize_session=False)
    )


def is_exchange(case: Case) -> bool:
    """Whether other units come in the place of those that come back."""
    return case.kind is CaseKind.EXCHANGE
