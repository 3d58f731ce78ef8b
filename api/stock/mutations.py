"""What staff can do to stock."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.refusals import root_mutation
from api.stock import types
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.stock import views
from domain.stock.adjusting import Adjusted, AdjustmentLine, adjust
from domain.stock.rules import Reason
from domain.stores.views import PLACE


@strawberry.type
class StockMutation:
    """Changes of stock."""

    @root_mutation(
        access=Access.STORE_MANAGER,
        graphql_type=types.AdjustStockResult,
        description="Take in a delivery, write units off, or correct what a count found.",
    )
    async def adjust_stock(
        self,
        info: Info,
        given: Annotated[
            types.AdjustStockInput, strawberry.argument(name="input", description="What, and why.")
        ],
    ) -> types.StockAdjustedView:
        context = info.context
        by = By(context.staff(), context.now(), context.random)
        lines = [
            AdjustmentLine(
                key(line.variant_id, views.VARIANT, argument="variantId"),
                key(line.place_id, PLACE, argument="placeId"),
                line.units,
            )
            for line in given.lines
        ]

        async def act(session: WriteSession) -> Adjusted:
            return await adjust(
                session,
                Reason(given.kind.value),
                lines,
                source=f"{by.staff.key}:{given.request_id}",
                reason=given.reason,
                by=by,
            )

        adjusted = await context.once("adjustStock", given.request_id, given, act, answer=Adjusted)
        return types.StockAdjustedView([types.level_now(each) for each in adjusted.levels])
