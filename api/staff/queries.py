"""The root fields of accounts and of the audit trail, each within the caller's reach."""

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.access import Access, root_field
from api.context import Context, Info
from api.ids import key
from api.lookahead import selected_paths
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
from api.staff.inputs import AuditFilterInput, StaffFilterInput
from api.staff.types import AuditEntry, StaffAccount
from domain.kernel.actors import Role
from domain.kernel.ids import key_of
from domain.kernel.paging import DEFAULT_PAGE, Page
from domain.sessions.pad_names import pad_names
from domain.staff import account_views, trail_views
from domain.staff.account_views import AccountFilter, AccountView
from domain.staff.accounts import STAFF
from domain.staff.trail_views import ENTRY, PAD, EntryFilter, EntryView, PadView, Reach

_MADE = "made"
_RECORDED = "recorded"


@strawberry.type
class StaffQuery:
    """Reads of accounts and of the trail."""

    @root_field(
        access=Access.STORE_MANAGER,
        graphql_type=StaffAccount | None,
        description="One account; null where there is none. Store managers see the guides of "
        "their stores, and no other account is there for them.",
    )
    async def staff_account(
        self,
        info: Info,
        staff_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The account's id.")
        ],
    ) -> AccountView | None:
        context = info.context
        staff_key = key(staff_id, STAFF, argument="id")
        return await account_views.account(
            context.reads, staff_key, guides_of=_stores_of_manager(context)
        )

    @root_field(
        access=Access.STORE_MANAGER,
        graphql_type=Connection[StaffAccount],
        description="Accounts, those made last first; for store managers the guides of their "
        "stores.",
    )
    async def staff_accounts(
        self,
        info: Info,
        wanted: Annotated[
            StaffFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[AccountView]:
        context, after_place = info.context, place(after, _MADE)
        asked = wanted.wanted() if wanted else AccountFilter()
        page = await account_views.accounts(
            context.reads,
            replace(asked, guides_of=_stores_of_manager(context)),
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        return connection(page, _MADE, lambda each: place_by_id(each.id, STAFF), after=after_place)

    @root_field(
        access=Access.AUDITOR,
        graphql_type=Connection[AuditEntry],
        description="What the staff changed, newest first. Store managers see what was done at "
        "pads of their stores, by themselves, and by the guides of their stores.",
    )
    async def audit_entries(
        self,
        info: Info,
        wanted: Annotated[
            AuditFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[EntryView]:
        context, after_place = info.context, place(after, _RECORDED)
        asked = wanted.wanted() if wanted else EntryFilter()
        page = await trail_views.entries(
            context.reads,
            replace(asked, reach=_reach(context)),
            first=page_size(first),
            after=after_place.key if after_place else None,
        )
        if "edges.node.pad.name" in selected_paths(info):
            page = await _with_pad_names(context, page)
        return connection(
            page, _RECORDED, lambda each: place_by_id(each.id, ENTRY), after=after_place
        )


def _stores_of_manager(context: Context) -> Collection[UUID] | None:
    """The stores whose guides are all that the caller sees; None for whoever sees everybody."""
    staff = context.staff()
    return staff.store_ids or frozenset() if staff.role is Role.STORE_MANAGER else None


def _reach(context: Context) -> Reach | None:
    stores = _stores_of_manager(context)
    return None if stores is None else Reach(context.staff().id, stores)


async def _with_pad_names(context: Context, page: Page[EntryView]) -> Page[EntryView]:
    pads = {each.pad.id: key_of(each.pad.id, PAD) for each in page.items if each.pad}
    if not pads:
        return page
    names = await pad_names(context.reads, [pad for pad in pads.values() if pad])
    told = {public: PadView(public, names.get(pad)) for public, pad in pads.items() if pad}
    named = [
        msgspec.structs.replace(each, pad=told[each.pad.id]) if each.pad else each
        for each in page.items
    ]
    return Page(named, page.has_next)
