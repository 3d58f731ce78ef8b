"""The root fields of pads: for those in charge of stores, and for a pad itself."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.context import Context, Info
from api.ids import key
from api.pads.inputs import PadFilterInput
from api.pads.types import PadType
from api.paging import (
    After,
    Connection,
    ConnectionView,
    First,
    connection,
    page_size,
    place,
    place_by_id,
)
from domain.kernel.paging import DEFAULT_PAGE
from domain.sessions import pad_views
from domain.sessions.pad_views import PAD, PadFilter, PadView

_LET_IN = "letin"


@strawberry.type
class PadQuery:
    """Reads of pads."""

    @root_field(
        access=Access.STORE_MANAGER,
        graphql_type=PadType | None,
        description="One pad; null where there is none, or only in a store of others.",
    )
    async def pad(
        self,
        info: Info,
        pad_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The pad's id.")
        ],
    ) -> PadView | None:
        return await pad_of(info.context, key(pad_id, PAD, argument="id"))

    @root_field(
        access=Access.STORE_MANAGER,
        graphql_type=Connection[PadType],
        description="Pads, those that were let in last first; for a store manager those of their "
        "stores.",
    )
    async def pads(
        self,
        info: Info,
        wanted: Annotated[
            PadFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[PadView]:
        context, after_place = info.context, place(after, _LET_IN)
        page = await pad_views.pads(
            context.reads,
            wanted.value() if wanted else PadFilter(),
            context.staff().store_ids,
            at=context.now(),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _LET_IN, lambda each: place_by_id(each.id, PAD), after=after_place)

    @root_field(
        access=Access.PAD,
        graphql_type=PadType,
        description="The pad that asks: where it stands, and who is signed in at it.",
    )
    async def pad_viewer(self, info: Info) -> PadView:
        context = info.context
        pad = context.pad()
        viewer = await pad_views.pad(
            context.reads, pad.id, context.places_in_reach(), at=context.now()
        )
        # A pad is never deleted and never moved.
        assert viewer is not None
        return viewer


async def pad_of(context: Context, pad_key: UUID) -> PadView | None:
    """A pad that the member of the staff may see; None where there is none."""
    within = context.staff().store_ids
    return await pad_views.pad(context.reads, pad_key, within, at=context.now())
