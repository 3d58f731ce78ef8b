"""The GraphQL types of places."""

import msgspec
import strawberry

from api.bilingual import Bilingual
from api.enums import described
from api.node import Node
from domain.kernel.ids import public_id
from domain.kernel.language import Language
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
    offers_pick_up: bool = strawberry.field(description="Whether it hands orders out.")
    address: Bilingual = strawberry.field(description="Where it is; empty where nobody has said.")
    opening_hours: Bilingual = strawberry.field(
        description="When it is open; empty where nobody has said."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, views.PlaceView)


class PickUpStoreView(msgspec.Struct, frozen=True, gc=False):
    """The struct behind `PickUpStore`: a store in one language."""

    id: str
    title: str
    address: str
    opening_hours: str


@strawberry.type(description="A store that hands orders out.")
class PickUpStore(Node):
    title: str = strawberry.field(description="Its name, in the caller's language.")
    address: str = strawberry.field(description="Where it is, in the caller's language.")
    opening_hours: str = strawberry.field(description="When it is open, in the caller's language.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PickUpStoreView)


def pick_up_store(store: views.PickUpStore, language: Language) -> PickUpStoreView:
    """A store in one language."""
    return PickUpStoreView(
        public_id(views.PLACE, store.key),
        store.title.told_in(language),
        store.address.told_in(language),
        store.opening_hours.told_in(language),
    )
