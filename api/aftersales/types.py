"""The GraphQL types of cases; behind each is a struct of `domain.aftersales.views`."""

from datetime import datetime

import strawberry

from api.aftersales.enums import CaseKind, CaseOpener, CaseReason, CaseStatus, NextStep
from api.limits import sized
from api.node import Node
from api.orders.enums import Carrier
from domain.aftersales import views
from domain.kernel.money import Fen


@strawberry.type(description="A parcel of a case.")
class CaseParcel:
    carrier: Carrier = strawberry.field(description="Who brings it.")
    carrier_name: str = strawberry.field(
        description="What they are called, in the caller's language."
    )
    tracking_number: str = strawberry.field(description="The number under which they bring it.")


@strawberry.type(description="What a case is about of one line of its order.")
class CaseLine:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    product_title: str = strawberry.field(description="The product, in the caller's language.")
    variant_title: str = strawberry.field(description="The variant, in the caller's language.")
    units: int = strawberry.field(description="How many units; 0 where it is about an amount.")
    goods_fen: Fen = strawberry.field(name="goods", description="What comes back for the goods.")
    freight_fen: Fen = strawberry.field(
        name="freight", description="What comes back of the freight."
    )
    replacement_id: strawberry.ID | None = strawberry.field(
        description="The variant that comes in exchange."
    )
    exchange_id: strawberry.ID | None = strawberry.field(
        description="The case by which the units came in exchange themselves, if they did."
    )


@strawberry.type(description="A picture that shows what a case is about.")
class CasePicture:
    url: str = strawberry.field(
        description="Where it can be seen for an hour; it is private, so keep the address so."
    )
    is_members: bool = strawberry.field(
        description="Whether the member showed it; otherwise it is what the shop found."
    )


@strawberry.type(description="A move of a case.")
class CaseStep:
    at: datetime = strawberry.field(description="When.")
    status: CaseStatus = strawberry.field(description="How far it came by it.")
    text: str = strawberry.field(description="What happened, in the caller's language.")


@strawberry.type(description="What a member asked for after the sale.")
class Case(Node):
    number: str = strawberry.field(description="What people call it by: the order's, and `-A1`.")
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="The order's number.")
    kind: CaseKind = strawberry.field(description="What is asked for.")
    status: CaseStatus = strawberry.field(description="How far it has come.")
    reason: CaseReason = strawberry.field(description="Why.")
    opened_by: CaseOpener = strawberry.field(description="Who opened it.")
    exception: str | None = strawberry.field(
        description="Why the shop made an exception of its rules for it, if it did."
    )
    note: str = strawberry.field(description="What the member said about it, perhaps nothing.")
    goods_fen: Fen = strawberry.field(name="goods", description="What comes back for the goods.")
    freight_fen: Fen = strawberry.field(
        name="freight", description="What comes back of the freight."
    )
    refund_fen: Fen = strawberry.field(
        name="refund", description="What comes back altogether, as it was told before."
    )
    requested_at: datetime = strawberry.field(description="When it was opened.")
    next_step: NextStep = strawberry.field(description="What it waits for.")
    next_step_text: str = strawberry.field(
        description="The same in a sentence, with its moment, in the caller's language."
    )
    due_by: datetime | None = strawberry.field(
        description="By when that has to be; null where it is over."
    )
    is_overdue: bool = strawberry.field(
        description="Whether it is open and the shop has missed a deadline of it."
    )
    ended_at: datetime | None = strawberry.field(description="When it was over, if it is.")
    told: str | None = strawberry.field(description="Why the shop did not agree, if so.")
    return_to: str | None = strawberry.field(description="Where the goods are to be sent.")
    sent_back: CaseParcel | None = strawberry.field(description="What the member sent back.")
    replacement: CaseParcel | None = strawberry.field(description="What came in exchange.")
    lines: list[CaseLine] = strawberry.field(
        description="What it is about, at most 100 lines; counts as 3 in a document's cost.",
        metadata=sized(3),
    )
    pictures: list[CasePicture] = strawberry.field(
        description="Pictures, at most 27; counts as 3 in a document's cost.", metadata=sized(3)
    )
    timeline: list[CaseStep] = strawberry.field(
        description="What happened, the latest last, at most 8.", metadata=sized(5)
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.CaseView)
