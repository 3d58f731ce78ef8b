"""The GraphQL types of reports."""

import strawberry

from api.enums import described
from api.limits import sized
from api.members.types import Channel
from api.payments.enums import PaymentProvider
from api.reconciliation.enums import BillKind
from domain.kernel.money import Fen
from domain.reconciliation.words import BillStatus

described(
    BillStatus,
    "How far the bill of a day has come.",
    WAITING="The gateway is asked for it, again and again.",
    TAKEN="It is here, and was compared.",
    LOST="It was not had for as long as the gateway keeps it.",
)
_DAYS = 31


@strawberry.type(description="What was sold.")
class SalesFigures:
    placed_orders: int = strawberry.field(description="Orders that were placed.")
    placed_fen: Fen = strawberry.field(name="placed", description="What they cost, with freight.")
    paid_orders: int = strawberry.field(
        description="Orders that were paid, those of nothing to pay too."
    )
    paid_units: int = strawberry.field(description="Their units.")
    paid_fen: Fen = strawberry.field(name="paid", description="What was paid, with the freight.")
    freight_fen: Fen = strawberry.field(name="freight", description="The freight in that.")
    closed_orders: int = strawberry.field(description="Orders that were closed without payment.")
    refunds: int = strawberry.field(
        description="Refunds of orders' money that were back, whenever the orders were paid."
    )
    refunded_fen: Fen = strawberry.field(name="refunded", description="What went back by them.")
    net_fen: Fen = strawberry.field(
        name="net", description="Paid less refunded; below 0 where more went back."
    )


@strawberry.type(description="What was sold on a day.")
class DaySales:
    day: str = strawberry.field(description="The day in Shanghai, such as 2026-11-27.")
    figures: SalesFigures = strawberry.field(description="What.")


@strawberry.type(description="What was sold out of the stock of a place.")
class PlaceSales:
    place_id: strawberry.ID = strawberry.field(
        description="The warehouse, or the store of a pick-up."
    )
    code: str = strawberry.field(description="Its code.")
    title: str = strawberry.field(description="Its name, in the caller's language.")
    figures: SalesFigures = strawberry.field(description="What.")


@strawberry.type(description="What was ordered through a channel.")
class ChannelSales:
    channel: Channel = strawberry.field(description="Where it was ordered.")
    figures: SalesFigures = strawberry.field(description="What.")


@strawberry.type(description="What was paid for of a product and came back, without freight.")
class ProductSales:
    product_id: strawberry.ID = strawberry.field(description="The product.")
    title: str = strawberry.field(description="Its name when it was ordered.")
    orders: int = strawberry.field(description="Paid orders with it.")
    units: int = strawberry.field(description="Units in them.")
    paid_fen: Fen = strawberry.field(name="paid", description="What was paid for them.")
    refunded_units: int = strawberry.field(
        description="Units whose refund was back, whenever they were paid."
    )
    refunded_fen: Fen = strawberry.field(
        name="refunded", description="What went back of its price, with units or without."
    )


@strawberry.type(
    description="What was sold on some days: everything counts on the day on which it happened, so "
    "a day that is over stays as it is."
)
class SalesReport:
    first_day: str = strawberry.field(description="The first day.")
    last_day: str = strawberry.field(description="The last day.")
    total: SalesFigures = strawberry.field(description="All of it.")
    days: list[DaySales] = strawberry.field(
        description="Day by day, at most 31.", metadata=sized(_DAYS)
    )
    places: list[PlaceSales] = strawberry.field(
        description="By place, in the order of their codes; counts as 20 in a document's cost.",
        metadata=sized(20),
    )
    channels: list[ChannelSales] = strawberry.field(
        description="By channel, at most 4.", metadata=sized(4)
    )
    products: list[ProductSales] = strawberry.field(
        description="By product, the 100 that brought most; with `otherPaid` and the freight they "
        "add up to what was paid, with `otherRefunded` and `refundedFreight` to what orders were "
        "refunded.",
        metadata=sized(100),
    )
    other_products: int = strawberry.field(
        description="How many products more were sold or came back."
    )
    other_units: int = strawberry.field(description="Units of those.")
    other_paid_fen: Fen = strawberry.field(name="otherPaid", description="What was paid for those.")
    other_refunded_units: int = strawberry.field(description="Units of those that came back.")
    other_refunded_fen: Fen = strawberry.field(
        name="otherRefunded", description="What went back for those."
    )
    refunded_freight_fen: Fen = strawberry.field(
        name="refundedFreight", description="The freight that went back, of all products."
    )
    download_path: str = strawberry.field(
        description="Where the same can be fetched as a table, with all products of each day, for "
        "15 minutes, below the mall's own address, by whoever has this path."
    )


