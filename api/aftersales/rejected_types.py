"""The GraphQL type of texts that were rejected after their order was paid."""

from datetime import datetime

import strawberry

from api.bilingual import Bilingual
from api.limits import sized
from api.orders.enums import OrderStatus
from api.orders.review_types import ReviewedText
from domain.aftersales import rejected


@strawberry.type(
    description="A line of a paid order whose texts will not be engraved, and whose money is to be "
    "given back by a case."
)
class RejectedTexts:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="The order's number, as its member knows it.")
    order_status: OrderStatus = strawberry.field(description="How far the order has come.")
    line_number: int = strawberry.field(description="The line's number in the order, from 1.")
    product_title: Bilingual = strawberry.field(description="The product's name when it was.")
    variant_title: Bilingual = strawberry.field(description="The variant's name when it was.")
    sku: str = strawberry.field(description="The brand's own article number.")
    units_left: int = strawberry.field(description="How many of its units are in no case yet.")
    texts: list[ReviewedText] = strawberry.field(
        description="The texts, at most 5; counts as 2 in a document's cost.", metadata=sized(2)
    )
    reason: str = strawberry.field(description="Why they were rejected, as the member was told.")
    decided_at: datetime = strawberry.field(description="When that was.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, rejected.RejectedView)
