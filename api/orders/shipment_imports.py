"""The root fields of imports of parcels, for operators."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.orders import shipment_import_types as types
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.refusals import root_mutation
from api.uploads.types import UPLOAD
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders.shipping.importing import views
from domain.orders.shipping.importing.actions import AskedToShip, ask
from domain.orders.shipping.importing.models import ParcelOutcome

_LINE = "line"


@strawberry.type
class ShipmentImportMutation:
    """Sending parcels from tables."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=types.ImportShipmentsResult,
        description="Send the parcels of a table, or try them. A preview that is done is sent by "
        "asking again without it, by the same import. A parcel is sent where all its rows are "
        "good; one that its order has already is not sent again.",
    )
    async def import_shipments(
        self,
        info: Info,
        given: Annotated[
            types.ImportShipmentsInput,
            strawberry.argument(name="input", description="Which table, and why."),
        ],
    ) -> types.ShipmentImportAskedView:
        context = info.context
        upload_id = key(given.upload_id, UPLOAD, argument="uploadId")
        by = By(context.staff(), context.now(), context.random)

        async def act(session: WriteSession) -> AskedToShip:
            return await ask(
                session, upload_id, is_preview=given.is_preview, reason=given.reason, by=by
            )

        asked = await context.once(
            "importShipments", given.request_id, given, act, answer=AskedToShip
        )
        return types.ShipmentImportAskedView(public_id(views.SHIPMENT_IMPORT, asked.import_id))


@strawberry.type
class ShipmentImportQuery:
    """Reads of imports of parcels."""

    @root_field(
        access=Access.OPERATOR,
        graphql_type=types.ShipmentImport | None,
        description="How far an import of parcels has come; null where there is none.",
    )
    async def shipment_import(
        self,
        info: Info,
        import_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The import's id.")
        ],
    ) -> views.ShipmentImportView | None:
        import_key = key(import_id, views.SHIPMENT_IMPORT, argument="id")
        return await views.shipment_import(info.context.reads, import_key)

    @root_field(
        access=Access.OPERATOR,
        graphql_type=Connection[types.ShipmentImportRow],
        description="What became of the rows of an import, in the order of the table.",
    )
    async def shipment_import_rows(
        self,
        info: Info,
        import_id: Annotated[strawberry.ID, strawberry.argument(description="The import.")],
        outcome: Annotated[
            ParcelOutcome | None, strawberry.argument(description="Only rows with this outcome.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[views.ShipmentImportRowView]:
        import_key = key(import_id, views.SHIPMENT_IMPORT, argument="importId")
        after_place = place(after, _LINE)
        page = await views.shipment_import_rows(
            info.context.reads, import_key, outcome, first=page_size(first), after=after_place
        )
        return connection(page, _LINE, lambda row: Place(row.line, import_key), after=after_place)
