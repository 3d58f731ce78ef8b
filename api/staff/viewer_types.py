"""The GraphQL types of the member of the staff who is signed in."""

import msgspec
import strawberry

from api.limits import sized
from api.node import Node
from api.staff.roles import Role
from api.stores.types import PlaceType
from domain.stores.views import PlaceView

_MOST_STORES = 50


class ViewerPadView(msgspec.Struct, frozen=True, gc=False):
    """The pad that somebody is signed in at."""

    id: str
    store: PlaceView | None


class StaffViewerView(msgspec.Struct, frozen=True, gc=False):
    """The member of the staff who is signed in."""

    id: str
    name: str
    role: Role
    stores: list[PlaceView] | None
    pad: ViewerPadView | None


@strawberry.type(description="The pad that a member of the staff is signed in at.")
class StaffViewerPad(Node):
    store: PlaceType | None = strawberry.field(
        description="The store that it stands in; null where the store is there no more."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ViewerPadView)


@strawberry.type(
    description="The member of the staff who is signed in, as their token says; whatever changes "
    "ends the session."
)
class StaffViewer(Node):
    name: str = strawberry.field(description="What colleagues call them.")
    role: Role = strawberry.field(description="What they are in charge of.")
    stores: list[PlaceType] | None = strawberry.field(
        description="The stores that they work in, by code; null for who works for the whole mall.",
        metadata=sized(_MOST_STORES),
    )
    pad: StaffViewerPad | None = strawberry.field(
        description="The pad that they are signed in at; null in a browser."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, StaffViewerView)
