"""Writing down what came of a turn, by whoever still has it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.db import WriteSession
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.ports import Standing
from domain.shipping_duty.rules import CONFIRMATION_ASKED_EACH, Told, pause
from domain.shipping_duty.turns import Errand, Turn, fail, rest
from domain.shipping_duty.words import DutyStatus, PlatformState, ReportStatus

LONGEST_PROBLEM = 100
FREE = frozenset({PlatformState.CONFIRMED, PlatformState.COMPLETED, PlatformState.SETTLING})
"""Where WeChat has let go of the money, or does by its own calendar."""
_OPEN = {DutyStatus.DUE, DutyStatus.WAITING_FOR_SHIPMENT}


@dataclass(frozen=True, slots=True)
class Accepted:
    """WeChat has what it was told, or the report; ``told`` is None of a report."""

    told: Told | None = None
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """How WeChat says that the payment stands."""

    standing: Standing


@dataclass(frozen=True, slots=True)
class Refused:
    """WeChat does not take it: it is for people."""

    problem: str


@dataclass(frozen=True, slots=True)
class PutOff:
    """It is tried again; ``is_uncertain`` where it may have taken effect."""

    problem: str
    seconds: int = 0
    is_uncertain: bool = False


Outcome = Accepted | Seen | Refused | PutOff


async def settle(session: WriteSession, turn: Turn, outcome: Outcome, *, at: datetime) -> bool:
    """Write down what came of a turn; whether it was still for its taker to say.

    What people have decided meanwhile stays. What has changed meanwhile is told in another turn.
    """
    duty = await session.get(
        ShippingDuty, turn.attempt_id, with_for_update=True, populate_existing=True
    )
    if duty is None or duty.turn != turn.number:
        return False
    has_changed = duty.changes != turn.changes and duty.status in _OPEN
    _write(duty, turn, outcome, at)
    if duty.status is DutyStatus.EXEMPT:
        duty.try_at = None
    elif has_changed:
        duty.status, duty.try_at = DutyStatus.DUE, at
    return True


def _write(duty: ShippingDuty, turn: Turn, outcome: Outcome, at: datetime) -> None:
    if isinstance(outcome, Seen):
        _seen(duty, outcome.standing, at)
    elif isinstance(outcome, PutOff):
        _put_off(duty, outcome, at)
    elif turn.errand is Errand.REPORT:
        _reported(duty, outcome, at)
    elif isinstance(outcome, Accepted):
        _accepted(duty, turn, outcome, at)
    elif duty.status in _OPEN:
        fail(duty, outcome.problem[:LONGEST_PROBLEM], at)


def _accepted(duty: ShippingDuty, turn: Turn, outcome: Accepted, at: datetime) -> None:
    assert outcome.told is not None
    duty.told, duty.told_at = outcome.told, at
    duty.corrections = min(duty.corrections + outcome.is_correction, 1)
    duty.is_uncertain = False
    if duty.status in _OPEN and duty.changes == turn.changes:
        rest(duty, at)


def _put_off(duty: ShippingDuty, outcome: PutOff, at: datetime) -> None:
    duty.tries += 1
    _note(duty, outcome.problem)
    duty.is_uncertain = outcome.is_uncertain
    duty.try_at = at + max(pause(duty.tries), timedelta(seconds=outcome.seconds))


def _reported(duty: ShippingDuty, outcome: Accepted | Refused, at: datetime) -> None:
    """What is to be told of parcels, or asked, goes on as it stood."""
    duty.tries = 0
    if isinstance(outcome, Refused):
        duty.report_status = ReportStatus.FAILED
        _note(duty, outcome.problem)
    else:
        assert duty.report_until is not None
        duty.report_status, duty.due_at = ReportStatus.ACCEPTED, duty.report_until
        _note(duty, None)
    is_quiet = duty.status is DutyStatus.WAITING_FOR_SHIPMENT or duty.freed_at is not None
    duty.try_at = None if is_quiet else at + CONFIRMATION_ASKED_EACH
    if duty.status is DutyStatus.DUE:
        duty.try_at = at


def _seen(duty: ShippingDuty, standing: Standing, at: datetime) -> None:
    duty.platform_state, duty.tries = standing.state, 0
    _note(duty, None)
    if standing.state is PlatformState.REFUNDED and duty.status is not DutyStatus.HANDLED_ELSEWHERE:
        duty.status, duty.try_at, duty.problem = DutyStatus.EXEMPT, None, None
        return
    if standing.state in FREE:
        duty.freed_at = at
    duty.try_at = None if duty.freed_at else at + CONFIRMATION_ASKED_EACH


def _note(duty: ShippingDuty, problem: str | None) -> None:
    """Note what is wrong; what is wrong with telling stays for as long as it is for people."""
    if duty.status is not DutyStatus.FAILED:
        duty.problem = problem[:LONGEST_PROBLEM] if problem else None
