"""The root fields of pick-ups: for whoever scans a code at a pad, and of what lies ready."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.attempts import Limit
from api.context import Context, Info
from api.ids import key
from api.orders.pick_up_types import ReadyPickUp, ScannedPickUp
from api.orders.staff_inputs import reach_of
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import DEFAULT_PAGE
from domain.orders.picking_up.lying import LyingFilter, LyingPickUpView, lying
from domain.orders.picking_up.scanning import ScannedPickUpView, scanned
from domain.stores.views import PLACE

TRIES = Limit("pick_up_codes", most=20, seconds=60)
"""Codes that are scanned at one pad; each is counted before it is looked at."""
TRIES_OF_STORE = Limit("pick_up_codes_of_store", most=60, seconds=60)
"""The same of all pads of a store together."""
_READY = "ready_pick_ups"
_LONGEST_DAYS = 3650
_NO_DAYS = Sentence(
    zh="参数 readyForDays 应在 0 到 {longest} 之间。",
    en="The argument readyForDays must be from 0 to {longest}.",
)


@strawberry.type
class PickUpQuery:
    """Reads of pick-ups."""

    @root_field(
        access=Access.STAFF_AT_PAD,
        graphql_type=ScannedPickUp | None,
        description="What a code fetches in the pad's store; null where it fetches nothing there. "
        "RATE_LIMITED after 20 codes in a minute at one pad, and 60 in one store.",
    )
    async def scanned_pick_up(
        self,
        info: Info,
        code: Annotated[
            str, strawberry.argument(description="What was scanned or typed: twelve digits.")
        ],
    ) -> ScannedPickUpView | None:
        context = info.context
        await charge_try(context)
        return await scanned(
            context.reads,
            context.members.vault,
            context.language,
            code,
            context.pad().store_id,
            at=context.now(),
        )

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[ReadyPickUp],
        description="Orders that lie ready in a store and that nobody has fetched, the longest "
        "ready first. Guides and store managers see those of their stores.",
    )
    async def ready_pick_ups(
        self,
        info: Info,
        store_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Those of this store; of all stores without it."),
        ] = None,
        ready_for_days: Annotated[
            int,
            strawberry.argument(description="Those that are ready for so many days, or longer."),
        ] = 0,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[LyingPickUpView]:
        context, after_place = info.context, place(after, _READY)
        if not 0 <= ready_for_days <= _LONGEST_DAYS:
            raise BadInput(_NO_DAYS, longest=_LONGEST_DAYS)
        at = context.now()
        stores = _stores(context, store_id)
        wanted = LyingFilter(stores, at - timedelta(days=ready_for_days))
        page = await lying(context.reads, wanted, at=at, first=page_size(first), after=after_place)
        return connection(page, _READY, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.STAFF_AT_PAD,
        graphql_type=Connection[ReadyPickUp],
        description="Orders that lie ready in the pad's store and that nobody has fetched, the "
        "longest ready first.",
    )
    async def store_pick_ups(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[LyingPickUpView]:
        context, after_place, at = info.context, place(after, _READY), info.context.now()
        wanted = LyingFilter({context.pad().store_id}, at)
        page = await lying(context.reads, wanted, at=at, first=page_size(first), after=after_place)
        return connection(page, _READY, lambda each: each.place, after=after_place)


def _stores(context: Context, store_id: strawberry.ID | None) -> frozenset[UUID] | None:
    """The stores that are asked for, of those within reach; None for all."""
    reach = reach_of(context.staff())
    if store_id is None:
        return reach
    asked = frozenset({key(store_id, PLACE, argument="storeId")})
    return asked if reach is None else asked & reach


async def charge_try(context: Context) -> None:
    """Count a code before it is looked at; RATE_LIMITED where a pad or its store tries too many."""
    pad, attempts = context.pad(), context.members.attempts
    await attempts.take(TRIES, pad.key)
    await attempts.take(TRIES_OF_STORE, f"store:{pad.store_id.hex}")
