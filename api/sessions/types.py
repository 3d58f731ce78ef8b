"""The GraphQL types of people's own sessions."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.enums import described
from api.refusals import Refusal, refusal
from api.sockets.watching import WatchBegan
from domain.kernel.language import Sentence
from domain.sessions import errors
from domain.sessions.events import SessionEvent
from domain.sessions.rules import EndReason

described(
    EndReason,
    "Why a session has ended.",
    name="SessionEndReason",
    SIGNED_OUT="Its owner signed out.",
    REUSED="What keeps it alive came a second time, so somebody else may have had it.",
    BLOCKED="Its owner is blocked.",
    REVOKED="The mall has taken it back.",
)


class SessionSignedOutView(msgspec.Struct, frozen=True):
    """The struct behind `SessionSignedOut`."""

    session_id: str


@strawberry.type(description="A sign-in on one device or in one programme.")
class Session:
    id: strawberry.ID = strawberry.field(description="The session; opaque.")
    client_name: str = strawberry.field(
        description="The programme by which it was begun, such as the mini-program."
    )
    started_at: datetime = strawberry.field(description="When it was begun.")
    is_current: bool = strawberry.field(description="Whether it is the one that asks.")


@strawberry.type(
    description="From this moment on nothing that happens is missed: ask `sessions` now."
)
class SessionWatchBegan:
    at: datetime = strawberry.field(description="The moment.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, WatchBegan)


@strawberry.type(description="Somebody has signed in as the caller.")
class SessionBegun:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    client_name: str = strawberry.field(
        description="The programme by which it was begun, such as the mini-program."
    )
    at: datetime = strawberry.field(description="When it was begun.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, SessionEvent) and source.reason is None


@strawberry.type(description="A session of the caller's is over.")
class SessionEnded:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    client_name: str = strawberry.field(description="The programme by which it was begun.")
    at: datetime = strawberry.field(description="When it ended.")
    reason: EndReason = strawberry.field(description="Why it ended.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, SessionEvent) and source.reason is not None


SessionHappening = Annotated[
    SessionWatchBegan | SessionBegun | SessionEnded,
    strawberry.union("SessionHappening", description="What can happen to sessions."),
]


@strawberry.input(description="Which session to end.")
class EndSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session, one of the caller's.")


@strawberry.type(description="The session is over: within a second nothing of it is taken.")
class SessionSignedOut:
    session_id: strawberry.ID = strawberry.field(description="The session.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, SessionSignedOutView)


@refusal(errors.SessionUnknown, Sentence(zh="没有这个登录设备。", en="There is no such session."))
@strawberry.type(description="There is no such session, or it is somebody else's.")
class SessionUnknown(Refusal):
    pass


EndSessionResult = Annotated[
    SessionSignedOut | SessionUnknown,
    strawberry.union("EndSessionResult", description="How ending a session went."),
]
