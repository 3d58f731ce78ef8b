"""The root fields of people's own sessions."""

import strawberry

from api.access import Access, root_field
from api.context import Info
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
from api.sessions.signed_in import signed_in
from api.sessions.types import Session
from domain.kernel.paging import DEFAULT_PAGE
from domain.sessions import views
from domain.sessions.views import SESSION, SessionView

_BEGUN = "begun"


@strawberry.type
class SessionQuery:
    """Reads of sessions by whose they are."""

    @root_field(
        access=Access.MEMBER_OR_STAFF,
        graphql_type=Connection[Session],
        description="The caller's own open sessions, the newest first: where they are signed in.",
    )
    async def sessions(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[SessionView]:
        context, after_place = info.context, place(after, _BEGUN)
        page = await views.open_sessions(
            context.reads,
            signed_in(context),
            at=context.now(),
            first=page_size(first),
            after=after_place,
        )
        return connection(
            page, _BEGUN, lambda each: place_by_id(each.id, SESSION), after=after_place
        )
