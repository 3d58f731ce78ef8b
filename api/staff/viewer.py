"""The root field of whoever of the staff is signed in."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.staff.viewer_types import StaffViewer, StaffViewerView, ViewerPadView
from domain.kernel.actors import Staff
from domain.kernel.db import ReadPool
from domain.kernel.ids import public_id
from domain.stores.views import PLACE, PlaceView, places

STAFF, PAD = "staff", "pad"
"""The kinds of staff and of pads in public ids."""


@strawberry.type
class StaffViewerQuery:
    """Reads of the staff by themselves."""

    @root_field(
        access=Access.STAFF_ANYWHERE,
        graphql_type=StaffViewer,
        description="The member of the staff who is signed in, in a browser or at a pad.",
    )
    async def staff_viewer(self, info: Info) -> StaffViewerView:
        staff = info.context.staff_anywhere()
        known = await _places_of(info.context.reads, staff)
        stores = None
        if staff.store_ids is not None:
            theirs = {public_id(PLACE, each) for each in staff.store_ids}
            stores = [each for each in known if each.id in theirs]
        pad = None
        if staff.pad is not None:
            here = public_id(PLACE, staff.pad.store_id)
            store = next((each for each in known if each.id == here), None)
            pad = ViewerPadView(public_id(PAD, staff.pad.id), store)
        return StaffViewerView(public_id(STAFF, staff.id), staff.name, staff.role, stores, pad)


async def _places_of(reads: ReadPool, staff: Staff) -> list[PlaceView]:
    """Where they work and stand; nothing is asked where they do neither."""
    within = staff.store_ids or frozenset()
    if staff.pad is not None:
        within |= {staff.pad.store_id}
    return await places(reads, within) if within else []
