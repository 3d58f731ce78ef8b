"""Bill days: which are due, and taking a bill in, whole or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import and_, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.clock import SHOP_ZONE
from domain.kernel.db import HotWrite, WriteSession
from domain.kernel.ids import first_id
from domain.kernel.row_sets import RowSet
from domain.payments.bills import Bill, BillKind, BillLine, LineKind
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import AttemptStatus, PaymentProvider, RefundStatus
from domain.reconciliation.models import BillDay, BillRow
from domain.reconciliation.rules import ask_after, begin_of, due_at, first_kept, last_due
from domain.reconciliation.words import BillStatus

_AT_ONCE = 2_000
_ROWS = RowSet(
    "lines",
    BillRow,
    "provider bill day position kind number reference at amount_fen fee_millifen state",
)
_WRITE = HotWrite(_ROWS.insert())


@dataclass(frozen=True, slots=True)
class Due:
    """A bill to be asked for."""

    provider: PaymentProvider
    bill: BillKind
    day: date


@dataclass(slots=True)
class _Totals:
    payments: int = 0
    paid_fen: int = 0
    refunds: int = 0
    refunded_fen: int = 0
    others: int = 0
    others_fen: int = 0
    fee_millifen: int = 0

    def add(self, line: BillLine) -> None:
        self.fee_millifen += line.fee_millifen
        match line.kind:
            case LineKind.PAYMENT:
                self.payments += 1
                self.paid_fen += line.amount_fen
            case LineKind.REFUND:
                self.refunds += 1
                self.refunded_fen += line.amount_fen
            case LineKind.OTHER:
                self.others += 1
                self.others_fen += line.amount_fen


async def plan_days(session: WriteSession, provider: PaymentProvider, *, at: datetime) -> None:
    """Make every day due that is over and not known yet, since the first payment.

    Days that were missed are caught up, as far back as the gateway has their bills; what it has
    no more is lost.
    """
    is_lost = (BillDay.status == BillStatus.WAITING) & (BillDay.day < first_kept(at))
    await session.execute(update(BillDay).where(is_lost).values(status=BillStatus.LOST))
    paid = select(func.min(PaymentAttempt.paid_at)).where(
        PaymentAttempt.provider == provider, PaymentAttempt.status == AttemptStatus.PAID
    )
    first_paid_at = await session.scalar(paid)
    if first_paid_at is None:
        return
    begun = max(first_paid_at.astimezone(SHOP_ZONE).date(), first_kept(at))
    days = [begun + timedelta(days=n) for n in range((last_due(at) - begun).days + 1)]
    if not days:
        return
    values = [
        {
            "provider": provider,
            "bill": bill,
            "day": day,
            "status": BillStatus.WAITING,
            "ask_at": due_at(day),
        }
        for day in days
        for bill in BillKind
    ]
    await session.execute(insert(BillDay).values(values).on_conflict_do_nothing())


async def take_due(
    session: WriteSession, provider: PaymentProvider, *, at: datetime, day: date | None = None
) -> Due | None:
    """Take the earliest bill that is due, or one of this day, for this process to ask for.

    It is due again after a while: nothing else says whether asking for it went well.
    """
    waits = (BillDay.provider == provider) & (BillDay.status == BillStatus.WAITING)
    chosen = BillDay.ask_at <= at if day is None else BillDay.day == day
    # Fees of refunds are told among the trades, so that they come first.
    trades_first = case((BillDay.bill == BillKind.TRADES, 0), else_=1)
    found = await session.scalar(
        select(BillDay)
        .where(waits, chosen)
        .order_by(BillDay.day, trades_first)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    found.asked += 1
    found.ask_at = at + ask_after(found.asked)
    return Due(found.provider, found.bill, found.day)


async def note_problem(session: WriteSession, due: Due, problem: str) -> None:
    """Remember why a bill was not had."""
    await session.execute(_of(due).values(problem=problem))


async def is_silent(session: WriteSession, due: Due) -> bool:
    """Whether nothing was paid here on that day either, nor began to go back, nor was back."""
    begins, ends = begin_of(due.day), begin_of(due.day + timedelta(days=1))
    attempt, refund = PaymentAttempt, PaymentRefund
    paid = exists().where(
        attempt.provider == due.provider,
        attempt.status == AttemptStatus.PAID,
        attempt.paid_at >= begins,
        attempt.paid_at < ends,
    )
    # Ids begin with the moment at which a refund was begun.
    is_begun = and_(refund.id >= first_id(begins), refund.id < first_id(ends))
    is_back = and_(
        refund.status == RefundStatus.SUCCEEDED,
        refund.finished_at >= begins,
        refund.finished_at < ends,
    )
    returned = [
        exists().where(attempt.id == refund.attempt_id, attempt.provider == due.provider, condition)
        for condition in (is_begun, is_back)
    ]
    return not await session.scalar(select(or_(paid, *returned)))


async def take_in(session: WriteSession, due: Due, bill: Bill | None, *, at: datetime) -> bool:
    """Write the lines of a bill, None for a day without any; False where somebody has done so.

    Raises `BillUnusable` where it turns out not to be whole: roll back then.
    """
    key = {"provider": due.provider, "bill": due.bill, "day": due.day}
    known = await session.get(BillDay, key, with_for_update=True, populate_existing=True)
    if known is None or known.status is not BillStatus.WAITING:
        return False
    totals = await _write(session, due, bill.lines() if bill else iter(()))
    taken = {
        "status": BillStatus.TAKEN,
        "taken_at": at,
        "problem": None,
        "digest": bill.digest if bill else None,
    }
    figures = {name: getattr(totals, name) for name in _Totals.__slots__}
    await session.execute(_of(due).values(**taken, **figures))
    return True


async def _write(session: WriteSession, due: Due, lines: Iterator[BillLine]) -> _Totals:
    totals, position = _Totals(), 0
    while chunk := list(islice(lines, _AT_ONCE)):
        rows = [
            (
                due.provider,
                due.bill,
                due.day,
                number,
                line.kind,
                line.number,
                line.reference,
                line.at,
                line.amount_fen,
                line.fee_millifen,
                line.state,
            )
            for number, line in enumerate(chunk, position)
        ]
        await _WRITE.run(session, **_ROWS.bound(rows))
        position += len(chunk)
        for line in chunk:
            totals.add(line)
    return totals


def _of(due: Due):
    return (
        update(BillDay)
        .where(BillDay.provider == due.provider, BillDay.bill == due.bill, BillDay.day == due.day)
        .execution_options(synchronize_session=False)
    )
