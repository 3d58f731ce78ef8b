"""The fake WeChat Pay for tests, steered without a call."""

from dataclasses import dataclass
from functools import cache

import httpx

from domain.kernel.clock import system_clock
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.desk import Delivery, PayDesk, PaySettings
from sandbox.wechat.pay.keys import PayKeys, generate_keys, settings_of
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.refunds import Refund, RefundStatus
from sandbox.wechat.pay.tricks import Trick, TrickKind
from sandbox.wechat.world import World

PREPAY = "/v3/pay/transactions/jsapi"
QUERY = "/v3/pay/transactions/out-trade-no/{out_trade_no}"
QUERY_BY_ID = "/v3/pay/transactions/id/{transaction_id}"
CLOSE = "/v3/pay/transactions/out-trade-no/{out_trade_no}/close"
REFUND = "/v3/refund/domestic/refunds"
QUERY_REFUND = "/v3/refund/domestic/refunds/{out_refund_no}"
CERTIFICATES = "/v3/certificates"


@cache
def pay_keys() -> PayKeys:
    """The merchant's and WeChat Pay's keys, made once for a test process."""
    return generate_keys(system_clock())


@dataclass
class FakePay:
    """What people do at WeChat Pay, and how it behaves; a reset of the fake WeChat forgets it.

    What goes wrong with the mall's own calls is ordered from `FakeWeChat.fail`, by the paths here.
    """

    world: World
    http: httpx.AsyncClient

    @property
    def desk(self) -> PayDesk:
        """The merchant's account until the next reset."""
        assert self.world.pay
        return self.world.pay

    @property
    def keys(self) -> PayKeys:
        """What the merchant and WeChat Pay know each other by."""
        return self.desk.keys

    @property
    def settings(self) -> PaySettings:
        """How it behaves, to be changed."""
        return self.desk.settings

    @property
    def deliveries(self) -> list[Delivery]:
        """The attempts to tell the mall something, oldest first."""
        return list(self.desk.deliveries)

    def mall_settings(self, url: str, notify_url: str) -> dict[str, str]:
        """Return the settings of a mall that pays at the fake WeChat at this address."""
        return settings_of(self.keys, url=url, notify_url=notify_url)

    def order(self, number: str) -> Order:
        """Return an order, which has to be there."""
        order = self.desk.orders.numbered(number)
        assert order, f"there is no order {number}"
        return order

    def refund(self, number: str) -> Refund:
        """Return a refund, which has to be there."""
        refund = self.desk.refund_numbered(number)
        assert refund, f"there is no refund {number}"
        return refund

    def pay(self, number: str) -> None:
        """Let the payer pay; the mall is told meanwhile, `settled` waits for that."""
        self._cashier.pay(self.desk, self.order(number))

    def cancel(self, number: str) -> None:
        """Let the payer leave the sheet."""
        self._cashier.cancel(self.desk, self.order(number))

    def finish_refund(self, number: str, status: str = "SUCCESS") -> None:
        """End a refund, and tell the mall."""
        self._cashier.finish(self.desk, self.refund(number), RefundStatus(status))

    def resend(self, number: str, copies: int = 1, *, refund: str | None = None) -> None:
        """Tell the mall again of an order, or of a refund of it, so many times at once."""
        self._cashier.resend(self.desk, self.desk.notices[number, refund], copies)

    def trick(
        self, kind: TrickKind | str, *, times: int = 1, copies: int = 2, instead: bool = False
    ) -> None:
        """Let something happen to the next notices, as `TrickKind` tells."""
        self.desk.tricks.plan(Trick(TrickKind(kind), copies, instead), times=times)

    async def settled(self) -> None:
        """Wait until nothing is under way any more: every notice is understood or given up."""
        await self.desk.settle()

    @property
    def _cashier(self) -> Cashier:
        return Cashier(self.http, self.world.app.app_id)
