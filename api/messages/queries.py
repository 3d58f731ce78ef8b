"""The root fields of one's own messages."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.limits import sized
from api.messages.types import Message, MessageChoice, MessageTemplate
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.kernel.paging import DEFAULT_PAGE
from domain.messages import views
from domain.messages.views import ChoiceView, MessageView, TemplateView
from domain.messages.words import MessageKind, Topic

_TOLD = "told"


@strawberry.type
class MessageQuery:
    """Reads of messages by whose they are."""

    @root_field(
        access=Access.MEMBER,
        graphql_type=Connection[Message],
        description="What the caller was told, the last first. Messages are kept for half a year.",
    )
    async def messages(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        unread_only: Annotated[
            bool, strawberry.argument(description="Whether to leave out what was read.")
        ] = False,
    ) -> ConnectionView[MessageView]:
        context, after_place = info.context, place(after, _TOLD)
        page = await views.messages(
            context.reads,
            context.member().id,
            context.language,
            unread_only=unread_only,
            first=page_size(first),
            after=after_place,
        )
        return connection(page, _TOLD, lambda each: each.place, after=after_place)

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[MessageTemplate],
        description="The templates that the mini-program may ask the caller for, one for each kind "
        "that the mall can send outside.",
        metadata=sized(len(MessageKind)),
    )
    async def message_templates(self, info: Info) -> list[TemplateView]:
        context = info.context
        ids = context.templates.ids
        return await views.templates(context.reads, context.member().id, ids)

    @root_field(
        access=Access.MEMBER,
        graphql_type=list[MessageChoice],
        description="What the caller wants to be told outside the mall, for each topic.",
        metadata=sized(len(Topic)),
    )
    async def message_choices(self, info: Info) -> list[ChoiceView]:
        return await views.choices(info.context.reads, info.context.member().id)
