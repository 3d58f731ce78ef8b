"""How the staff answer cases: approve and refuse, each with an audit row."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from domain.aftersales.ending import end, lock_endable
from domain.aftersales.errors import CaseUnavailable
from domain.aftersales.holding import move_replacements
from domain.aftersales.members import CaseDone
from domain.aftersales.models import Case, CasePicture
from domain.aftersales.moving import (
    Mover,
    is_exchange,
    lines_of,
    lock_case,
    move,
    order_of,
    require,
    tell,
)
from domain.aftersales.opening import add_pictures
from domain.aftersales.refunds import begin_refund_of
from domain.aftersales.rules import LONGEST_NOTE, CaseTerms, problems_of_pictures
from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.problems import MISSING, TOO_LONG
from domain.media.actions import ready_key
from domain.media.rules import Purpose
from domain.orders.refunding.standing import lock_refundable
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason
from domain.stock.rules import Reason

_CASE = "case"
"""The kind of a case in the audit trail."""
_REFUSED = "拒绝售后 {number}，原因见售后单 / Refused; case {number} says why"
"""What the audit trail has for a reason where the member was told one."""


def mover(by: By, terms: CaseTerms) -> Mover:
    """Somebody of the staff as who moves cases."""
    return Mover(by.staff.key, by.at, by.random, terms)


async def require_case_in_reach(session: WriteSession, case_id: UUID, by: By) -> Case:
    """A case that this member of the staff sees, not locked. Refuses: CaseUnavailable."""
    case = await session.get(Case, case_id)
    if case is None or not by.staff.works_at(case.place_id):
        raise CaseUnavailable
    return case


async def approve(
    session: WriteSession,
    case_id: UUID,
    *,
    return_to: str | None,
    reason: str,
    by: By,
    terms: CaseTerms,
) -> CaseDone:
    """Grant what a member asks for: money goes back at once, or the goods are awaited.

    ``return_to`` is where goods go, which returns and exchanges want. Units that come in exchange
    are held. Refuses: InvalidInput, CaseUnavailable, CaseMoved, CaseNotPossible, and what
    `refunds.begin_refund_of` refuses.
    """
    case = await require_case_in_reach(session, case_id, by)
    return_to = (return_to or "").strip()
    _require_right([*problems_of_reason(reason), *_problems_of_address(case.kind, return_to)])
    if case.kind is CaseKind.REFUND:
        await _refund(session, case_id, mover(by, terms))
    else:
        await _await_goods(session, case_id, return_to, mover(by, terms))
    await note(session, "case.approve", case, reason, by)
    return CaseDone(case_id)


async def refuse(
    session: WriteSession,
    case_id: UUID,
    *,
    reason: str,
    pictures: Sequence[UUID],
    by: By,
    terms: CaseTerms,
) -> CaseDone:
    """Say no to what a member asks for, or to goods that came back; they read the reason.

    It can be erased with the case, so the audit trail names the case instead of having the words.
    What was accepted is not refused any more: see `repaying.refund_exchange`. ``pictures`` are
    uploads that show what was found. Refuses: InvalidInput, CaseUnavailable, CaseMoved,
    UploadUnknown.
    """
    case = await require_case_in_reach(session, case_id, by)
    _require_right([*problems_of_reason(reason), *problems_of_pictures("pictures", pictures)])
    endable = await lock_endable(session, case_id)
    require(endable.case, CaseStatus.REQUESTED, CaseStatus.RECEIVED)
    await add_findings(session, case_id, pictures, mover(by, terms))
    await end(session, endable, CaseStatus.REFUSED, mover(by, terms), note=reason.strip())
    await note(session, "case.refuse", case, _REFUSED.format(number=case.number), by)
    return CaseDone(case_id)


async def add_findings(
    session: WriteSession, case_id: UUID, pictures: Sequence[UUID], by: Mover
) -> None:
    """Add pictures of what the staff found. Refuses: UploadUnknown."""
    keys = [
        await ready_key(session, each, owner=by.actor, purpose=Purpose.EVIDENCE)
        for each in pictures
    ]
    last = await session.scalar(
        select(func.coalesce(func.max(CasePicture.position), 0)).where(
            CasePicture.case_id == case_id
        )
    )
    await add_pictures(session, case_id, keys, first=(last or 0) + 1, is_members=False, by=by)


async def note(session: WriteSession, action: str, case: Case, reason: str, by: By) -> None:
    """Write what was done with a case into the audit trail."""
    after: dict[str, object] = {"status": case.status, "order": case.order_id}
    if case.exception is not None:
        # Its words can be erased with the case; what is in the trail cannot.
        after["is_exception"] = True
    change = Change(action, _CASE, case.id, None, after, reason.strip())
    await record(session, by.staff, change, at=by.at, random=by.random)


async def _refund(session: WriteSession, case_id: UUID, by: Mover) -> None:
    order = await lock_refundable(session, await order_of(session, case_id))
    case = await lock_case(session, case_id)
    require(case, CaseStatus.REQUESTED)
    await move(session, case, CaseStatus.APPROVED, by)
    await begin_refund_of(session, case, order, by)
    await tell(session, case, by)


async def _await_goods(session: WriteSession, case_id: UUID, return_to: str, by: Mover) -> None:
    endable = await lock_endable(session, case_id)
    case = endable.case
    require(case, CaseStatus.REQUESTED)
    if is_exchange(case):
        lines = await lines_of(session, case_id)
        await move_replacements(session, case, lines, endable.levels, Reason.HELD, by)
    case.return_to = return_to
    await move(session, case, CaseStatus.APPROVED, by)
    await tell(session, case, by)


def _problems_of_address(kind: CaseKind, return_to: str) -> list[Problem]:
    if kind is not CaseKind.REFUND and not return_to:
        return [MISSING.at("returnTo")]
    return [TOO_LONG.at("returnTo", most=LONGEST_NOTE)] if len(return_to) > LONGEST_NOTE else []


def _require_right(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(list(problems))
