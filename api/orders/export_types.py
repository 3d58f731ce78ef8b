"""The GraphQL types of exports of orders, and what asking for one answers with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.context import Info
from api.enums import described
from api.node import Node
from api.orders.staff_inputs import StaffOrderFilterInput
from api.refusals import InvalidInput, Problem
from domain.orders.exporting.models import ExportStatus
from domain.orders.exporting.passes import new_pass
from domain.orders.exporting.views import OrderExportView

described(
    ExportStatus,
    "How far an export has come.",
    WAITING="No worker has begun it yet.",
    RUNNING="It is under way.",
    DONE="Its file can be fetched.",
    FAILED="It cannot go on.",
)


@strawberry.type(description="Orders that somebody asked for as a table; kept for seven days.")
class OrderExport(Node):
    status: ExportStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why, in the words of who asked for it.")
    staff_name: str = strawberry.field(description="Who asked for it.")
    asked_at: datetime = strawberry.field(description="When.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not."
    )
    orders_seen: int = strawberry.field(description="How many orders are in the file until now.")
    rows_written: int = strawberry.field(
        description="How many rows that makes: one for each line of an order."
    )

    @strawberry.field(description="Why it failed. Null where it did not.")
    def failure(self, root: strawberry.Parent[OrderExportView], info: Info) -> Problem | None:
        wrong = root.failure
        if wrong is None:
            return None
        message = wrong.told_in(info.context.language)
        return Problem(path=wrong.path, code=wrong.code, message=message)

    @strawberry.field(
        description="Where the file can be fetched for 15 minutes, below the mall's own address, "
        "by whoever has this path, in the name of who asked for it here: each time stands in the "
        "audit trail. Null while there is none."
    )
    def download_path(self, root: strawberry.Parent[OrderExportView], info: Info) -> str | None:
        if root.status is not ExportStatus.DONE:
            return None
        context = info.context
        staff_id = context.staff().id
        passed = new_pass(context.members.vault, root.key, staff_id, at=context.now())
        return f"/downloads/orders/{root.id}.csv?pass={passed}"

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderExportView)


@strawberry.input(description="Orders that somebody needs as a table.")
class ExportOrdersInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    reason: str = strawberry.field(
        description="Why, in words for colleagues: it stands in the audit trail. At most 500 "
        "characters."
    )
    wanted: StaffOrderFilterInput | None = strawberry.field(
        default=None, name="filter", description="Which ones; all without it."
    )


class OrderExportAskedView(msgspec.Struct, frozen=True):
    """The struct behind `OrderExportAsked`."""

    export_id: str


@strawberry.type(description="The export was asked for, and soon begins.")
class OrderExportAsked:
    export_id: strawberry.ID = strawberry.field(description="The export, for `orderExport`.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, OrderExportAskedView)


ExportOrdersResult = Annotated[
    OrderExportAsked | InvalidInput,
    strawberry.union("ExportOrdersResult", description="How asking for an export went."),
]
