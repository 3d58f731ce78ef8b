"""The root fields of members' points for the staff."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.ids import key
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from api.points.account_queries import ENTRY
from api.points.staff_types import (
    MemberPoints,
    PointsAdjustment,
    PointsHold,
    PointsLiability,
    PointsLot,
    StaffPointsEntry,
)
from domain.kernel.paging import DEFAULT_PAGE
from domain.members.views.structs import MEMBER
from domain.orders import staff_points
from domain.orders.staff_points import (
    HOLD,
    LOT,
    PointsHoldView,
    PointsLotView,
    StaffPointsEntryView,
)
from domain.points import views
from domain.points.adjusting import views as adjusting
from domain.points.adjusting.views import ADJUSTMENT, AdjustmentView
from domain.points.liabilities.views import LIABILITY, LiabilityView, liabilities
from domain.points.views import StaffPointsView

_MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member.")]


@strawberry.type
class StaffPointsQuery:
    """Reads of members' points by staff."""

    @root_field(
        access=Access.STAFF,
        graphql_type=MemberPoints | None,
        description="What a member has in points; null where there is no such member.",
    )
    async def staff_member_points(self, info: Info, member_id: _MemberId) -> StaffPointsView | None:
        context, member_key = info.context, key(member_id, MEMBER, argument="memberId")
        return await views.staff_points(context.reads, member_key, at=context.now())

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[StaffPointsEntry],
        description="A member's journal of points with the source of each movement, the newest "
        "first.",
    )
    async def staff_points_entries(
        self, info: Info, member_id: _MemberId, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[StaffPointsEntryView]:
        context, after_place = info.context, place(after, ENTRY)
        page = await staff_points.entries_of(
            context.reads,
            key(member_id, MEMBER, argument="memberId"),
            context.language,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, ENTRY, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[PointsLot],
        description="A member's lots of points, also those that are used up, the newest first.",
    )
    async def staff_points_lots(
        self, info: Info, member_id: _MemberId, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[PointsLotView]:
        after_place = place(after, LOT)
        page = await staff_points.lots_of(
            info.context.reads,
            key(member_id, MEMBER, argument="memberId"),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, LOT, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[PointsHold],
        description="What reserves points of a member now, the newest first.",
    )
    async def staff_points_holds(
        self, info: Info, member_id: _MemberId, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[PointsHoldView]:
        after_place = place(after, HOLD)
        page = await staff_points.holds_of(
            info.context.reads,
            key(member_id, MEMBER, argument="memberId"),
            first=page_size(first),
            after=after_place,
        )
        return connection(page, HOLD, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[PointsAdjustment],
        description="Points that were added or taken by hand or wait to be, what was asked for "
        "first in front.",
    )
    async def points_adjustments(
        self,
        info: Info,
        member_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of a member.")
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        waiting_only: Annotated[
            bool, strawberry.argument(description="Only those that wait for a decision.")
        ] = False,
    ) -> ConnectionView[AdjustmentView]:
        after_place = place(after, ADJUSTMENT)
        page = await adjusting.adjustments(
            info.context.reads,
            member_id=None if member_id is None else key(member_id, MEMBER, argument="memberId"),
            waiting_only=waiting_only,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, ADJUSTMENT, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=Connection[PointsLiability],
        description="What the shop owed in points as each day began, the last day first.",
    )
    async def points_liabilities(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> ConnectionView[LiabilityView]:
        after_place = place(after, LIABILITY)
        page = await liabilities(info.context.reads, first=page_size(first), after=after_place)
        return connection(page, LIABILITY, lambda each: each.place, after=after_place)
