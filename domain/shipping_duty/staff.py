"""What the staff do with duties: try again, report a late shipment, say that it was told by hand.

Nothing of that calls WeChat: a worker does, in the next second.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, ProblemKind
from domain.kernel.language import Sentence
from domain.shipping_duty.errors import ShippingDutyNotOpen, ShippingDutyUnavailable
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.rules import CONFIRMATION_ASKED_EACH, REPORTED_FROM, REPORTED_TO
from domain.shipping_duty.standing import OPEN
from domain.shipping_duty.words import DutyStatus, ReportStatus
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "shipping_duty"
NOT_A_LATE_DAY = ProblemKind(
    "not_a_late_day",
    Sentence(
        zh="须在付款 15 天之后、330 天之内，且晚于现在。",
        en="Must be later than 15 days after the payment, within 330, and not over.",
    ),
)


class SeenTo(msgspec.Struct, frozen=True):
    """A duty for which somebody has done something."""

    id: UUID


async def retry(session: WriteSession, duty_id: UUID, *, reason: str, by: By) -> SeenTo:
    """Try at once what is due or was given up, with an audit row.

    Refuses: InvalidInput, ShippingDutyUnavailable, ShippingDutyNotOpen.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    duty = await _locked(session, duty_id)
    if duty.status is DutyStatus.EXEMPT or duty.freed_at is not None:
        raise ShippingDutyNotOpen(duty.status)
    before = _state(duty)
    if duty.report_status is ReportStatus.FAILED and duty.status in OPEN:
        duty.report_status = ReportStatus.DUE
    if duty.status is DutyStatus.FAILED:
        duty.status = DutyStatus.DUE
    duty.try_at, duty.tries, duty.problem = by.at, 0, None
    duty.changes += 1
    await _recorded(session, duty, "retry", before, reason, by)
    return SeenTo(duty.attempt_id)


async def report(
    session: WriteSession, duty_id: UUID, *, until: datetime, reason: str, by: By
) -> SeenTo:
    """Have it reported that goods are shipped by a later day, with an audit row.

    Refuses: InvalidInput, ShippingDutyUnavailable, ShippingDutyNotOpen.
    """
    problems = list(problems_of_reason(reason))
    duty = await _locked(session, duty_id)
    after = until - duty.paid_at
    if not (REPORTED_FROM < after <= REPORTED_TO) or until <= by.at:
        problems.append(NOT_A_LATE_DAY.at("until"))
    if problems:
        raise InvalidInput(problems)
    if duty.status not in OPEN or (duty.told is not None and duty.told.is_whole):
        raise ShippingDutyNotOpen(duty.status)
    before = _state(duty)
    duty.report_status, duty.report_until = ReportStatus.DUE, until
    duty.try_at, duty.tries, duty.problem = by.at, 0, _kept_problem(duty)
    duty.changes += 1
    await _recorded(session, duty, "report_late", before, reason, by)
    return SeenTo(duty.attempt_id)


async def hand_over(session: WriteSession, duty_id: UUID, *, reason: str, by: By) -> SeenTo:
    """Take a duty for told: somebody has done so in WeChat's own console. With an audit row.

    Refuses: InvalidInput, ShippingDutyUnavailable, ShippingDutyNotOpen.
    """
    if problems := list(problems_of_reason(reason)):
        raise InvalidInput(problems)
    duty = await _locked(session, duty_id)
    if duty.status not in OPEN:
        raise ShippingDutyNotOpen(duty.status)
    before = _state(duty)
    duty.status, duty.handled_at = DutyStatus.HANDLED_ELSEWHERE, by.at
    duty.tries, duty.problem, duty.is_uncertain = 0, None, False
    if duty.report_status is ReportStatus.DUE:
        duty.report_status = ReportStatus.FAILED
    duty.try_at = by.at + CONFIRMATION_ASKED_EACH
    duty.changes += 1
    await _recorded(session, duty, "handle_elsewhere", before, reason, by)
    return SeenTo(duty.attempt_id)


def _kept_problem(duty: ShippingDuty) -> str | None:
    """What is wrong with telling stays; what was wrong with a report does not."""
    return duty.problem if duty.status is DutyStatus.FAILED else None


async def _locked(session: WriteSession, duty_id: UUID) -> ShippingDuty:
    duty = await session.get(ShippingDuty, duty_id, with_for_update=True, populate_existing=True)
    if duty is None:
        raise ShippingDutyUnavailable
    return duty


def _state(duty: ShippingDuty) -> dict[str, object]:
    until = duty.report_until
    return {
        "order_id": duty.order_id.hex,
        "status": duty.status,
        "problem": duty.problem,
        "report_status": duty.report_status,
        "report_until": until.isoformat() if until else None,
    }


async def _recorded(
    session: WriteSession,
    duty: ShippingDuty,
    action: str,
    before: dict[str, object],
    reason: str,
    by: By,
) -> None:
    change = Change(
        f"shipping_duty.{action}",
        _SUBJECT,
        duty.attempt_id,
        before,
        _state(duty),
        reason.strip(),
    )
    await record(session, by.staff, change, at=by.at, random=by.random)
