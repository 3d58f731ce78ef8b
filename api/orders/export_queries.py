"""The root fields of exports of orders, for those of the staff who may have them."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.orders.export_types import OrderExport
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders.exporting import views
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.views import OrderExportView

_ASKED = "asked"


@strawberry.type
class OrderExportQuery:
    """Reads of exports."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=OrderExport | None,
        description="How far an export has come, and where its file is; null where there is none.",
    )
    async def order_export(
        self,
        info: Info,
        export_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The export's id.")
        ],
    ) -> OrderExportView | None:
        return await views.order_export(info.context.reads, key(export_id, EXPORT, argument="id"))

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[OrderExport],
        description="The exports of the last days, those asked for last first.",
    )
    async def order_exports(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[OrderExportView]:
        after_place = place(after, _ASKED)
        page = await views.order_exports(
            info.context.reads,
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        return connection(page, _ASKED, lambda each: Place(0, each.key), after=after_place)
