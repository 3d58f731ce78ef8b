"""The root field of quotes."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.orders.enums import DeliveryMethod
from api.orders.quote_types import PriceQuote, PriceQuoteView, quote_view
from domain.addresses.views import ADDRESS
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.points import Points
from domain.members.words import Channel
from domain.orders import quoting
from domain.orders.cart.models import MOST_LINES
from domain.orders.cart.views import CART_LINE
from domain.orders.quoting import Wanted
from domain.orders.seen import sealed
from domain.stores.views import PLACE

_BELOW_NONE = Sentence(zh="usePoints 不能为负数。", en="usePoints must not be negative.")
_TOO_MANY = Sentence(zh="lineIds 最多 {most} 项。", en="lineIds must have at most {most} items.")


@strawberry.input(description="What to quote, and where it shall go.")
class QuoteInput:
    line_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Lines of the cart, at most 100; the selected ones where it is left out.",
    )
    delivery: DeliveryMethod = strawberry.field(
        default=DeliveryMethod.DELIVERY, description="How it shall reach the member."
    )
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where to deliver; the default address where it is left out."
    )
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it shall be picked up."
    )
    use_points: Points = strawberry.field(
        default=Points(0), description="How many of the caller's points shall pay, at the most."
    )
    channel: Channel = strawberry.field(
        default=Channel.MINI_PROGRAM,
        description="Where it will be ordered: points may depend on it.",
    )

    def wanted(self, member_id: UUID) -> Wanted:
        """The domain's value; a BAD_INPUT fault for what is no id, and for too many lines."""
        if self.line_ids is not None and len(self.line_ids) > MOST_LINES:
            raise BadInput(_TOO_MANY, most=MOST_LINES)
        if self.use_points < 0:
            raise BadInput(_BELOW_NONE)
        lines = self.line_ids
        return Wanted(
            member_id,
            None
            if lines is None
            else tuple(key(each, CART_LINE, argument="lineIds") for each in lines),
            self.delivery,
            address_id=_key(self.address_id, ADDRESS, "addressId"),
            store_id=_key(self.store_id, PLACE, "storeId"),
            points=self.use_points,
            channel=self.channel,
        )


@strawberry.type
class QuoteQuery:
    """What an order would cost."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=PriceQuote,
        description="What lines of the caller's cart cost now, with every reduction, and what is "
        "in the way of ordering them.",
    )
    async def quote(
        self,
        info: Info,
        given: Annotated[
            QuoteInput, strawberry.argument(name="input", description="What, and where to.")
        ],
    ) -> PriceQuoteView:
        context = info.context
        member = context.member()
        terms = context.ordering.points_terms
        wanted = given.wanted(member.id)
        quote = await quoting.quote(context.reads, wanted, at=context.now(), terms=terms)
        token = None
        if quote.seen is not None:
            vault = context.members.vault
            token = sealed(quote.seen, vault, member=member.key, random=context.random)
        return quote_view(quote, token, context.language)


def _key(public: strawberry.ID | None, kind: str, argument: str) -> UUID | None:
    return None if public is None else key(public, kind, argument=argument)
