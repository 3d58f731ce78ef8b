"""The GraphQL types of the queue of texts, and what deciding on one takes and answers with."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.bilingual import Bilingual
from api.enums import described
from api.ids import key
from api.limits import sized
from api.orders.enums import OrderStatus, ReviewStatus
from api.orders.refusals import PaymentUnderWay
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Sentence
from domain.orders import review_views, reviews
from domain.orders.views.structs import ORDER


class ReviewDecision(StrEnum):
    """What the staff can decide about texts."""

    APPROVE = ReviewStatus.APPROVED.value
    REJECT = ReviewStatus.REJECTED.value


described(
    ReviewDecision,
    "What is decided about the texts of a line.",
    APPROVE="They may be engraved.",
    REJECT="They may not; an order that is not paid yet is closed.",
)


@strawberry.type(description="A text as a member wants it engraved.")
class ReviewedText:
    code: str = strawberry.field(description="The brand's own name for the field.")
    text: str = strawberry.field(description="The text.")


@strawberry.type(description="The texts of one line of an order, and whether they may be engraved.")
class PersonalisationReview:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    order_number: str = strawberry.field(description="The order's number, as its member knows it.")
    order_status: OrderStatus = strawberry.field(description="How far the order has come.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    line_number: int = strawberry.field(description="The line's number in the order, from 1.")
    product_title: Bilingual = strawberry.field(description="The product's name when it was.")
    variant_title: Bilingual = strawberry.field(description="The variant's name when it was.")
    sku: str = strawberry.field(description="The brand's own article number.")
    units: int = strawberry.field(description="How many units shall have the texts.")
    texts: list[ReviewedText] = strawberry.field(
        description="The texts, at most 5; counts as 2 in a document's cost.", metadata=sized(2)
    )
    status: ReviewStatus = strawberry.field(description="Whether they may be engraved.")
    check_trace: str | None = strawberry.field(
        description="The numbers of the service that judged them, for its support; null for none."
    )
    decided_at: datetime | None = strawberry.field(description="When somebody decided.")
    decided_by: str | None = strawberry.field(description="Who did, as one word.")
    reason: str | None = strawberry.field(
        description="Why; of texts that were REJECTED the member reads it too."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, review_views.ReviewView)


@strawberry.input(description="A decision on the texts of a line.")
class DecidePersonalisationInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    reason: str = strawberry.field(
        description="Why: of a REJECT the member reads it, and it stands in the audit trail. At "
        "most 500 characters."
    )
    order_id: strawberry.ID = strawberry.field(description="The order.")
    line_number: int = strawberry.field(description="The line's number in the order.")
    decision: ReviewDecision = strawberry.field(description="What is decided.")

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")


class PersonalisationDecidedView(msgspec.Struct, frozen=True):
    """The struct behind `PersonalisationDecided`."""

    review: review_views.ReviewView


@strawberry.type(description="It is decided.")
class PersonalisationDecided:
    review: PersonalisationReview = strawberry.field(description="The texts as they stand now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PersonalisationDecidedView)


@refusal(
    reviews.ReviewUnavailable,
    Sentence(zh="该订单没有此待审内容。", en="The order has no such texts to be looked at."),
)
@strawberry.type(description="The order has no such line, or no texts on it.")
class ReviewUnavailable(Refusal):
    pass


@refusal(
    reviews.AlreadyDecided,
    Sentence(zh="该内容已审核。", en="These texts do not wait for a decision any more."),
)
@strawberry.type(description="The texts do not wait for a decision (any more).")
class AlreadyDecided(Refusal):
    status: ReviewStatus = strawberry.field(description="What stands.")


DecidePersonalisationResult = Annotated[
    PersonalisationDecided | ReviewUnavailable | AlreadyDecided | PaymentUnderWay | InvalidInput,
    strawberry.union("DecidePersonalisationResult", description="How deciding went."),
]
