"""Asking sooner where a parcel is."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.orders.refusals import OrderUnavailable
from api.refusals import Refusal, refusal, root_mutation
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id
from domain.kernel.language import Sentence
from domain.orders.tracking import errors
from domain.orders.tracking.beginning import Refreshed, refresh
from domain.orders.views.structs import ORDER

_Input = strawberry.argument(name="input", description="Which parcel.")


@strawberry.input(description="A parcel of an order of the caller's.")
class RefreshTrackingInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request, kept before it is sent: sent "
        "again, it changes nothing and gets the first answer."
    )
    order_id: strawberry.ID = strawberry.field(description="The order.")
    ordinal: int = strawberry.field(description="Which of its parcels, from 1.")


class TrackingRefreshedView(msgspec.Struct, frozen=True):
    """The struct behind `TrackingRefreshed`."""

    order_id: str
    ordinal: int


@strawberry.type(
    description="The carrier is asked now; the order has its answer a few seconds later."
)
class TrackingRefreshed:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    ordinal: int = strawberry.field(description="Which of its parcels.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, TrackingRefreshedView)


@refusal(
    errors.TrackingNotRefreshed,
    Sentence(
        zh="物流信息暂不能刷新。",
        en="Where the parcel is cannot be asked now.",
    ),
    lambda refused, _: {
        "order_id": public_id(ORDER, refused.order_id),
        "ordinal": refused.ordinal,
        "from_at": refused.from_at,
    },
)
@strawberry.type(description="The carrier is not asked now: it was a moment ago, or is no more.")
class TrackingNotRefreshed(Refusal):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    ordinal: int = strawberry.field(description="Which of its parcels.")
    from_at: datetime | None = strawberry.field(
        description="From when on it can be asked; null where it is not asked any more, or at all."
    )


RefreshTrackingResult = Annotated[
    TrackingRefreshed | OrderUnavailable | TrackingNotRefreshed,
    strawberry.union("RefreshTrackingResult", description="How asking for a parcel went."),
]


@strawberry.type
class TrackingMutation:
    """Asking sooner where a parcel is."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=RefreshTrackingResult,
        description="Have the carrier asked at once where a parcel of the caller's is. It is asked "
        "by itself each few hours, and not more often than the mall has agreed with it.",
    )
    async def refresh_tracking(
        self, info: Info, given: Annotated[RefreshTrackingInput, _Input]
    ) -> TrackingRefreshedView:
        context, member = info.context, info.context.member()
        order_key = key(given.order_id, ORDER, argument="orderId")

        async def act(session: WriteSession) -> Refreshed:
            return await refresh(session, order_key, given.ordinal, member.id, at=context.now())

        await context.once("refreshTracking", given.request_id, given, act, answer=Refreshed)
        return TrackingRefreshedView(public_id(ORDER, order_key), given.ordinal)
