"""The GraphQL types of addresses; behind each is a struct of `domain.addresses.views`."""

import strawberry

from api.enums import described
from api.node import Node
from domain.addresses.regions import RegionLevel
from domain.addresses.views import AddressView

described(
    RegionLevel,
    "How large an administrative division is.",
    PROVINCE="A province, a municipality or an autonomous region.",
    CITY="A city, or another division of a province.",
    DISTRICT="A district or a county.",
)


@strawberry.type(description="An administrative division of mainland China.")
class Region:
    code: str = strawberry.field(description="Its code of GB/T 2260, six digits: `310104`.")
    level: RegionLevel = strawberry.field(description="How large it is.")
    title: str = strawberry.field(
        description="Its name, in the caller's language; cities and districts have a Chinese one "
        "only."
    )
    is_nominal: bool = strawberry.field(
        description="Whether it is a city in name only, such as 市辖区, which people leave out."
    )
    is_divided: bool = strawberry.field(
        description="Whether there are divisions below it, of which an address has to name one."
    )


@strawberry.type(
    description="A division that an address lies in, as it was when the address was written."
)
class AddressRegion:
    code: str = strawberry.field(description="Its code of GB/T 2260.")
    title: str = strawberry.field(description="Its name, in Chinese as all of the address.")


@strawberry.type(description="Where a member has things sent, as they see it themselves.")
class Address(Node):
    recipient: str = strawberry.field(description="Whom to give it to.")
    phone: str = strawberry.field(
        description="The number to call there, whole, as E.164: `+8613800138000`."
    )
    province: AddressRegion = strawberry.field(description="The province.")
    city: AddressRegion = strawberry.field(description="The city, which may be a nominal one.")
    district: AddressRegion | None = strawberry.field(
        description="The district; null in a city that has none."
    )
    region_code: str = strawberry.field(
        description="The code of the district, or of the city that has none."
    )
    is_region_current: bool = strawberry.field(
        description="Whether that division is still there; where it is not, the address is good "
        "all the same."
    )
    detail: str = strawberry.field(description="Street, number, floor and door.")
    line: str = strawberry.field(
        description="Where it is in one line, from the province to the door, as people write it."
    )
    postcode: str | None = strawberry.field(description="The postcode, if the member gave one.")
    label: str | None = strawberry.field(description="What the member calls it: 家, 公司.")
    is_default: bool = strawberry.field(
        description="Whether it is taken where the member chooses none; one of them is."
    )
    revision: int = strawberry.field(
        description="Goes up when what is written in it changes; to be named with the next change."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AddressView)
