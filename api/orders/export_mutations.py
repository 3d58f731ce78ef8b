"""How staff ask for exports of orders."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.orders import export_types as types
from api.orders.staff_inputs import filter_of
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.orders.exporting.actions import EXPORT, Asked, ask


@strawberry.type
class OrderExportMutation:
    """Exports of orders."""

    @root_mutation(
        access=Access.BOOKKEEPER,
        graphql_type=types.ExportOrdersResult,
        description="Ask for orders placed until now as a table, one row for each line.",
    )
    async def export_orders(
        self,
        info: Info,
        given: Annotated[
            types.ExportOrdersInput,
            strawberry.argument(name="input", description="Which orders, and why."),
        ],
    ) -> types.OrderExportAskedView:
        context = info.context
        by = By(context.staff(), context.now(), context.random)
        wanted = filter_of(given.wanted, by.staff, context.members.vault)

        async def act(session: WriteSession) -> Asked:
            return await ask(session, wanted, reason=given.reason, by=by)

        asked = await context.once("exportOrders", given.request_id, given, act, answer=Asked)
        return types.OrderExportAskedView(public_id(EXPORT, asked.export_id))
