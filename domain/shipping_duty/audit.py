"""What must be true of duties beyond what their table enforces by itself.

Duties follow the facts of the outbox: an order of which a fact has not taken effect is no fault.
"""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from domain.kernel.audit import Invariant
from domain.kernel.outbox import OutboxRow
from domain.orders.models import Order
from domain.orders.shipping.models import Shipment
from domain.orders.words import OrderStatus
from domain.payments.clearing import APPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import PaymentProvider, RefundStatus
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.words import DutyStatus, PlatformState

_duty = ShippingDuty


def _waits(order_id: Any) -> ColumnElement[bool]:
    """Whether a fact of an order, or about it, is still to take effect; a dead letter is not."""
    is_its_own = OutboxRow.aggregate_id == order_id
    is_about_it = OutboxRow.payload["order_id"].astext == cast(order_id, Text)
    return exists().where(
        OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None), or_(is_its_own, is_about_it)
    )


_is_applied = exists().where(
    ClearingEntry.attempt_id == PaymentAttempt.id, ClearingEntry.source == APPLIED.source
)
_returned = (
    select(PaymentRefund.attempt_id, func.sum(PaymentRefund.amount_fen).label("fen"))
    .where(PaymentRefund.status == RefundStatus.SUCCEEDED)
    .group_by(PaymentRefund.attempt_id)
    .subquery("returned")
)
_express = (
    select(Shipment.order_id, func.count().label("parcels"))
    .where(Shipment.carrier.is_not(None))
    .group_by(Shipment.order_id)
    .subquery("express")
)
_told = func.jsonb_array_length(cast(_duty.told, JSONB)["parcels"])

INVARIANTS = (
    Invariant(
        "shipping_duty.each_payment_of_an_order_is_a_duty",
        "Each payment of WeChat Pay that an order has is one duty, of its amount and its order.",
        select(PaymentAttempt.id, PaymentAttempt.amount_fen, _duty.amount_fen.label("duty_fen"))
        .outerjoin(_duty, _duty.attempt_id == PaymentAttempt.id)
        .where(
            PaymentAttempt.provider == PaymentProvider.WECHAT_PAY,
            PaymentAttempt.amount_fen > 0,
            or_(
                and_(
                    _is_applied,
                    _duty.attempt_id.is_(None),
                    not_(_waits(PaymentAttempt.order_id)),
                ),
                and_(
                    _duty.attempt_id.is_not(None),
                    or_(
                        not_(_is_applied),
                        _duty.amount_fen != PaymentAttempt.amount_fen,
                        _duty.order_id != PaymentAttempt.order_id,
                    ),
                ),
            ),
        ),
    ),
    Invariant(
        "shipping_duty.what_was_sent_whole_does_not_wait",
        "Where all of an order was sent, its duty is told, or is due, or has somebody to look.",
        select(_duty.attempt_id, _duty.order_id, Order.status)
        .join(Order, Order.id == _duty.order_id)
        .where(
            _duty.status == DutyStatus.WAITING_FOR_SHIPMENT,
            Order.status.in_({OrderStatus.SHIPPED, OrderStatus.RECEIVED}),
            not_(_waits(_duty.order_id)),
        ),
    ),
    Invariant(
        "shipping_duty.accepted_has_all_parcels",
        "Where all was told, as many parcels were told as were sent by express.",
        select(_duty.attempt_id, _duty.order_id, _told.label("told"), _express.c.parcels)
        .join(_express, _express.c.order_id == _duty.order_id)
        .where(
            _duty.status.in_({DutyStatus.ACCEPTED, DutyStatus.CORRECTED}),
            _told != _express.c.parcels,
            not_(_waits(_duty.order_id)),
        ),
    ),
    Invariant(
        "shipping_duty.returned_is_what_went_back",
        "What went back of a payment is what its refunds have given; with all of it none is due.",
        select(_duty.attempt_id, _duty.status, _duty.returned_fen, _returned.c.fen)
        .outerjoin(_returned, _returned.c.attempt_id == _duty.attempt_id)
        .where(
            not_(_waits(_duty.order_id)),
            or_(
                _duty.returned_fen != func.coalesce(_returned.c.fen, 0),
                and_(
                    _duty.status == DutyStatus.EXEMPT,
                    _duty.returned_fen < _duty.amount_fen,
                    _duty.platform_state.is_distinct_from(PlatformState.REFUNDED),
                ),
            ),
        ),
    ),
)
