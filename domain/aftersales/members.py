"""What members do with their cases: take them back, and send goods back."""

from uuid import UUID

import msgspec

from domain.aftersales.ending import end, lock_endable
from domain.aftersales.errors import CaseUnavailable
from domain.aftersales.models import Case
from domain.aftersales.moving import (
    Mover,
    lock_case,
    lock_order,
    move,
    order_of,
    require,
    tell,
)
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput
from domain.orders.shipping.rules import Parcel, problems_of


class CaseDone(msgspec.Struct, frozen=True):
    """A case with which something was done."""

    case_id: UUID


async def cancel(session: WriteSession, case_id: UUID, member_id: UUID, by: Mover) -> CaseDone:
    """Take a case back that nothing was sent for yet. Refuses: CaseUnavailable, CaseMoved.

    One that was taken back already is answered as such.
    """
    endable = await lock_endable(session, case_id)
    _require_own(endable.case, member_id)
    if endable.case.status is not CaseStatus.CANCELLED:
        require(endable.case, CaseStatus.REQUESTED, CaseStatus.APPROVED)
        await end(session, endable, CaseStatus.CANCELLED, by)
    return CaseDone(case_id)


async def send_back(
    session: WriteSession, case_id: UUID, member_id: UUID, parcel: Parcel, by: Mover
) -> CaseDone:
    """Say by whom and under which number the goods come back.

    Refuses: InvalidInput, CaseUnavailable, CaseMoved.
    """
    if problems := list(problems_of(parcel)):
        raise InvalidInput(problems)
    await lock_order(session, await order_of(session, case_id))
    case = await lock_case(session, case_id)
    _require_own(case, member_id)
    require(case, CaseStatus.APPROVED)
    case.back_carrier, case.back_number = parcel.carrier, parcel.tracking_number
    await move(session, case, CaseStatus.SENT_BACK, by)
    await tell(session, case, by)
    return CaseDone(case_id)


def _require_own(case: Case, member_id: UUID) -> None:
    if case.member_id != member_id:
        raise CaseUnavailable
