"""What staff can do to import products."""

from typing import Annotated

import strawberry

from api.access import Access
from api.catalog.importing import types
from api.catalog.product_mutations import by_caller
from api.context import Info
from api.ids import key
from api.refusals import root_mutation
from api.uploads.types import UPLOAD
from domain.catalog.importing.actions import Asked, ask
from domain.catalog.importing.views import IMPORT
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id


@strawberry.type
class ImportMutation:
    """Imports of products."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=types.ImportProductsResult,
        description="Import a table of products. Products whose rows are all good are written, "
        "new ones as drafts; of the others nothing is.",
    )
    async def import_products(
        self,
        info: Info,
        given: Annotated[
            types.ImportProductsInput,
            strawberry.argument(name="input", description="Which table, and why."),
        ],
    ) -> types.ImportAskedView:
        upload_id = key(given.upload_id, UPLOAD, argument="uploadId")
        by = by_caller(info)

        async def act(session: WriteSession) -> Asked:
            return await ask(session, upload_id, reason=given.reason, by=by)

        asked = await info.context.once(
            "importProducts", given.request_id, given, act, answer=Asked
        )
        return types.ImportAskedView(public_id(IMPORT, asked.import_id))
