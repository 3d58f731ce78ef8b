"""What those in charge of stores send about pads."""

from uuid import UUID

import strawberry

from api.ids import key
from domain.sessions.pad_views import PAD, PadFilter
from domain.stores.views import PLACE

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_PAD = "The pad."


@strawberry.input(description="Which pads to list; what is left out does not matter.")
class PadFilterInput:
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of one store."
    )
    is_revoked: bool | None = strawberry.field(
        default=None, description="Those that are kept out, or those that are in."
    )

    def value(self) -> PadFilter:
        """The domain's filter; a BAD_INPUT fault for what is no id."""
        given = self.store_id
        store_id = key(given, PLACE, argument="storeId") if given is not None else None
        return PadFilter(store_id, self.is_revoked)


@strawberry.input(description="A pad and its new name.")
class RenamePadInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    pad_id: strawberry.ID = strawberry.field(description=_PAD)
    name: str = strawberry.field(description="From 1 to 40 characters.")
    reason: str = strawberry.field(description=_REASON)

    @property
    def pad_key(self) -> UUID:
        """The pad; a BAD_INPUT fault for what is no id."""
        return key(self.pad_id, PAD, argument="padId")


@strawberry.input(description="A pad that is kept out from now on.")
class RevokePadInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    pad_id: strawberry.ID = strawberry.field(description=_PAD)
    reason: str = strawberry.field(description=_REASON)

    @property
    def pad_key(self) -> UUID:
        """The pad; a BAD_INPUT fault for what is no id."""
        return key(self.pad_id, PAD, argument="padId")
