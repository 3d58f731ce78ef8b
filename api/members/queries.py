"""The root fields of members: what depends on who is signed in, and the texts for everybody."""

import strawberry

from api.access import Access, root_field
from api.context import Context, Info
from api.limits import sized
from api.lookahead import selected_paths
from api.members.types import ConsentText, Viewer
from domain.kernel.errors import Unauthenticated
from domain.members.views import members
from domain.members.views.members import Reading
from domain.members.views.structs import ConsentTextView, MemberView
from domain.members.words import ConsentPurpose


@strawberry.type
class MemberQuery:
    """Reads of members by themselves."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Viewer,
        description="The member who is signed in. What they have is at roots of its own, for "
        "members alone: `addresses`, `favourites`, `sessions`.",
    )
    async def viewer(self, info: Info) -> MemberView:
        with_consents = "consents" in selected_paths(info)
        return await viewer_of(info.context, with_consents=with_consents)

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[ConsentText],
        description="What members are asked to agree to: the text of each purpose that stands.",
        metadata=sized(len(ConsentPurpose)),
    )
    async def consent_texts(self, info: Info) -> list[ConsentTextView]:
        return await members.consent_texts(info.context.reads, info.context.language)


async def viewer_of(context: Context, *, with_consents: bool) -> MemberView:
    """The signed-in member as they see themselves. Fault: UNAUTHENTICATED where they are gone."""
    reading = Reading(context.media_url, with_consents=with_consents)
    found = await members.viewer(
        context.reads, context.members.vault, context.member().id, reading=reading
    )
    if found is None:
        raise Unauthenticated
    return found
