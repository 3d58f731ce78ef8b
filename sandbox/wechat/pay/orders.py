"""The orders that people are asked to pay, as WeChat Pay keeps them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from sandbox.wechat.pay.refunds import Refund, RefundStatus

PREPAY_LIFETIME = timedelta(hours=2)


class TradeState(StrEnum):
    """How an order stands. NOTPAY is so after its time too, until it is closed."""

    NOTPAY = "NOTPAY"
    SUCCESS = "SUCCESS"
    REFUND = "REFUND"
    CLOSED = "CLOSED"


@dataclass(slots=True)
class Order:
    """An order; what it was paid by is None until it is paid."""

    out_trade_no: str
    particulars: Mapping[str, object]
    """What the merchant sent, to compare with what it sends again."""
    description: str
    total: int
    openid: str
    notify_url: str
    attach: str
    payable_until: datetime
    signed_by: str
    """The serial of the key that the merchant asked to be answered with."""
    state: TradeState = TradeState.NOTPAY
    prepaid: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """The prepay ids that were given, and when each ends."""
    cancelled: int = 0
    """How often the payer has left the sheet without paying."""
    transaction_id: str | None = None
    paid_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list[Refund])

    @property
    def is_paid(self) -> bool:
        """Whether money came in, wherever it is now."""
        return self.state in {TradeState.SUCCESS, TradeState.REFUND}

    @property
    def returned(self) -> int:
        """The money that went back or is on its way."""
        return sum(each.amount for each in self.refunds if each.status is not RefundStatus.CLOSED)

    def prepay_id(self, now: datetime, random: Random) -> str:
        """Return the id that the sheet is opened with now; the one before is good for two hours."""
        for value, ends_at in self.prepaid.items():
            if now < ends_at:
                return value
        value = f"wx{now:%d%H%M%S}{random.getrandbits(112):028x}"
        self.prepaid[value] = now + PREPAY_LIFETIME
        return value


class Orders:
    """All orders of the merchant, in the order in which they were made."""

    def __init__(self) -> None:
        self._by_number: dict[str, Order] = {}

    def add(self, order: Order) -> None:
        """Keep a new order."""
        self._by_number[order.out_trade_no] = order

    def numbered(self, out_trade_no: str) -> Order | None:
        """Return the order with this number of the merchant, if there is one."""
        return self._by_number.get(out_trade_no)

    def paid_by(self, transaction_id: str) -> Order | None:
        """Return the order that this transaction paid, if any."""
        return next((each for each in self if each.transaction_id == transaction_id), None)

    def prepaid(self, prepay_id: str) -> Order | None:
        """Return the order that this prepay id was given for, if any."""
        return next((each for each in self if prepay_id in each.prepaid), None)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._by_number.values())
