"""Both sides of a day held against each other, in one statement.

What is looked at: the lines of the day, what succeeded here about then, and what is open. A number
is looked for in the bills of all days, the latest of which counts. Whether it is missing there is
only known once the bills of all days that could tell it have come.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from domain.payments.bills import BillKind, LineKind, LineState
from domain.payments.models import PaymentAttempt, PaymentRefund
from domain.payments.words import AttemptStatus, RefundStatus
from domain.reconciliation.models import BillDay, BillRow, Difference
from domain.reconciliation.rules import AROUND_MIDNIGHT, PATIENCE
from domain.reconciliation.words import BillStatus, DifferenceKind

_PAYMENT, _REFUND, _ROW = PaymentAttempt, PaymentRefund, BillRow
_PROVIDER = bindparam("of_provider", type_=Text)
_MERCHANT = bindparam("of_merchant", type_=Text)
_DAY = bindparam("of_day", type_=Date)
_BEGINS = bindparam("begins", type_=_PAYMENT.created_at.type)
_ENDS = bindparam("ends", type_=_PAYMENT.created_at.type)
_MILLIFEN = 1000
_NEVER: ColumnElement[bool] = literal_column("false")


@cache
def differences(bill: BillKind) -> Select[Any]:
    """What differs of the day ``of_day``, which is from ``begins`` until ``ends``, and what is
    open and still does.
    """
    looked_at = _looked_at(bill)
    ours, theirs = _ours(bill, looked_at), _theirs(bill, looked_at)
    kind = case(
        (
            and_(theirs.c.number.is_(None), ours.c.is_done, _is_told(bill, ours)),
            _word(DifferenceKind.MISSING_AT_GATEWAY),
        ),
        *_paid_twice(bill, ours),
        (theirs.c.number.is_(None), None),
        (ours.c.number.is_(None), _word(DifferenceKind.MISSING_HERE)),
        (~_is_as_much(bill, ours, theirs), _word(DifferenceKind.AMOUNT_DIFFERS)),
        (
            or_(
                and_(theirs.c.state == _word(LineState.SUCCEEDED), ~ours.c.is_done),
                and_(theirs.c.state == _word(LineState.FAILED), ours.c.is_done),
            ),
            _word(DifferenceKind.STATE_DIFFERS),
        ),
    )
    found = (
        select(
            looked_at.c.subject,
            looked_at.c.number,
            kind.label("kind"),
            ours.c.amount_fen.label("ours_fen"),
            theirs.c.amount_fen.label("theirs_fen"),
            ours.c.status.label("ours_state"),
            theirs.c.state.label("theirs_state"),
            theirs.c.fee_millifen,
            func.coalesce(theirs.c.day, _day_of(ours.c.ended_at), _DAY).label("day"),
        )
        .select_from(looked_at)
        .outerjoin(ours, _same(looked_at, ours))
        .outerjoin(theirs, _same(looked_at, theirs))
        .subquery("found")
    )
    return select(found).where(found.c.kind.is_not(None))


def _paid_twice(bill: BillKind, ours: Any) -> list[tuple[Any, Any]]:
    """What its payer has by other means, and of the gateway too, as it has told us.

    It is a difference once, whether the bill has it or not, and of one of the bills.
    """
    kind = None if bill is BillKind.FUNDS else _word(DifferenceKind.STATE_DIFFERS)
    return [(ours.c.is_twice, kind)]


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.c.subject == other.c.subject, one.c.number == other.c.number)


def _looked_at(bill: BillKind) -> Any:
    """What is to be looked at, by what this bill calls it."""
    late_begin = _BEGINS - PATIENCE[bill] - AROUND_MIDNIGHT
    until = _ENDS + AROUND_MIDNIGHT
    lines = select(_ROW.kind.label("subject"), _ROW.number.label("number")).where(
        _is_of(_ROW, bill), _ROW.day == _DAY, _ROW.kind != _word(LineKind.OTHER)
    )
    paid = select(_word(LineKind.PAYMENT), _payment_key(bill)).where(
        _PAYMENT.provider == _PROVIDER,
        _PAYMENT.merchant_id == _MERCHANT,
        _PAYMENT.status == _word(AttemptStatus.PAID),
        _PAYMENT.amount_fen > literal_column("0"),
        _PAYMENT.paid_at >= late_begin,
        _PAYMENT.paid_at < until,
    )
    returned = (
        select(_word(LineKind.REFUND), _refund_key(bill))
        .join(_PAYMENT, _PAYMENT.id == _REFUND.attempt_id)
        .where(
            _PAYMENT.provider == _PROVIDER,
            _PAYMENT.merchant_id == _MERCHANT,
            _REFUND.status == _word(RefundStatus.SUCCEEDED),
            _REFUND.finished_at >= late_begin,
            _REFUND.created_at < until,
        )
    )
    if bill is BillKind.FUNDS:
        # Weeks of them: those that its bills have told were looked at then.
        paid = paid.where(~_has_line(bill, LineKind.PAYMENT, _payment_key(bill)))
        returned = returned.where(~_has_line(bill, LineKind.REFUND, _refund_key(bill)))
    open_ = select(Difference.subject, Difference.number).where(
        Difference.provider == _PROVIDER,
        Difference.bill == _word(bill),
        Difference.resolved_at.is_(None),
    )
    return union(lines, paid, returned, *_told_late(bill, late_begin, until), open_).cte(
        "looked_at"
    )


def _told_late(bill: BillKind, late_begin: Any, until: Any) -> list[Any]:
    """Refunds that were paid otherwise, and of which the gateway has told a success since."""
    if bill is BillKind.FUNDS:
        return []
    told = (
        select(_word(LineKind.REFUND), _refund_key(bill))
        .join(_PAYMENT, _PAYMENT.id == _REFUND.attempt_id)
        .where(
            _PAYMENT.provider == _PROVIDER,
            _PAYMENT.merchant_id == _MERCHANT,
            _REFUND.late_success_at >= late_begin,
            _REFUND.late_success_at < until,
        )
    )
    return [told]


def _ours(bill: BillKind, looked_at: Any) -> Any:
    payment, refund = _payment_key(bill), _refund_key(bill)
    paid = (
        select(
            looked_at.c.subject,
            payment.label("number"),
            _PAYMENT.number.label("own_number"),
            _PAYMENT.amount_fen,
            cast(_PAYMENT.status, Text).label("status"),
            (_PAYMENT.status == _word(AttemptStatus.PAID)).label("is_done"),
            _NEVER.label("is_twice"),
            func.coalesce(_PAYMENT.paid_at, _PAYMENT.created_at).label("begun_at"),
            func.coalesce(_PAYMENT.paid_at, _PAYMENT.created_at).label("ended_at"),
        )
        .join(looked_at, looked_at.c.number == payment)
        .where(
            looked_at.c.subject == _word(LineKind.PAYMENT),
            _PAYMENT.provider == _PROVIDER,
        )
    )
    returned = (
        select(
            looked_at.c.subject,
            refund,
            _REFUND.number,
            _REFUND.amount_fen,
            cast(_REFUND.status, Text),
            _REFUND.status == _word(RefundStatus.SUCCEEDED),
            _REFUND.late_success_at.is_not(None),
            _REFUND.created_at,
            func.coalesce(_REFUND.finished_at, _REFUND.created_at),
        )
        .join(looked_at, looked_at.c.number == refund)
        .join(_PAYMENT, _PAYMENT.id == _REFUND.attempt_id)
        .where(
            looked_at.c.subject == _word(LineKind.REFUND),
            _PAYMENT.provider == _PROVIDER,
        )
    )
    return union_all(paid, returned).cte("ours")


def _theirs(bill: BillKind, looked_at: Any) -> Any:
    """What the latest bill that has a number says of it; what it has twice counts twice."""
    latest = (
        select(_ROW.kind, _ROW.number, func.max(_ROW.day).label("day"))
        .join(
            looked_at,
            and_(looked_at.c.subject == _ROW.kind, looked_at.c.number == _ROW.number),
        )
        .where(_is_of(_ROW, bill))
        .group_by(_ROW.kind, _ROW.number)
        .cte("latest")
    )
    return (
        select(
            _ROW.kind.label("subject"),
            _ROW.number.label("number"),
            _ROW.day.label("day"),
            cast(func.sum(_ROW.amount_fen), BigInteger).label("amount_fen"),
            cast(func.sum(_ROW.fee_millifen), BigInteger).label("fee_millifen"),
            cast(func.max(_ROW.state), Text).label("state"),
        )
        .join(
            latest,
            and_(
                latest.c.kind == _ROW.kind,
                latest.c.number == _ROW.number,
                latest.c.day == _ROW.day,
            ),
        )
        .where(_is_of(_ROW, bill))
        .group_by(_ROW.kind, _ROW.number, _ROW.day)
        .cte("theirs")
    )


def _is_told(bill: BillKind, ours: Any) -> ColumnElement[bool]:
    """Whether every bill that could tell it has come."""
    first = _day_of(ours.c.begun_at - AROUND_MIDNIGHT)
    last = _day_of(ours.c.ended_at + PATIENCE[bill])
    waiting = exists().where(
        _is_of(BillDay, bill),
        BillDay.day.between(first, last),
        BillDay.status == _word(BillStatus.WAITING),
    )
    return and_(_is_taken(bill, _day_of(ours.c.ended_at)), _is_taken(bill, last), ~waiting)


def _is_taken(bill: BillKind, day: Any) -> ColumnElement[bool]:
    taken = BillDay.status == _word(BillStatus.TAKEN)
    return exists().where(_is_of(BillDay, bill), BillDay.day == day, taken)


def _is_as_much(bill: BillKind, ours: Any, theirs: Any) -> ColumnElement[bool]:
    """Whether the amounts are the same; of a refund the fee may be taken off that came back."""
    if bill is BillKind.TRADES:
        return ours.c.amount_fen == theirs.c.amount_fen
    fee = (
        select(-func.min(_ROW.fee_millifen))
        .where(
            _is_of(_ROW, BillKind.TRADES),
            _ROW.kind == _word(LineKind.REFUND),
            _ROW.number == ours.c.own_number,
        )
        .correlate(ours)
        .scalar_subquery()
    )
    most = case((ours.c.subject == _word(LineKind.REFUND), func.coalesce(fee, 0)), else_=0)
    short = (ours.c.amount_fen - theirs.c.amount_fen) * _MILLIFEN
    # To the fen, which is what moves.
    return short.between(0, func.greatest(most, 0) + case((most > 0, _MILLIFEN - 1), else_=0))


def _has_line(bill: BillKind, kind: LineKind, number: Any) -> ColumnElement[bool]:
    return exists().where(_is_of(_ROW, bill), _ROW.kind == _word(kind), _ROW.number == number)


def _payment_key(bill: BillKind) -> Any:
    return _PAYMENT.number if bill is BillKind.TRADES else _PAYMENT.transaction_id


def _refund_key(bill: BillKind) -> Any:
    return _REFUND.number if bill is BillKind.TRADES else _REFUND.gateway_id


def _is_of(model: Any, bill: BillKind) -> ColumnElement[bool]:
    return and_(model.provider == _PROVIDER, model.bill == _word(bill))


def _day_of(moment: Any) -> Any:
    """The day of a moment where the gateway is."""
    return cast(func.timezone("Asia/Shanghai", moment), Date)


def _word(word: str) -> Any:
    """A word as SQL has it, so that partial indexes know it."""
    return literal_column(f"'{word}'", Text)
