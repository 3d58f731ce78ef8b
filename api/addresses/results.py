"""What changes of addresses answer with: the success, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.addresses.types import Address
from api.limits import sized
from api.members.results import MemberBlocked
from api.refusals import InvalidInput, Refusal, refusal
from domain.addresses import errors
from domain.addresses.rules import MOST_ADDRESSES
from domain.addresses.views import AddressView
from domain.kernel.language import Sentence


class AddressesSavedView(msgspec.Struct, frozen=True):
    """The struct behind `AddressesSaved`."""

    address_id: str
    addresses: list[AddressView]


@strawberry.type(description="It was written; another address may be the default now.")
class AddressesSaved:
    address_id: strawberry.ID = strawberry.field(
        description="The address that it was about; a deleted one is not among them any more."
    )
    addresses: list[Address] = strawberry.field(
        description="The member's addresses as they are now: the default first, then the newest "
        "first.",
        metadata=sized(MOST_ADDRESSES),
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AddressesSavedView)


@refusal(
    errors.AddressUnavailable,
    Sentence(zh="没有这个收货地址。", en="There is no such address."),
)
@strawberry.type(description="The member has no address with that id.")
class AddressUnavailable(Refusal):
    pass


@refusal(
    errors.AddressChanged,
    Sentence(
        zh="此地址已在别处修改，请核对后再保存。",
        en="The address was changed elsewhere; look at it again before you save.",
    ),
)
@strawberry.type(description="The address was changed since it was read.")
class AddressChanged(Refusal):
    revision: int = strawberry.field(description="The revision that stands.")


@refusal(
    errors.TooManyAddresses,
    Sentence(
        zh="最多保存 {most} 个收货地址，请先删除不用的。",
        en="At most {most} addresses can be kept; delete one first.",
    ),
)
@strawberry.type(description="The member has as many addresses as one may have.")
class TooManyAddresses(Refusal):
    most: int = strawberry.field(description="How many that is.")


CreateAddressResult = Annotated[
    AddressesSaved | TooManyAddresses | MemberBlocked | InvalidInput,
    strawberry.union("CreateAddressResult", description="How adding the address went."),
]
EditAddressResult = Annotated[
    AddressesSaved | AddressUnavailable | AddressChanged | MemberBlocked | InvalidInput,
    strawberry.union("EditAddressResult", description="How changing the address went."),
]
DeleteAddressResult = Annotated[
    AddressesSaved | AddressUnavailable,
    strawberry.union("DeleteAddressResult", description="How deleting the address went."),
]
ChooseDefaultAddressResult = Annotated[
    AddressesSaved | AddressUnavailable | MemberBlocked,
    strawberry.union(
        "ChooseDefaultAddressResult", description="How making the address the default went."
    ),
]
