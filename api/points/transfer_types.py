"""What members send to give points to each other, and what they are told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.points.account_types import PointsAccount
from api.points.refusals import (
    PointsFrozen,
    PointsShort,
    ReceiveCodeUnusable,
    ReceiverUnavailable,
    TransferLimited,
    TransfersOff,
)
from api.refusals import InvalidInput
from domain.kernel.points import Points
from domain.points.giving.codes import ReceiveCode
from domain.points.views import PointsView


@strawberry.type(description="What a member shows who wants to be given points.")
class PointsReceiveCode:
    code: str = strawberry.field(
        description="Their id, sealed: to be shown as a QR code, and of no other use."
    )
    expires_at: datetime = strawberry.field(description="Until when it holds: five minutes.")


class PointsTransfersView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `PointsTransfers`."""

    is_open: bool
    times_a_day: int
    points_a_day: Points
    receive_code: ReceiveCode | None


@strawberry.type(description="Whether and how members of this mall give points to each other.")
class PointsTransfers:
    is_open: bool = strawberry.field(description="Whether they do.")
    times_a_day: int = strawberry.field(description="How often one member can in a day.")
    points_a_day: Points = strawberry.field(description="How many one member can give in a day.")
    receive_code: PointsReceiveCode | None = strawberry.field(
        description="A code by which another member can give the caller points; null where they "
        "do not."
    )


@strawberry.input(description="Points for another member.")
class TransferPointsInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    code: str = strawberry.field(description="The code that the other member shows.")
    points: Points = strawberry.field(description="How many; at least one.")


class PointsTransferredView(msgspec.Struct, frozen=True):
    """The struct behind `PointsTransferred`."""

    points: Points
    account: PointsView


@strawberry.type(description="The points are the other member's.")
class PointsTransferred:
    points: Points = strawberry.field(description="How many were given.")
    account: PointsAccount = strawberry.field(description="What the caller has left.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PointsTransferredView)


TransferPointsResult = Annotated[
    PointsTransferred
    | TransfersOff
    | ReceiveCodeUnusable
    | ReceiverUnavailable
    | TransferLimited
    | PointsFrozen
    | PointsShort
    | InvalidInput,
    strawberry.union("TransferPointsResult", description="How giving points went."),
]
