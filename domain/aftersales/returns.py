"""Goods that come back: received, inspected, put back on the shelf, and answered for."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from domain.aftersales.holding import lock_replacements, move_replacements
from domain.aftersales.members import CaseDone
from domain.aftersales.models import Case, CaseInspection, CaseLine
from domain.aftersales.moving import (
    is_exchange,
    lines_of,
    lock_case,
    lock_order,
    move,
    require,
    tell,
)
from domain.aftersales.refunds import begin_refund_of
from domain.aftersales.restocking import put_back, variants_that_came
from domain.aftersales.rules import CaseTerms
from domain.aftersales.staff import mover, note, require_case_in_reach
from domain.aftersales.words import CaseStatus
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.orders.refunding.restocking import lock_levels_of
from domain.orders.refunding.standing import lock_refundable
from domain.orders.shipping.rules import Parcel, problems_of
from domain.staff.rules import problems_of_reason
from domain.stock.rules import Reason

NOT_ALL_UNITS = ProblemKind(
    "not_all_units",
    Sentence(
        zh="第 {line} 行须逐件验收，共 {units} 件。",
        en="All {units} units of line {line} have to be accounted for.",
    ),
)


class Finding(msgspec.Struct, frozen=True):
    """What was found of a line's units that came back: how many can be sold again, or not."""

    line_number: int
    restocked: int
    discarded: int = 0


async def receive_back(
    session: WriteSession, case_id: UUID, *, reason: str, by: By, terms: CaseTerms
) -> CaseDone:
    """Note that the goods of a case have come.

    Refuses: InvalidInput, CaseUnavailable, CaseMoved.
    """
    _require_right(list(problems_of_reason(reason)))
    case = await require_case_in_reach(session, case_id, by)
    await lock_order(session, case.order_id)
    case = await lock_case(session, case_id)
    require(case, CaseStatus.SENT_BACK)
    await move(session, case, CaseStatus.RECEIVED, mover(by, terms))
    await tell(session, case, mover(by, terms))
    await note(session, "case.receive", case, reason, by)
    return CaseDone(case_id)


async def inspect(
    session: WriteSession,
    case_id: UUID,
    findings: Sequence[Finding],
    *,
    reason: str,
    by: By,
    terms: CaseTerms,
) -> CaseDone:
    """Accept goods that came back: good ones go on the shelf, and the money goes back.

    Of an exchange what comes in their place is to be sent. Units that cannot be sold again stay
    sold. Refuses: InvalidInput, CaseUnavailable, CaseMoved, UnitsNotRestockable, and what
    `refunds.begin_refund_of` refuses.
    """
    case = await require_case_in_reach(session, case_id, by)
    lines = await lines_of(session, case_id)
    _require_right([*problems_of_reason(reason), *_problems_of(findings, lines)])
    who = mover(by, terms)
    # Levels of units that come back and of units that were not sent, all at once: they are locked
    # again below, for what they say after the goods are back on the shelf, and in no other order.
    others = await variants_that_came(session, lines)
    await lock_levels_of(session, case.order_id, others.values())
    await lock_order(session, case.order_id)
    case = await lock_case(session, case_id)
    require(case, CaseStatus.RECEIVED)
    units = {each.line_number: each.restocked for each in findings if each.restocked}
    await put_back(session, case, lines, units, others, who)
    session.add_all(
        CaseInspection(
            case_id=case_id,
            line_number=each.line_number,
            restocked_units=each.restocked,
            discarded_units=each.discarded,
        )
        for each in findings
    )
    await move(session, case, CaseStatus.INSPECTED, who)
    if not is_exchange(case):
        order = await lock_refundable(session, case.order_id)
        await begin_refund_of(session, case, order, who)
    await tell(session, case, who)
    await note(session, "case.inspect", case, reason, by)
    return CaseDone(case_id)


async def send_replacement(
    session: WriteSession,
    case_id: UUID,
    parcel: Parcel,
    *,
    reason: str,
    by: By,
    terms: CaseTerms,
) -> CaseDone:
    """Send what comes in exchange; its units are sold with it.

    Refuses: InvalidInput, CaseUnavailable, CaseMoved.
    """
    _require_right([*problems_of(parcel), *problems_of_reason(reason)])
    case, who = await require_case_in_reach(session, case_id, by), mover(by, terms)
    lines = await lines_of(session, case_id)
    levels = await lock_replacements(session, case.place_id, lines)
    await lock_order(session, case.order_id)
    case = await lock_case(session, case_id)
    require_exchange(case)
    await move_replacements(session, case, lines, levels, Reason.SOLD, who)
    case.sent_carrier, case.sent_number = parcel.carrier, parcel.tracking_number
    await move(session, case, CaseStatus.EXCHANGED, who)
    await tell(session, case, who)
    await note(session, "case.send_replacement", case, reason, by)
    return CaseDone(case_id)


def require_exchange(case: Case) -> None:
    """See that something waits to be sent in exchange. Refuses: CaseMoved."""
    require(case, CaseStatus.INSPECTED)
    # A return does not rest there: its money is on its way with the same transaction.
    assert is_exchange(case)


def _problems_of(findings: Sequence[Finding], lines: Sequence[CaseLine]) -> Iterator[Problem]:
    found = {each.line_number: each for each in findings}
    known = {line.line_number for line in lines}
    for line in lines:
        each = found.get(line.line_number)
        is_right = each is not None and min(each.restocked, each.discarded) >= 0
        if not is_right or each is None or each.restocked + each.discarded != line.units:
            yield NOT_ALL_UNITS.at("findings", line=line.line_number, units=line.units)
    for place, finding in enumerate(findings):
        if finding.line_number not in known or finding != found[finding.line_number]:
            yield NOT_ALL_UNITS.at(f"findings.{place}", line=finding.line_number, units=0)


def _require_right(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(list(problems))
