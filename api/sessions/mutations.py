"""What people can do about their own sessions: end one, such as that of a lost phone."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.ids import key
from api.refusals import root_mutation
from api.sessions import types
from api.sessions.signed_in import signed_in
from domain.sessions import own_sessions
from domain.sessions.views import SESSION


@strawberry.type
class SessionMutation:
    """Changes of sessions by whose they are."""

    @root_mutation(
        access=Access.MEMBER_OR_STAFF,
        graphql_type=types.EndSessionResult,
        description="Sign out of one of the caller's own sessions, wherever it is. Sent again, it "
        "gets the same answer: a session ends only once.",
    )
    async def end_session(
        self,
        info: Info,
        given: Annotated[
            types.EndSessionInput, strawberry.argument(name="input", description="Which one.")
        ],
    ) -> types.SessionSignedOutView:
        context = info.context
        session_id = key(given.session_id, SESSION, argument="sessionId")
        person, at = signed_in(context), context.now()
        async with context.writing() as session:
            await own_sessions.end_own(session, person.id, session_id, at=at, random=context.random)
        return types.SessionSignedOutView(given.session_id)
