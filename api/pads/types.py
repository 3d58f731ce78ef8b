"""The GraphQL types of pads."""

from datetime import datetime

import strawberry

from api.node import Node
from api.staff.roles import Role
from api.stores.types import PlaceType
from domain.sessions.pad_views import PadView, StaffAtPadView


@strawberry.type(description="A member of the staff who is signed in at a pad.")
class StaffAtPad(Node):
    name: str = strawberry.field(description="What colleagues call them.")
    role: Role = strawberry.field(description="What they are in charge of.")
    signed_in_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, StaffAtPadView)


@strawberry.type(name="Pad", description="A device in a store that a manager has let in.")
class PadType(Node):
    name: str = strawberry.field(description="What it is called, such as 收银台 1.")
    store: PlaceType = strawberry.field(description="Where it stands; it sees no other store.")
    approved_by: str = strawberry.field(description="Who let it in, by name.")
    approved_at: datetime = strawberry.field(description="When.")
    last_seen_at: datetime | None = strawberry.field(
        description="When it last asked for something, to the minute; null before it ever has."
    )
    revoked_at: datetime | None = strawberry.field(
        description="Since when it is kept out; null while it is in."
    )
    staff: StaffAtPad | None = strawberry.field(
        description="Who is signed in at it now; null for nobody."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PadView)
