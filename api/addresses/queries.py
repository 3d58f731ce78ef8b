"""The root fields of addresses: one's own, and the divisions for everybody."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.addresses.types import Address, Region
from api.context import Context, Info
from api.limits import sized
from domain.addresses import views
from domain.addresses.rules import MOST_ADDRESSES
from domain.addresses.views import AddressView, RegionView

_REGIONS = 31
"""The provinces, which are the longest list of divisions."""


@strawberry.type
class AddressQuery:
    """Reads of addresses."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[Address],
        description="The caller's own addresses, at most 50: the default first, then the newest "
        "first.",
        metadata=sized(MOST_ADDRESSES),
    )
    async def addresses(self, info: Info) -> list[AddressView]:
        return await addresses_of(info.context)

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[Region],
        description="The administrative divisions of mainland China, level by level, at most 31 "
        "in a list. They change once in some months, by a release.",
        metadata=sized(_REGIONS),
    )
    async def regions(
        self,
        info: Info,
        parent_code: Annotated[
            str | None,
            strawberry.argument(
                description="Those right below this one; the provinces without it, none below "
                "what is no code."
            ),
        ] = None,
    ) -> list[RegionView]:
        return views.regions(info.context.language, parent_code)


async def addresses_of(context: Context) -> list[AddressView]:
    """The addresses of the member who is signed in."""
    return await views.addresses(context.reads, context.members.vault, context.member().id)
