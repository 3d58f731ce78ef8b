"""What reports answer with: plain structs."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from domain.kernel.money import Fen
from domain.members.words import Channel
from domain.payments.bills import BillKind
from domain.payments.words import PaymentProvider
from domain.reconciliation.words import BillStatus


class SalesFigures(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was sold: ``paid_fen`` is with the freight, ``closed_orders`` are those never paid.

    ``refunded_fen`` is what has gone back of orders' money, whenever they were paid.
    """

    placed_orders: int = 0
    placed_fen: Fen = Fen(0)
    paid_orders: int = 0
    paid_units: int = 0
    paid_fen: Fen = Fen(0)
    freight_fen: Fen = Fen(0)
    closed_orders: int = 0
    refunds: int = 0
    refunded_fen: Fen = Fen(0)

    @property
    def net_fen(self) -> Fen:
        """What was paid less what has gone back."""
        return Fen(self.paid_fen - self.refunded_fen)


class DaySales(msgspec.Struct, frozen=True, gc=False):
    """What was sold on a day."""

    day: str
    figures: SalesFigures


class PlaceSales(msgspec.Struct, frozen=True, gc=False):
    """What was sold out of the stock of a place."""

    place_id: str
    code: str
    title: str
    figures: SalesFigures


class ChannelSales(msgspec.Struct, frozen=True, gc=False):
    """What was ordered through a channel."""

    channel: Channel
    figures: SalesFigures


class ProductSales(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was paid for of a product and came back, on one day where ``day`` says which.

    Without the freight; ``refunded_freight_fen`` is what of it came back with the product.
    """

    product_id: str
    title: str
    orders: int
    units: int
    paid_fen: Fen
    refunded_units: int
    refunded_fen: Fen
    refunded_freight_fen: Fen
    day: str | None


class SalesReport(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was sold on some days; ``other_products`` are those that ``products`` leaves out.

    ``refunded_freight_fen`` is the freight that went back with what products' refunds are.
    """

    first_day: str
    last_day: str
    total: SalesFigures
    days: Sequence[DaySales]
    places: Sequence[PlaceSales]
    channels: Sequence[ChannelSales]
    products: Sequence[ProductSales]
    other_products: int
    other_units: int
    other_paid_fen: Fen
    other_refunded_units: int
    other_refunded_fen: Fen
    refunded_freight_fen: Fen
    download_path: str


class ProviderMoney(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came in through a provider, became orders', and went back.

    What went back by other means than the provider is told apart.
    """

    provider: PaymentProvider
    payments: int = 0
    received_fen: Fen = Fen(0)
    applied_fen: Fen = Fen(0)
    refunds_begun: int = 0
    refunds_begun_fen: Fen = Fen(0)
    refunds: int = 0
    refunded_fen: Fen = Fen(0)
    refunds_otherwise: int = 0
    refunded_otherwise_fen: Fen = Fen(0)
    paid_otherwise_fen: Fen = Fen(0)


class BillFigures(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a bill of the gateway's comes to; nothing as long as it is not TAKEN."""

    provider: PaymentProvider
    bill: BillKind
    status: BillStatus
    payments: int
    paid_fen: Fen
    refunds: int
    refunded_fen: Fen
    fee_millifen: int


class DayFinance(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What money moved on a day, what the gateway's bills of it say, and what differs by them."""

    day: str
    providers: Sequence[ProviderMoney]
    bills: Sequence[BillFigures]
    differences: int
    open_differences: int


class FinanceReport(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What money moved on some days, and in all of them by provider."""

    first_day: str
    last_day: str
    total: Sequence[ProviderMoney]
    days: Sequence[DayFinance]
    download_path: str


class PlaceKey(msgspec.Struct, frozen=True, gc=False):
    """A place as reports name it."""

    key: UUID
    code: str
    title: str
