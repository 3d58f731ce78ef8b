"""Opening a case: what comes back is told first, and asked for by the figure that was seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.aftersales.deciding import OrderFacts, decided, is_of_unsent
from domain.aftersales.errors import CaseNotPossible, RefundChanged
from domain.aftersales.models import Case, CaseClaim, CaseHistory, CaseLine, CasePicture
from domain.aftersales.moving import Mover, move, tell
from domain.aftersales.reading import facts_under_lock, order_facts
from domain.aftersales.refunds import begin_refund_of
from domain.aftersales.rules import (
    CaseTerms,
    CaseWish,
    LineWish,
    due_at,
    is_shops_fault,
    next_step,
    problems_of,
    problems_of_pictures,
)
from domain.aftersales.words import CaseKind, CaseObstacle, CaseOpener, CaseStatus, NextStep
from domain.catalog.models import Variant
from domain.kernel.db import ReadPool, WriteSession
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import new_id
from domain.kernel.money import Money
from domain.media.actions import ready_key
from domain.media.errors import UploadUnknown
from domain.media.rules import Purpose
from domain.orders.earning.deferring import defer_for_case
from domain.orders.earning.previewing import earned_points_taken
from domain.orders.errors import OrderUnavailable
from domain.orders.refunding.rules import PaidOrder, RefundPlan, has_its_freight
from domain.orders.refunding.standing import Refundable, lock_refundable, paid_order


@dataclass(frozen=True, slots=True)
class Opener:
    """On which side a case is opened, and whether its money may go back with the request.

    ``exception`` is why the rules on time and on goods that were made for the member are set aside.
    """

    side: CaseOpener
    may_be_instant: bool = True
    exception: str | None = None


BY_MEMBER = Opener(CaseOpener.MEMBER)
"""The member whose order it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, the uploads that show it, and how much was told to come back."""

    wish: CaseWish
    evidence: Sequence[UUID]
    seen_fen: int


class Preview(msgspec.Struct, frozen=True):
    """What would come back by a case, and whether it comes without anybody looking at it.

    ``cases`` is how many the order has had so far; ``earned_points_taken`` are points that the
    order has earned and that go with the refund.
    """

    plan: RefundPlan
    is_instant: bool
    next_step: NextStep
    due_at: datetime
    cases: int
    earned_points_taken: int = 0


class Opened(msgspec.Struct, frozen=True):
    """A case that was opened."""

    case_id: UUID
    order_id: UUID


async def preview(
    reads: ReadPool,
    order_id: UUID,
    member_id: UUID,
    wish: CaseWish,
    terms: CaseTerms,
    *,
    at: datetime,
) -> Preview:
    """What would come back of a member's order, to the fen; nothing is written.

    Refuses: InvalidInput, OrderUnavailable, and what `deciding.decided` refuses.
    """
    if problems := list(problems_of(wish)):
        raise InvalidInput(problems)
    facts, paid = await order_facts(reads, order_id, wish), await paid_order(reads, order_id)
    if facts is None or paid is None or facts.member_id != member_id:
        raise OrderUnavailable
    return await with_points(reads, order_id, previewed(facts, paid, wish, terms, BY_MEMBER, at=at))


async def with_points(reads: ReadPool, order_id: UUID, found: Preview) -> Preview:
    """A preview with the earned points that the refund would take."""
    taken = await earned_points_taken(reads, order_id, found.plan)
    return msgspec.structs.replace(found, earned_points_taken=taken)


def previewed(
    facts: OrderFacts,
    paid: PaidOrder,
    wish: CaseWish,
    terms: CaseTerms,
    opener: Opener,
    *,
    at: datetime,
) -> Preview:
    """The same of an order that was read. Refuses what `deciding.decided` refuses."""
    plan = decided(facts, paid, wish, terms, at, is_exception=opener.exception is not None)
    is_instant = _is_instant(wish, plan, paid, terms, opener)
    status = CaseStatus.REFUNDING if is_instant else CaseStatus.REQUESTED
    due = due_at(status, terms, at)
    assert due is not None
    return Preview(plan, is_instant, next_step(status), due, facts.cases)


async def open_case(
    session: WriteSession,
    order_id: UUID,
    member_id: UUID,
    wish: CaseWish,
    evidence: Sequence[UUID],
    seen_fen: int,
    by: Mover,
) -> Opened:
    """Open a case of a member's order, for the amount that they were told.

    What was not sent yet is refunded at once where the terms say so, unless the shop is said to
    have to answer for it. Refuses: InvalidInput, OrderUnavailable, UploadUnknown, RefundChanged,
    and what `deciding.decided` refuses.
    """
    if problems := [*problems_of(wish), *problems_of_pictures("evidence", evidence)]:
        raise InvalidInput(problems)
    order = await lock_refundable(session, order_id)
    facts = await facts_under_lock(session, order_id, wish)
    if facts is None or facts.member_id != member_id:
        raise OrderUnavailable
    return await open_locked(session, order, facts, Asked(wish, evidence, seen_fen), BY_MEMBER, by)


async def open_locked(
    session: WriteSession,
    order: Refundable,
    facts: OrderFacts,
    asked: Asked,
    opener: Opener,
    by: Mover,
) -> Opened:
    """Open a case of an order that is locked, and that whoever opens it may see.

    Refuses: UploadUnknown, RefundChanged, and what `deciding.decided` refuses.
    """
    wish, is_exception = asked.wish, opener.exception is not None
    plan = decided(facts, order.paid, wish, by.terms, by.at, is_exception=is_exception)
    if plan.total_fen != asked.seen_fen:
        raise RefundChanged(asked.seen_fen, plan.total_fen)
    if wish.kind is CaseKind.EXCHANGE:
        await _require_exchangeable(session, facts, wish)
    case = await _written(session, facts, wish, plan, opener, by)
    await _claim(session, order, wish, plan)
    await _add_evidence(session, case, asked.evidence, by)
    numbers = {line.line_number for line in wish.lines}
    await defer_for_case(session, order.id, numbers, case.id, at=by.at, random=by.random)
    is_instant = _is_instant(wish, plan, order.paid, by.terms, opener)
    if is_instant:
        await move(session, case, CaseStatus.APPROVED, by)
        await begin_refund_of(session, case, order, by)
    await tell(session, case, by, is_instant=is_instant)
    return Opened(case.id, order.id)


def _is_instant(
    wish: CaseWish, plan: RefundPlan, paid: PaidOrder, terms: CaseTerms, opener: Opener
) -> bool:
    if not terms.is_instant or not opener.may_be_instant:
        return False
    is_refund = wish.kind is CaseKind.REFUND and not wish.is_by_amount
    # A fault brings freight back, and goods that were made for the member: somebody has to see it,
    # for nobody can know what is wrong with units that they never had. Without one such goods come
    # as far as this only where their texts were rejected.
    is_plain = is_refund and not is_shops_fault(wish.reason)
    # Freight that comes back only once other open cases are granted waits with them.
    return is_plain and is_of_unsent(plan) and has_its_freight(paid, plan)


async def _written(
    session: WriteSession,
    facts: OrderFacts,
    wish: CaseWish,
    plan: RefundPlan,
    opener: Opener,
    by: Mover,
) -> Case:
    ordinal, status = facts.cases + 1, CaseStatus.REQUESTED
    case = Case(
        id=new_id(by.at, by.random),
        order_id=facts.id,
        ordinal=ordinal,
        number=f"{facts.number}-A{ordinal}",
        member_id=facts.member_id,
        place_id=facts.place_id,
        kind=wish.kind,
        status=status,
        reason=wish.reason,
        is_shops_fault=is_shops_fault(wish.reason),
        opened_by=opener.side,
        exception=opener.exception,
        note=wish.note.strip(),
        goods_fen=plan.goods_fen,
        freight_fen=plan.freight_fen,
        refund_fen=plan.total_fen,
        requested_at=by.at,
        due_at=due_at(status, by.terms, by.at),
        history=1,
    )
    session.add(case)
    await session.flush()
    session.add(CaseHistory(case_id=case.id, number=1, to_status=status, actor=by.actor, at=by.at))
    session.add_all(_lines(case, facts, wish, plan))
    await session.flush()
    return case


def _lines(case: Case, facts: OrderFacts, wish: CaseWish, plan: RefundPlan) -> Iterable[CaseLine]:
    wanted = {each.line_number: each for each in wish.lines}
    for each in plan.lines:
        # Freight alone may come back of a line that nobody asked for.
        asked = wanted.get(each.number, LineWish(each.number))
        replacement = None
        if wish.kind is CaseKind.EXCHANGE:
            line, back = facts.line(each.number), facts.exchanged(asked)
            assert line is not None
            same = line.variant_id if back is None else back.variant_id
            replacement = same if asked.replacement is None else UUID(asked.replacement)
        yield CaseLine(
            case_id=case.id,
            line_number=each.number,
            order_id=case.order_id,
            units=each.units,
            sent_units=each.sent_units,
            goods_fen=each.goods_fen,
            freight_fen=each.freight_fen,
            replacement_id=replacement,
            exchange_id=None if asked.exchange is None else UUID(asked.exchange),
        )


async def _claim(
    session: WriteSession, order: Refundable, wish: CaseWish, plan: RefundPlan
) -> None:
    """Count what the case keeps; the table refuses what is too much, whatever was decided."""
    paid = {line.number: line for line in order.paid.lines}
    again = {each.line_number for each in wish.lines if each.exchange is not None}
    for each in plan.lines:
        line, units = paid[each.number], 0 if each.number in again else each.units
        claim = insert(CaseClaim).values(
            order_id=order.id,
            line_number=each.number,
            units=line.units,
            paid_fen=line.paid_fen,
            claimed_units=units,
            claimed_fen=each.goods_fen,
        )
        await session.execute(
            claim.on_conflict_do_update(
                index_elements=["order_id", "line_number"],
                set_={
                    "claimed_units": CaseClaim.claimed_units + units,
                    "claimed_fen": CaseClaim.claimed_fen + each.goods_fen,
                },
            )
        )


async def _add_evidence(
    session: WriteSession, case: Case, evidence: Sequence[UUID], by: Mover
) -> None:
    keys = [
        await ready_key(session, each, owner=by.actor, purpose=Purpose.EVIDENCE)
        for each in evidence
    ]
    is_members = case.opened_by is CaseOpener.MEMBER
    await add_pictures(session, case.id, keys, first=1, is_members=is_members, by=by)


async def add_pictures(
    session: WriteSession,
    case_id: UUID,
    keys: Sequence[str],
    *,
    first: int,
    is_members: bool,
    by: Mover,
) -> None:
    """Add pictures to a case, from the position ``first`` on, each key given once.

    Refuses: UploadUnknown, for one that a case has already, this one or another.
    """
    rows = [
        {
            "case_id": case_id,
            "position": first + place,
            "object_key": key,
            "is_members": is_members,
            "added_at": by.at,
        }
        for place, key in enumerate(keys)
    ]
    if not rows:
        return
    # By their keys, so that two cases that want the same pictures do not wait for each other.
    rows.sort(key=itemgetter("object_key"))
    added = insert(CasePicture).values(rows).on_conflict_do_nothing(index_elements=["object_key"])
    if len((await session.execute(added.returning(CasePicture.position))).all()) < len(rows):
        raise UploadUnknown


async def _require_exchangeable(session: WriteSession, facts: OrderFacts, wish: CaseWish) -> None:
    """See that what shall come is of the same product at the price that was paid for a unit."""
    for each in wish.lines:
        line = facts.line(each.line_number)
        if each.replacement is None or line is None:
            continue
        found = (
            await session.execute(
                select(Variant.product_id, Variant.price_fen).where(
                    Variant.id == UUID(each.replacement)
                )
            )
        ).one_or_none()
        if found is None or tuple(found) != (line.product_id, Money(line.unit_fen)):
            raise CaseNotPossible(facts.id, CaseObstacle.NOT_THIS_GOODS, each.line_number)
