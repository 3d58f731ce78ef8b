"""The GraphQL types of imports of parcels, and what asking for one answers with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.catalog.importing.types import UploadNotTable
from api.context import Info
from api.enums import described
from api.limits import sized
from api.node import Node
from api.refusals import InvalidInput, Problem, Refusal, refusal
from api.uploads.types import UploadUnknown
from domain.kernel.errors import Problem as Wrong
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.kernel.passes import new_pass
from domain.media.table_jobs import ImportStatus
from domain.orders.shipping.importing import errors
from domain.orders.shipping.importing.file import PASS
from domain.orders.shipping.importing.models import ParcelOutcome
from domain.orders.shipping.importing.views import (
    SHIPMENT_IMPORT,
    ShipmentImportRowView,
    ShipmentImportView,
)

described(
    ParcelOutcome,
    "What became of a row of a table of parcels.",
    name="ShipmentImportOutcome",
    SHIPPED="Its parcel was sent.",
    READY="Its parcel can be sent: this was a preview.",
    ALREADY_SHIPPED="The order has this parcel already; nothing was sent again.",
    REFUSED="Something is wrong with it; nothing of its parcel was sent.",
    HELD_BACK="It is good, but another row of its parcel is not.",
)


def _told(wrong: Wrong, language: Language) -> Problem:
    return Problem(path=wrong.path, code=wrong.code, message=wrong.told_in(language))


@strawberry.type(description="One table of parcels that was given to be sent.")
class ShipmentImport(Node):
    status: ImportStatus = strawberry.field(description="How far it has come.")
    is_preview: bool = strawberry.field(description="Whether nothing is sent by it.")
    reason: str = strawberry.field(description="Why, in the words of who asked for it.")
    staff_name: str = strawberry.field(description="Who asked for it.")
    asked_at: datetime = strawberry.field(description="When.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not."
    )
    row_count: int | None = strawberry.field(
        description="How many rows the table has; null while it has not been read."
    )
    shipped: int = strawberry.field(description="Rows of parcels that were sent.")
    ready: int = strawberry.field(description="Rows of parcels that can be sent, of a preview.")
    already_shipped: int = strawberry.field(description="Rows of parcels that were sent before.")
    refused: int = strawberry.field(description="Rows with something wrong.")
    held_back: int = strawberry.field(description="Good rows of parcels with a wrong row.")

    @strawberry.field(
        description="Why it failed; its path is a column, or empty. Null where it did not."
    )
    def failure(self, root: strawberry.Parent[ShipmentImportView], info: Info) -> Problem | None:
        return _told(root.failure, info.context.language) if root.failure else None

    @strawberry.field(
        description="Where the rows with their outcomes are as a CSV, on this mall; fetched within "
        "15 minutes by whoever has this path. Null while it is not done."
    )
    def result_path(self, root: strawberry.Parent[ShipmentImportView], info: Info) -> str | None:
        if root.status is not ImportStatus.DONE:
            return None
        context = info.context
        staff_id = context.staff().id
        passed = new_pass(
            context.members.vault, root.key.hex, staff_id, purpose=PASS, at=context.now()
        )
        return f"/downloads/shipments/{root.id}.csv?pass={passed}"

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ShipmentImportView)


@strawberry.type(description="What became of one row of a table of parcels.")
class ShipmentImportRow:
    line: int = strawberry.field(description="Its number in the table; the header is row 1.")
    order_number: str = strawberry.field(description="The number of the order.")
    carrier: str = strawberry.field(description="The carrier, as it was written.")
    tracking_number: str = strawberry.field(description="The number of the parcel.")
    sku: str = strawberry.field(description="The article; empty for all that is left.")
    units: str = strawberry.field(description="How many; empty for all that are left.")
    outcome: ParcelOutcome = strawberry.field(description="What became of it.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The order; null where nothing is sent."
    )
    ordinal: int | None = strawberry.field(
        description="Which of the order's parcels it is; null where it was not sent."
    )

    @strawberry.field(
        description="What is wrong: each path is a column, or empty for the row as a whole; "
        "counts as 2 in a document's cost.",
        metadata=sized(2),
    )
    def problems(self, root: strawberry.Parent[ShipmentImportRowView], info: Info) -> list[Problem]:
        return [_told(each, info.context.language) for each in root.problems]


@strawberry.input(description="A table of parcels that shall be sent, or tried.")
class ImportShipmentsInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    upload_id: strawberry.ID = strawberry.field(
        description="The table: an upload for the purpose SHIPMENT_IMPORT that was completed. Its "
        "columns are order_number, carrier, tracking_number, sku and units."
    )
    is_preview: bool = strawberry.field(
        description="Whether all rows are only tried, and nothing is sent."
    )
    reason: str = strawberry.field(
        description="Why, in words for colleagues: it stands in the audit trail of every parcel. "
        "At most 500 characters."
    )


class ShipmentImportAskedView(msgspec.Struct, frozen=True):
    """The struct behind `ShipmentImportAsked`."""

    import_id: str


@strawberry.type(description="The import was asked for, and soon begins.")
class ShipmentImportAsked:
    import_id: strawberry.ID = strawberry.field(description="The import, for `shipmentImport`.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ShipmentImportAskedView)


@refusal(
    errors.ShipmentsImported,
    Sentence(
        zh="此表格已导入过；如需再次导入，请重新上传。",
        en="The table was imported already; upload it again to import it again.",
    ),
    lambda refused, _: {"import_id": public_id(SHIPMENT_IMPORT, refused.import_id)},
)
@strawberry.type(
    description="The table was imported already. Only a preview that is done can be sent."
)
class ShipmentsImported(Refusal):
    import_id: strawberry.ID = strawberry.field(description="By which import.")


ImportShipmentsResult = Annotated[
    ShipmentImportAsked | UploadUnknown | UploadNotTable | ShipmentsImported | InvalidInput,
    strawberry.union("ImportShipmentsResult", description="How asking for an import went."),
]
