"""The GraphQL types of places."""

import strawberry

from api.bilingual import Bilingual
from api.enums import described
from api.node import Node
from domain.stores import views
from domain.stores.models import PlaceKind

described(
    PlaceKind,
    "What a place is to a member.",
    WAREHOUSE="Where online orders are sent from.",
    STORE="Where members can go.",
)


@strawberry.type(name="Place", description="A warehouse or a store.")
class PlaceType(Node):
    code: str = strawberry.field(description="The brand's own name for it.")
    kind: PlaceKind = strawberry.field(description="What it is to a member.")
    title: Bilingual = strawberry.field(description="Its name.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.PlaceView)
