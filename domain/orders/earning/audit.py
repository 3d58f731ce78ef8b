"""What must be true of orders and the points that they earned, beyond what their tables enforce."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from domain.kernel.audit import Invariant
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.models import OrderRefund, OrderRefundLine
from domain.orders.words import OrderRefundStatus
from domain.points.earning.growing import FEN_A_POINT
from domain.points.earning.models import PointsLineEarning, PointsProgramme
from domain.points.models import PointsEntry, PointsLot
from domain.points.words import SourceKind, Wallet

_earning, _lot = PointsLineEarning, PointsLot
_later = aliased(PointsLineEarning)
_is_its_lot = and_(
    _lot.source_kind == SourceKind.ORDER,
    _lot.source_id == _earning.order_id,
    _lot.source_part == _earning.line_number,
)
_line = (_earning.order_id, _earning.line_number)
_refunded = (
    select(func.coalesce(func.sum(OrderRefundLine.goods_fen), 0))
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .where(
        OrderRefundLine.order_id == _earning.order_id,
        OrderRefundLine.line_number == _earning.line_number,
        OrderRefund.status == OrderRefundStatus.SUCCEEDED,
    )
    .correlate(_earning)
    .scalar_subquery()
)


def _whole(value: Any) -> Any:
    return cast(value, BigInteger)


def _share(total: Any, part: Any, whole: Any) -> ColumnElement[Any]:
    """What a part of a whole has of a total, rounded down; the product may pass 64 bits."""
    return func.div(cast(total, Numeric) * part, whole)


_left_fen = _whole(func.greatest(_earning.base_fen - _refunded, 0))
_number_in_force = (
    select(PointsProgramme.number)
    .where(PointsProgramme.valid_from <= Order.placed_at)
    .order_by(PointsProgramme.valid_from.desc(), PointsProgramme.number.desc())
    .limit(1)
    .correlate(Order)
    .scalar_subquery()
)

_counted, _uncounted = aliased(PointsEntry), aliased(PointsEntry)
_paid_fen = (
    select(_whole(func.sum(_earning.base_fen)))
    .where(_earning.order_id == _counted.source_id)
    .correlate(_counted)
    .scalar_subquery()
)
_back_fen = (
    select(_whole(func.coalesce(func.sum(OrderRefundLine.goods_fen), 0)))
    .join(OrderRefund, OrderRefund.id == OrderRefundLine.refund_id)
    .where(
        OrderRefundLine.order_id == _counted.source_id,
        OrderRefund.status == OrderRefundStatus.SUCCEEDED,
    )
    .correlate(_counted)
    .scalar_subquery()
)
_taken = (
    select(_whole(func.coalesce(func.sum(_uncounted.amount), 0)))
    .join(OrderRefund, OrderRefund.id == _uncounted.source_id)
    .where(
        OrderRefund.order_id == _counted.source_id,
        _uncounted.member_id == _counted.member_id,
        _uncounted.wallet == Wallet.GROWTH,
        _uncounted.source_kind == SourceKind.REFUND,
    )
    .correlate(_counted)
    .scalar_subquery()
)
_of_orders = (
    select(
        _counted.source_id.label("order_id"),
        _counted.member_id,
        _counted.amount,
        _paid_fen.label("paid_fen"),
        _back_fen.label("back_fen"),
        _taken.label("taken"),
    )
    .where(_counted.wallet == Wallet.GROWTH, _counted.source_kind == SourceKind.ORDER)
    .subquery("of_orders")
)
_left_of_order = _whole(func.greatest(_of_orders.c.paid_fen - _of_orders.c.back_fen, 0))

INVARIANTS = (
    Invariant(
        "earning.lines_have_their_lot",
        "A line that was granted points has one lot with all of them, of its member and version.",
        select(*_line)
        .outerjoin(_lot, _is_its_lot)
        .where(
            _earning.granted > 0,
            or_(
                _lot.id.is_(None),
                _lot.granted != _earning.granted,
                _lot.member_id != _earning.member_id,
                _lot.rule_version != _earning.rule_version,
            ),
        ),
    ),
    Invariant(
        "earning.lots_of_orders_have_their_line",
        "Each lot of an order is what one of its lines was granted.",
        select(_lot.id)
        .outerjoin(_earning, _is_its_lot)
        .where(
            _lot.source_kind == SourceKind.ORDER,
            or_(_earning.order_id.is_(None), _earning.granted == 0),
        ),
    ),
    Invariant(
        "earning.lines_are_those_of_paid_orders",
        "Whatever earned is a line of a paid order of the member, by what was paid for it.",
        select(*_line)
        .outerjoin(
            OrderLine,
            and_(
                OrderLine.order_id == _earning.order_id,
                OrderLine.number == _earning.line_number,
            ),
        )
        .outerjoin(Order, Order.id == _earning.order_id)
        .where(
            or_(
                OrderLine.order_id.is_(None),
                OrderLine.payable_fen != _earning.base_fen,
                Order.member_id != _earning.member_id,
                Order.paid_at.is_distinct_from(_earning.earned_at),
            )
        ),
    ),
    Invariant(
        "earning.orders_earn_wholly",
        "An order of which one line has earned has earned with all of its lines.",
        select(OrderLine.order_id, OrderLine.number).where(
            select(_later.order_id).where(_later.order_id == OrderLine.order_id).exists(),
            ~select(_earning.order_id)
            .where(
                _earning.order_id == OrderLine.order_id,
                _earning.line_number == OrderLine.number,
            )
            .exists(),
        ),
    ),
    Invariant(
        "earning.versions_are_those_in_force",
        "A line earned by the rules that were in force when its order was placed.",
        select(*_line)
        .join(Order, Order.id == _earning.order_id)
        .where(_earning.rule_version != func.coalesce(_number_in_force, 0)),
    ),
    Invariant(
        "earning.refunds_have_taken_back",
        "Of each line's points just those are taken back whose money has gone back.",
        select(*_line, _lot.clawed)
        .join(_lot, _is_its_lot)
        .where(
            _earning.base_fen > 0,
            _lot.clawed
            != _earning.granted - _share(_earning.granted, _left_fen, _earning.base_fen),
        ),
    ),
    Invariant(
        "earning.orders_count_what_was_paid",
        "An order counts a point towards a tier for each whole yuan that was paid for its goods.",
        select(_of_orders.c.order_id, _of_orders.c.amount)
        .outerjoin(Order, Order.id == _of_orders.c.order_id)
        .where(
            or_(
                _of_orders.c.amount != _of_orders.c.paid_fen // FEN_A_POINT,
                Order.member_id.is_distinct_from(_of_orders.c.member_id),
            )
        ),
    ),
    Invariant(
        "earning.refunds_count_less",
        "Of what an order counted just that counts no more whose money has gone back.",
        select(_of_orders.c.order_id, _of_orders.c.taken).where(
            _of_orders.c.paid_fen > 0,
            _of_orders.c.taken
            != _of_orders.c.amount
            - _share(_of_orders.c.amount, _left_of_order, _of_orders.c.paid_fen),
        ),
    ),
)
