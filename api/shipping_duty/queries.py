"""The root fields of shipping duties, for those of the staff who keep the account of money."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.shipping_duty.enums import Attention
from api.shipping_duty.types import FrozenMoney, ShippingDuty
from domain.kernel.paging import DEFAULT_PAGE
from domain.shipping_duty import views
from domain.shipping_duty.views import DutyView, FrozenView

_DUTY = "shippingduty"


@strawberry.type
class ShippingDutyQuery:
    """Reads of shipping duties."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[ShippingDuty],
        description="What WeChat has to be told of payments, the longest due first.",
    )
    async def shipping_duties(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        attention: Annotated[
            Attention | None,
            strawberry.argument(description="Only those that somebody has to look at for this."),
        ] = None,
    ) -> ConnectionView[DutyView]:
        context, after_place = info.context, place(after, _DUTY)
        page = await views.duties(
            context.reads,
            attention=attention,
            at=context.now(),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _DUTY, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=list[FrozenMoney],
        description="The money that WeChat keeps because of shipping, by state and age.",
    )
    async def frozen_money(self, info: Info) -> list[FrozenView]:
        return await views.frozen(info.context.reads, at=info.context.now())