@strawberry.type(description="What money moved through a provider.")
class ProviderMoney:
    provider: PaymentProvider = strawberry.field(description="Who takes the money.")
    payments: int = strawberry.field(description="Payments that came in.")
    received_fen: Fen = strawberry.field(name="received", description="What came in by them.")
    applied_fen: Fen = strawberry.field(
        name="applied", description="What of it paid for orders; the rest goes back."
    )
    refunds_begun: int = strawberry.field(
        description="Refunds that were begun, without those that the gateway gave up and others "
        "took the place of."
    )
    refunds_begun_fen: Fen = strawberry.field(
        name="refundsBegunAmount", description="What was to go back by them."
    )
    refunds: int = strawberry.field(description="Refunds that were back.")
    refunded_fen: Fen = strawberry.field(name="refunded", description="What went back by them.")
    refunds_otherwise: int = strawberry.field(
        description="Refunds that the shop has paid by other means than the provider."
    )
    refunded_otherwise_fen: Fen = strawberry.field(
        name="refundedOtherwise",
        description="What went back by them: the provider's bills do not tell of it.",
    )
    paid_otherwise_fen: Fen = strawberry.field(
        name="paidOtherwise",
        description="What of it the shop has paid to members: less where a coupon of the "
        "provider's had paid a part.",
    )


@strawberry.type(description="What a bill of the gateway's comes to.")
class BillFigures:
    provider: PaymentProvider = strawberry.field(description="Whose.")
    bill: BillKind = strawberry.field(description="Which one.")
    status: BillStatus = strawberry.field(description="Whether it is here.")
    payments: int = strawberry.field(description="Payments in it.")
    paid_fen: Fen = strawberry.field(name="paid", description="What they come to.")
    refunds: int = strawberry.field(description="Refunds in it.")
    refunded_fen: Fen = strawberry.field(name="refunded", description="What they come to.")
    fee_millifen: int = strawberry.field(
        description="The gateway's fees in thousandths of a fen, less those that came back."
    )


@strawberry.type(description="What money moved on a day, beside the gateway's bills of it.")
class DayFinance:
    day: str = strawberry.field(description="The day in Shanghai, such as 2026-11-27.")
    providers: list[ProviderMoney] = strawberry.field(
        description="By provider, at most 2.", metadata=sized(2)
    )
    bills: list[BillFigures] = strawberry.field(
        description="The gateway's bills of the day, at most 4; what came in just at midnight may "
        "stand in that of another day. Counts as 2 in a document's cost.",
        metadata=sized(2),
    )
    differences: int = strawberry.field(
        description="Differences between that and the books that were found for the day."
    )
    open_differences: int = strawberry.field(description="Those that are open.")


@strawberry.type(
    description="What money moved on some days: everything counts on the day on which it was "
    "booked, so a day that is over stays as it is."
)
class FinanceReport:
    first_day: str = strawberry.field(description="The first day.")
    last_day: str = strawberry.field(description="The last day.")
    total: list[ProviderMoney] = strawberry.field(
        description="All of it, by provider, at most 2.", metadata=sized(2)
    )
    days: list[DayFinance] = strawberry.field(
        description="Day by day, at most 31.", metadata=sized(_DAYS)
    )
    download_path: str = strawberry.field(
        description="Where the same can be fetched as a table for 15 minutes, below the mall's own "
        "address, by whoever has this path."
    )
