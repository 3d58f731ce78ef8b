"""Opening a case for a member: on the phone, or where the shop knows first that something is wrong.

What comes back is decided by the same rules and figures as when the member asks. The staff may set
the time that there is aside, and what holds for goods that were made for the member, for a reason
that both sides read; then somebody has to agree to the case, as to any that a guide opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.aftersales.deciding import OrderFacts
from domain.aftersales.errors import CasesChanged
from domain.aftersales.models import Case
from domain.aftersales.opening import (
    Asked,
    Opened,
    Opener,
    Preview,
    open_locked,
    previewed,
    with_points,
)
from domain.aftersales.reading import facts_under_lock, order_facts
from domain.aftersales.rules import (
    LONGEST_NOTE,
    CaseTerms,
    CaseWish,
    problems_of,
    problems_of_pictures,
)
from domain.aftersales.staff import mover, note
from domain.aftersales.words import CaseOpener
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import ReadPool, WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.problems import MISSING, TOO_LONG
from domain.orders.errors import OrderUnavailable
from domain.orders.refunding.standing import lock_refundable, paid_order
from domain.staff.rules import problems_of_reason

ANSWERERS = frozenset({Role.STORE_MANAGER, Role.OPERATOR, Role.OWNER})
"""Who agrees to cases; so money goes back at once by what they open, and by nobody else."""


@dataclass(frozen=True, slots=True)
class AskedForMember:
    """What is asked for, how many cases the order had when it was looked at, and why it is done."""

    asked: Asked
    seen_cases: int
    exception: str | None
    reason: str


async def preview_for_member(
    reads: ReadPool,
    order_id: UUID,
    wish: CaseWish,
    exception: str | None,
    terms: CaseTerms,
    by: By,
) -> Preview:
    """What would come back of an order, to the fen; nothing is written.

    Refuses: InvalidInput, OrderUnavailable, and what `deciding.decided` refuses.
    """
    _require_right([*problems_of(wish), *_problems_of_exception(exception)])
    facts, paid = await order_facts(reads, order_id, wish), await paid_order(reads, order_id)
    seen = _require_in_reach(facts, by)
    # An order has lines.
    assert paid is not None
    found = previewed(seen, paid, wish, terms, _opener(by.staff, exception), at=by.at)
    return await with_points(reads, order_id, found)


async def open_for_member(
    session: WriteSession,
    order_id: UUID,
    given: AskedForMember,
    by: By,
    terms: CaseTerms,
) -> Opened:
    """Open a case for an order's member, for the amount that was seen, with an audit row.

    Where another case was opened since the order was looked at, by whomever, nothing is: of two
    people who hear of one thing one opens a case. Refuses: InvalidInput, OrderUnavailable,
    CasesChanged, and what `opening.open_locked` refuses.
    """
    _require_right(
        [
            *problems_of(given.asked.wish),
            *problems_of_pictures("evidence", given.asked.evidence),
            *_problems_of_exception(given.exception),
            *problems_of_reason(given.reason),
        ]
    )
    order = await lock_refundable(session, order_id)
    locked = await facts_under_lock(session, order_id, given.asked.wish)
    facts = _require_in_reach(locked, by)
    if facts.cases != given.seen_cases:
        raise CasesChanged(given.seen_cases, facts.cases)
    opener = _opener(by.staff, given.exception)
    opened = await open_locked(session, order, facts, given.asked, opener, mover(by, terms))
    case = await session.get_one(Case, opened.case_id)
    await note(session, "case.open", case, given.reason, by)
    return opened


def _opener(staff: Staff, exception: str | None) -> Opener:
    is_plain = exception is None
    said = None if exception is None else exception.strip()
    return Opener(CaseOpener.STAFF, is_plain and staff.role in ANSWERERS, said)


def _require_in_reach(facts: OrderFacts | None, by: By) -> OrderFacts:
    if facts is None or not by.staff.works_at(facts.place_id):
        raise OrderUnavailable
    return facts


def _problems_of_exception(exception: str | None) -> list[Problem]:
    if exception is not None and not exception.strip():
        return [MISSING.at("exception")]
    is_long = exception is not None and len(exception) > LONGEST_NOTE
    return [TOO_LONG.at("exception", most=LONGEST_NOTE)] if is_long else []


def _require_right(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(list(problems))
