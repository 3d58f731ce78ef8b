"""The root fields of members for staff."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access, root_field
from api.context import Context, Info
from api.ids import key
from api.lookahead import selected_paths
from api.members.inputs import MemberFilterInput
from api.members.types import MemberRecord
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
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import DEFAULT_PAGE
from domain.members.phone_numbers import e164
from domain.members.rules import tidy_name
from domain.members.views import members
from domain.members.views.members import MemberFilter, Reading
from domain.members.views.structs import MEMBER, MemberView

_JOINED = "joined"
_NOT_A_PHONE = Sentence(
    zh="参数 phone 不是有效的手机号码。", en="The argument phone is not a mobile phone number."
)


@strawberry.type
class MemberStaffQuery:
    """Reads of members by staff."""

    @root_field(
        access=Access.STAFF,
        graphql_type=MemberRecord | None,
        description="One member; null where there is none.",
    )
    async def staff_member(
        self,
        info: Info,
        member_id: Annotated[
            strawberry.ID, strawberry.argument(name="id", description="The member's id.")
        ],
    ) -> MemberView | None:
        member_key = key(member_id, MEMBER, argument="id")
        with_consents = "consents" in selected_paths(info)
        return await record_of(info.context, member_key, with_consents=with_consents)

    @root_field(
        access=Access.STAFF,
        graphql_type=Connection[MemberRecord],
        description="Members, those who joined last first.",
    )
    async def staff_members(
        self,
        info: Info,
        wanted: Annotated[
            MemberFilterInput | None,
            strawberry.argument(name="filter", description="Which ones; all without it."),
        ] = None,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[MemberView]:
        context, after_place = info.context, place(after, _JOINED)
        with_consents = "edges.node.consents" in selected_paths(info)
        page = await members.staff_members(
            context.reads,
            context.members.vault,
            _filter(wanted),
            reading=Reading(context.media_url, with_consents=with_consents),
            first=page_size(first),
            after=after_place,
        )
        return connection(
            page, _JOINED, lambda each: place_by_id(each.id, MEMBER), after=after_place
        )


async def record_of(
    context: Context, member_key: UUID, *, with_consents: bool
) -> MemberView | None:
    """A member as staff see them; None where there is none."""
    reading = Reading(context.media_url, with_consents=with_consents)
    return await members.staff_member(context.reads, member_key, reading=reading)


def _filter(wanted: MemberFilterInput | None) -> MemberFilter:
    if wanted is None:
        return MemberFilter()
    phone = e164(wanted.phone) if wanted.phone is not None else None
    if wanted.phone is not None and phone is None:
        raise BadInput(_NOT_A_PHONE)
    return MemberFilter(phone, tidy_name(wanted.name) if wanted.name is not None else None)
