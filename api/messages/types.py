"""The GraphQL types of messages."""

from datetime import datetime

import strawberry

from api.enums import described
from api.node import Node
from domain.messages.views import MessageView
from domain.messages.words import MessageKind, Topic

described(
    MessageKind,
    "What a message tells.",
    ORDER_PAID="An order is paid.",
    ORDER_CLOSED="An order was closed without being paid.",
    PAYMENT_REFUNDED="Money has gone back to where it came from.",
    ORDER_SHIPPED="A parcel of an order is on its way.",
    CASE_MOVED="A case after the sale has moved on.",
    ORDER_READY="An order can be fetched at its store.",
    ORDER_FETCHED="An order was fetched at its store.",
    INVOICE_ISSUED="The invoice of an order was made.",
    INVOICE_REJECTED="The invoice of an order will not be made as it was asked for.",
    ORDER_DELIVERED="Virtual goods were delivered.",
    POINTS_EXPIRING="Points expire in 30 days, 7 days, or tomorrow.",
)
described(
    Topic,
    "Kinds of messages that a member chooses about together.",
    name="MessageTopic",
    ORDERS="What happens to their orders and their points.",
    OFFERS="Offers; they need the consent MARKETING as well.",
)


@strawberry.type(description="Something that a member was told.")
class Message(Node):
    kind: MessageKind = strawberry.field(description="What it tells.")
    title: str = strawberry.field(description="Its title, in the caller's language.")
    body: str = strawberry.field(description="What it says, in the caller's language.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The order that it is about; null where it is about points."
    )
    page: str = strawberry.field(
        description="The page of the mini-program that it leads to, without a leading slash."
    )
    told_at: datetime = strawberry.field(description="When it was told.")
    read_at: datetime | None = strawberry.field(description="When it was read; null before.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MessageView)


@strawberry.type(
    description="A template of WeChat's subscribe messages. Ask for it with "
    "`wx.requestSubscribeMessage` on a tap, then tell the answer by `recordMessagePermits`."
)
class MessageTemplate:
    kind: MessageKind = strawberry.field(description="The messages that it is for.")
    template_id: str = strawberry.field(description="Its id at WeChat.")
    permits: int = strawberry.field(
        description="How many messages the member has accepted that were not sent yet; each "
        "acceptance is good for one."
    )


@strawberry.type(description="What a member wants to be told outside the mall.")
class MessageChoice:
    topic: Topic = strawberry.field(description="The topic.")
    is_told_outside: bool = strawberry.field(
        description="Whether they want messages of it outside the mall; the inbox has them anyway."
    )
