"""The GraphQL types of members, as they see themselves and as staff see them."""

from datetime import datetime

import strawberry

from api.enums import described
from api.limits import sized
from api.node import Node
from api.orders.cart_types import Cart
from api.points.account_types import PointsAccount
from domain.kernel.language import Language
from domain.members.views.structs import MemberView
from domain.members.words import Channel, ConsentPurpose, VerifiedBy

described(
    Language,
    "A language of the mall.",
    ZH="Simplified Chinese.",
    EN="English.",
)
described(
    VerifiedBy,
    "How a phone number was proven.",
    WECHAT="WeChat vouched for it.",
    SMS="By a code in a text message.",
)
described(
    ConsentPurpose,
    "What a member is asked to agree to, each apart from the others.",
    TERMS="The terms of the mall.",
    PRIVACY="The privacy policy.",
    PHONE="Keeping a phone number.",
    MARKETING="Being sent offers.",
    PERSONALISATION="Being shown what fits one's own behaviour.",
)
described(
    Channel,
    "Where a member said something.",
    MINI_PROGRAM="In the mini-program.",
    APP="In the brand's app.",
    PAD="On a pad in a store.",
    WEB="On a web page.",
)
_CONSENTS = len(ConsentPurpose)


@strawberry.type(description="A day of the year; the mall does not ask for the year.")
class Birthday:
    month: int = strawberry.field(description="From 1 to 12.")
    day: int = strawberry.field(description="From 1 to 31.")


@strawberry.type(description="A phone number that is proven to be the member's.")
class Phone:
    masked: str = strawberry.field(
        description="The number with its middle left out: `138****5678` to its owner, `****5678` "
        "to staff."
    )
    verified_at: datetime = strawberry.field(description="When it was proven.")
    verified_by: VerifiedBy = strawberry.field(description="By what.")


@strawberry.type(description="What a member said to one purpose.")
class Consent:
    purpose: ConsentPurpose = strawberry.field(description="The purpose.")
    is_granted: bool = strawberry.field(
        description="Whether the member's yes stands, be it to an older text."
    )
    version: int | None = strawberry.field(
        description="The text that the latest word was about; null before the first word."
    )
    newest_version: int = strawberry.field(
        description="The text that stands now; where it is another one, ask again."
    )
    channel: Channel | None = strawberry.field(description="Where the latest word was said.")
    at: datetime | None = strawberry.field(description="When the latest word was said.")


@strawberry.type(description="The member who is signed in, as they see themselves.")
class Viewer(Node):
    name: str = strawberry.field(description="What they are called.")
    picture_url: str | None = strawberry.field(description="Where their picture is.")
    birthday: Birthday | None = strawberry.field(description="Their birthday, if they told it.")
    language: Language | None = strawberry.field(
        description="The language that they want to be written to in, if they chose one."
    )
    is_personalised: bool = strawberry.field(
        description="Whether what they are shown may follow their behaviour."
    )
    phone: Phone | None = strawberry.field(description="Their phone.")
    joined_at: datetime = strawberry.field(description="When they joined.")
    consents: list[Consent] = strawberry.field(
        description="One for each purpose that has a text.", metadata=sized(_CONSENTS)
    )
    cart: Cart = strawberry.field(description="What they may order, the same on every channel.")
    unread_message_count: int = strawberry.field(
        description="How many messages they have not read, counted up to 100."
    )
    points: PointsAccount = strawberry.field(description="What they have in points.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MemberView)


@strawberry.type(description="A member as staff see them.")
class MemberRecord(Node):
    name: str = strawberry.field(description="What they are called.")
    picture_url: str | None = strawberry.field(description="Where their picture is.")
    birthday: Birthday | None = strawberry.field(description="Their birthday, if they told it.")
    language: Language | None = strawberry.field(
        description="The language that they want to be written to in, if they chose one."
    )
    is_personalised: bool = strawberry.field(
        description="Whether what they are shown may follow their behaviour."
    )
    phone: Phone | None = strawberry.field(description="Their phone, by its last four digits.")
    joined_at: datetime = strawberry.field(description="When they joined.")
    blocked_at: datetime | None = strawberry.field(description="Since when they are kept out.")
    block_reason: str | None = strawberry.field(description="What they are told about that.")
    revision: int = strawberry.field(description="Goes up with each change.")
    consents: list[Consent] = strawberry.field(
        description="One for each purpose that has a text.", metadata=sized(_CONSENTS)
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MemberView)


@strawberry.type(description="A text that members are asked to agree to.")
class ConsentText:
    purpose: ConsentPurpose = strawberry.field(description="What it is about.")
    version: int = strawberry.field(description="Its version, to be named with the consent.")
    title: str = strawberry.field(description="Its title, in the caller's language.")
    body: str = strawberry.field(description="The whole text, in the caller's language.")
    published_at: datetime = strawberry.field(description="When it was published.")
