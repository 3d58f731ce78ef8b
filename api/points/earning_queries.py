"""The root field of what products earn, which depends on who asks."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.limits import sized
from api.points.earning_types import ProductPointsToEarn, ProductPointsView, product_points_view
from domain.catalog.views.structs import PRODUCT
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import LARGEST_PAGE
from domain.members.words import Channel
from domain.orders.earning.showing import points_of_products
from domain.points.earning.rules import Circumstances

_TOO_MANY = Sentence(
    zh="参数 productIds 最多 {most} 项。",
    en="The argument productIds may have at most {most} items.",
)


@strawberry.type
class PointsToEarnQuery:
    """What products earn."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[ProductPointsToEarn],
        description="What products earn the caller in points by now, in the order of the ids: one "
        "unit at its list price. What cannot be seen is left out. Counts as 20.",
        metadata=sized(20),
    )
    async def points_to_earn(
        self,
        info: Info,
        product_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The products, at most 100.")
        ],
        channel: Annotated[
            Channel, strawberry.argument(description="Where they would be ordered.")
        ] = Channel.MINI_PROGRAM,
    ) -> list[ProductPointsView]:
        if len(product_ids) > LARGEST_PAGE:
            raise BadInput(_TOO_MANY, most=LARGEST_PAGE)
        keys = list(
            dict.fromkeys(key(each, PRODUCT, argument="productIds") for each in product_ids)
        )
        context = info.context
        earned = await points_of_products(
            context.reads, keys, Circumstances(context.now(), channel)
        )
        return [
            product_points_view(earned[each], context.language) for each in keys if each in earned
        ]
