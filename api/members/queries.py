"""The root fields of members: what depends on who is signed in, and the texts for everybody."""

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.limits import sized
from api.members.types import ConsentText, Viewer
from api.members.viewer import ViewerView, viewer_of
from domain.members.views import members
from domain.members.views.structs import ConsentTextView
from domain.members.words import ConsentPurpose


@strawberry.type
class MemberQuery:
    """Reads of members by themselves."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Viewer,
        description="The member who is signed in. What they have is at roots of its own, for "
        "members alone: `addresses`, `favourites`, `messages`, `sessions`.",
    )
    async def viewer(self, info: Info) -> ViewerView:
        return await viewer_of(info)

    @root_field(
        access=Access.ANYONE,
        graphql_type=list[ConsentText],
        description="What members are asked to agree to: the text of each purpose that stands.",
        metadata=sized(len(ConsentPurpose)),
    )
    async def consent_texts(self, info: Info) -> list[ConsentTextView]:
        return await members.consent_texts(info.context.reads, info.context.language)
