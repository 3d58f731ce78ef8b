"""How WeChat Pay writes payments and refunds, and what of that the mall takes.

What is not as expected raises one of `answers.UNREADABLE`.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.payments.ports import (
    CURRENCY,
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    RefundState,
)

Word = Annotated[str, Meta(pattern=r"\A[!-~]{1,64}\Z")]
"""An id or a number of either side."""
Moment = Annotated[datetime, Meta(tz=True)]
_Fen = Annotated[int, Meta(ge=0, le=10**12)]
_STATES = {
    "SUCCESS": GatewayState.PAID,
    "REFUND": GatewayState.REFUNDED,
    "NOTPAY": GatewayState.NOT_PAID,
    "USERPAYING": GatewayState.NOT_PAID,
    "PAYERROR": GatewayState.NOT_PAID,
    "CLOSED": GatewayState.CLOSED,
    "REVOKED": GatewayState.CLOSED,
}
_REFUND_STATES = {
    "PROCESSING": RefundState.PROCESSING,
    "SUCCESS": RefundState.SUCCEEDED,
    "CLOSED": RefundState.CLOSED,
    "ABNORMAL": RefundState.ABNORMAL,
}
_RefundStatus = Literal["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"]
_PAID = frozenset({GatewayState.PAID, GatewayState.REFUNDED})


class _Prepaid(msgspec.Struct):
    prepay_id: Word


class _Transaction(msgspec.Struct):
    mchid: Word
    appid: Word
    out_trade_no: Word
    trade_state: Literal[
        "SUCCESS", "REFUND", "NOTPAY", "USERPAYING", "PAYERROR", "CLOSED", "REVOKED"
    ]


class _Amount(msgspec.Struct):
    total: _Fen
    currency: Word = CURRENCY


class _PaidTransaction(_Transaction):
    transaction_id: Word
    amount: _Amount
    success_time: Moment


class _RefundAmount(msgspec.Struct):
    refund: _Fen
    payer_refund: _Fen


class _Refund(msgspec.Struct):
    out_refund_no: Word
    out_trade_no: Word
    refund_id: Word
    amount: _RefundAmount


class _AnsweredRefund(_Refund):
    status: _RefundStatus
    success_time: Moment | None = None


class _ToldRefund(_Refund):
    mchid: Word
    refund_status: _RefundStatus
    success_time: Moment | None = None


def prepay_id_in(content: bytes) -> str:
    """What a payment was made known as."""
    return msgspec.json.decode(content, type=_Prepaid).prepay_id


def payment_in(content: bytes) -> GatewayPayment:
    """A payment as an answer or a notice has it; all of it is there once it is paid."""
    stated = msgspec.json.decode(content, type=_Transaction)
    state = _STATES[stated.trade_state]
    if state not in _PAID:
        return GatewayPayment(stated.out_trade_no, state, stated.mchid, stated.appid)
    paid = msgspec.json.decode(content, type=_PaidTransaction)
    return GatewayPayment(
        paid.out_trade_no,
        state,
        paid.mchid,
        paid.appid,
        transaction_id=paid.transaction_id,
        amount_fen=paid.amount.total,
        currency=paid.amount.currency,
        paid_at=paid.success_time.astimezone(UTC),
    )


def refund_in(content: bytes) -> GatewayRefund:
    """A refund as an answer has it."""
    refund = msgspec.json.decode(content, type=_AnsweredRefund)
    return _refund(refund, refund.status, refund.success_time)


def told_refund_in(content: bytes) -> tuple[str, GatewayRefund]:
    """A refund as a notice has it, and the merchant that it is of."""
    refund = msgspec.json.decode(content, type=_ToldRefund)
    return refund.mchid, _refund(refund, refund.refund_status, refund.success_time)


def _refund(refund: _Refund, status: _RefundStatus, succeeded_at: datetime | None) -> GatewayRefund:
    return GatewayRefund(
        refund.out_refund_no,
        refund.out_trade_no,
        _REFUND_STATES[status],
        refund.refund_id,
        refund.amount.refund,
        refund.amount.payer_refund,
        succeeded_at=succeeded_at.astimezone(UTC) if succeeded_at else None,
    )
