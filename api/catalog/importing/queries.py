"""The root fields of imports, for staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.catalog.importing import types
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.catalog.importing import views
from domain.catalog.importing.models import RowOutcome
from domain.kernel.paging import DEFAULT_PAGE, Place

_LINE = "line"


@strawberry.type
class ImportQuery:
    """Reads of imports."""

    @root_field(
        access=Access.STAFF,
        graphql_type=types.ProductImport | None,
        description="How far an import has come; null where there is none.",
    )
    async def product_import(
        self,
        info: Info,
        import_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The import's id.")
        ],
    ) -> views.ImportView | None:
        import_key = key(import_id, views.IMPORT, argument="id")
        return await views.product_import(info.context.reads, import_key)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[types.ProductImportRow],
        description="What became of the rows of an import, in the order of the table.",
    )
    async def product_import_rows(
        self,
        info: Info,
        import_id: Annotated[strawberry.ID, strawberry.argument(description="The import.")],
        outcome: Annotated[
            RowOutcome | None, strawberry.argument(description="Only rows with this outcome.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[views.ImportRowView]:
        import_key = key(import_id, views.IMPORT, argument="importId")
        after_place = place(after, _LINE)
        page = await views.import_rows(
            info.context.reads, import_key, outcome, first=page_size(first), after=after_place
        )
        return connection(page, _LINE, lambda row: Place(row.line, import_key), after=after_place)
