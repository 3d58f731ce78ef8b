"""What people are told of their own sessions as it happens."""

from collections.abc import AsyncGenerator

import strawberry

from api.access import Access, subscription_field
from api.context import Info
from api.sessions.signed_in import signed_in
from api.sessions.types import SessionHappening
from api.sessions.watch import Happening


@strawberry.type
class SessionSubscription:
    """Sessions, watched by whose they are."""

    @subscription_field(
        access=Access.MEMBER_OR_STAFF,
        graphql_type=SessionHappening,
        description="What happens to the caller's own sessions. `SessionWatchBegan` comes first, "
        "and again where something had to be left out: ask `sessions` then, and nothing is missed.",
    )
    async def session_events(self, info: Info) -> AsyncGenerator[Happening, None]:
        person = signed_in(info.context)
        async with info.context.session_watch.watched(person.id) as mailbox:
            while True:
                yield await mailbox.take()
