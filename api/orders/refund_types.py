"""The GraphQL types of refunds; behind each is a struct of `domain.orders.refunding.views`."""

from datetime import datetime

import strawberry

from api.limits import sized
from api.orders.enums import OrderRefundStatus
from domain.kernel.money import Fen
from domain.kernel.points import Points


@strawberry.type(description="What of a line goes back by a refund.")
class OrderRefundLine:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int = strawberry.field(
        description="How many of its units; 0 where an amount goes back and the goods stay."
    )
    goods_fen: Fen = strawberry.field(name="goods", description="What goes back for the goods.")
    freight_fen: Fen = strawberry.field(
        name="freight", description="What goes back of the freight that the line bears."
    )
    points: Points = strawberry.field(description="Spent points that come back with it.")


@strawberry.type(description="What goes back of an order that was paid, for one cause.")
class OrderRefund:
    ordinal: int = strawberry.field(description="Which of the order's refunds it is, from 1.")
    status: OrderRefundStatus = strawberry.field(description="How far it has come.")
    amount_fen: Fen = strawberry.field(name="amount", description="What goes back altogether.")
    goods_fen: Fen = strawberry.field(name="goods", description="What of it is for goods.")
    freight_fen: Fen = strawberry.field(name="freight", description="What of it is freight.")
    points: Points = strawberry.field(description="Spent points that come back with it.")
    requested_at: datetime = strawberry.field(description="When it was decided.")
    expected_by: datetime | None = strawberry.field(
        description="By when the money is back as a rule; null once it is."
    )
    refunded_at: datetime | None = strawberry.field(
        description="When the money was back; null until then."
    )
    is_paid_otherwise: bool = strawberry.field(
        description="Whether money of it came by other means than it was paid by, as by a bank "
        "transfer, since the payer's account could not take it."
    )
    lines: list[OrderRefundLine] = strawberry.field(
        description="What of each line, at most 100; counts as 3 in a document's cost.",
        metadata=sized(3),
    )


@strawberry.type(description="A refund of an order, and which order it is of.")
class ListedRefund:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="What people call the order by.")
    ordinal: int = strawberry.field(description="Which of the order's refunds it is, from 1.")
    status: OrderRefundStatus = strawberry.field(description="How far it has come.")
    amount_fen: Fen = strawberry.field(name="amount", description="What goes back altogether.")
    requested_at: datetime = strawberry.field(description="When it was decided.")
    expected_by: datetime | None = strawberry.field(
        description="By when the money is back as a rule; null once it is."
    )
    refunded_at: datetime | None = strawberry.field(
        description="When the money was back; null until then."
    )
    is_paid_otherwise: bool = strawberry.field(
        description="Whether money of it came by other means than it was paid by, as by a bank "
        "transfer, since the payer's account could not take it."
    )
