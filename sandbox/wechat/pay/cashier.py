"""Where people pay and refunds end, and the mall is told of it."""

from random import Random

import httpx

from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.notices import Notice, paid_notice, refund_notice
from sandbox.wechat.pay.notifier import Notifier
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refunds import Refund, RefundStatus


class NotPayable(Exception):
    """An order cannot be paid now; the message says why, in Chinese and English."""


class Cashier:
    """Moves money that does not exist."""

    def __init__(self, http: httpx.AsyncClient, app_id: str) -> None:
        self._notifier = Notifier(http)
        self._app_id = app_id

    def check_payable(self, desk: PayDesk, order: Order) -> None:
        """Raise `NotPayable` unless somebody can pay this order now."""
        if order.is_paid:
            raise NotPayable("订单已支付。The order is paid already.")
        if order.state is TradeState.CLOSED:
            raise NotPayable("订单已关闭。The order is closed.")
        if desk.clock() >= order.payable_until:
            raise NotPayable("订单已过支付时间。The time to pay this order is over.")

    def pay(self, desk: PayDesk, order: Order) -> None:
        """Let the payer pay, and tell the mall; `NotPayable` where they cannot."""
        self.check_payable(desk, order)
        order.state = TradeState.SUCCESS
        order.paid_at = desk.clock()
        order.transaction_id = new_number(desk.random, "42000", 28)
        merchant_id, random = desk.keys.merchant_id, desk.random
        notice = paid_notice(order, self._app_id, merchant_id, now=order.paid_at, random=random)
        self._tell(desk, notice)

    def cancel(self, desk: PayDesk, order: Order) -> None:
        """Let the payer leave the sheet; the order stays as it is, and nobody is told."""
        self.check_payable(desk, order)
        order.cancelled += 1

    def accept(self, desk: PayDesk, refund: Refund) -> None:
        """Let a refund that was accepted go its way, unless that is to be done by hand."""
        if desk.settings.refund_seconds is not None:
            desk.start(self._finish_later(desk, refund, desk.settings.refund_seconds))

    def finish(self, desk: PayDesk, refund: Refund, status: RefundStatus) -> None:
        """End a refund in one of the three ways, and tell the mall."""
        refund.status = status
        refund.succeeded_at = desk.clock() if status is RefundStatus.SUCCESS else None
        order = desk.orders.numbered(refund.out_trade_no)
        assert order, "every refund is of an order"
        merchant_id, random = desk.keys.merchant_id, desk.random
        if notice := refund_notice(refund, order, merchant_id, now=desk.clock(), random=random):
            self._tell(desk, notice)

    def resend(self, desk: PayDesk, notice: Notice, copies: int) -> None:
        """Tell the mall again what it was told, or should have been, so many times at once."""
        self._notifier.resend(desk, notice, copies)

    def _tell(self, desk: PayDesk, notice: Notice) -> None:
        desk.notices[notice.out_trade_no, notice.out_refund_no] = notice
        self._notifier.send(desk, notice)

    async def _finish_later(self, desk: PayDesk, refund: Refund, seconds: float) -> None:
        await desk.wait(seconds)
        if refund.status is RefundStatus.PROCESSING:
            self.finish(desk, refund, RefundStatus.SUCCESS)


def new_number(random: Random, first: str, length: int) -> str:
    """Return a number of WeChat Pay's own, of so many digits."""
    return first + "".join(random.choices("0123456789", k=length - len(first)))
