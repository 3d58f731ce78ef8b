"""What members send about their addresses."""

from typing import Any
from uuid import UUID

import strawberry

from api.ids import key
from domain.addresses.rules import WrittenAddress
from domain.addresses.views import ADDRESS

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_ADDRESS = "One of the member's own addresses."
_RECIPIENT = "Whom to give it to, at most 40 characters."
_PHONE = "A mobile of mainland China, or a landline with its area code."
_REGION = "The code of the district, or of a city that has none: `regions` tells them."
_DETAIL = "Street, number, floor and door, at most 120 characters."
_POSTCODE = "The postcode, six digits."
_LABEL = "What the member calls it, at most 10 characters: 家, 公司."


@strawberry.input(description="A new address.")
class CreateAddressInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    recipient: str = strawberry.field(description=_RECIPIENT)
    phone: str = strawberry.field(description=_PHONE)
    region_code: str = strawberry.field(description=_REGION)
    detail: str = strawberry.field(description=_DETAIL)
    postcode: str | None = strawberry.field(default=None, description=_POSTCODE)
    label: str | None = strawberry.field(default=None, description=_LABEL)
    is_default: bool = strawberry.field(
        default=False, description="Whether it becomes the default; the first one does anyway."
    )

    def written(self) -> WrittenAddress:
        """The domain's value."""
        return WrittenAddress(
            recipient=self.recipient,
            phone=self.phone,
            region_code=self.region_code,
            detail=self.detail,
            postcode=self.postcode,
            label=self.label,
        )


@strawberry.input(description="Changes to an address; what is left out stays as it is.")
class EditAddressInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    address_id: strawberry.ID = strawberry.field(description=_ADDRESS)
    revision: int = strawberry.field(description="The revision that the changes are to.")
    recipient: strawberry.Maybe[str] = strawberry.field(description=_RECIPIENT)
    phone: strawberry.Maybe[str] = strawberry.field(description=_PHONE)
    region_code: strawberry.Maybe[str] = strawberry.field(description=_REGION)
    detail: strawberry.Maybe[str] = strawberry.field(description=_DETAIL)
    postcode: strawberry.Maybe[str | None] = strawberry.field(
        description=f"{_POSTCODE} Null takes it away."
    )
    label: strawberry.Maybe[str | None] = strawberry.field(
        description=f"{_LABEL} Null takes it away."
    )

    @property
    def address_key(self) -> UUID:
        """The address's key; a BAD_INPUT fault for an id that is none."""
        return key(self.address_id, ADDRESS, argument="addressId")

    def changes(self) -> dict[str, Any]:
        """The domain's fields that change."""
        given = {name: getattr(self, name) for name in WrittenAddress.__struct_fields__}
        return {name: each.value for name, each in given.items() if each}


@strawberry.input(description="An address to delete.")
class DeleteAddressInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    address_id: strawberry.ID = strawberry.field(description=_ADDRESS)

    @property
    def address_key(self) -> UUID:
        """The address's key; a BAD_INPUT fault for an id that is none."""
        return key(self.address_id, ADDRESS, argument="addressId")


@strawberry.input(description="An address to be the default.")
class ChooseDefaultAddressInput:
    address_id: strawberry.ID = strawberry.field(description=_ADDRESS)

    @property
    def address_key(self) -> UUID:
        """The address's key; a BAD_INPUT fault for an id that is none."""
        return key(self.address_id, ADDRESS, argument="addressId")
