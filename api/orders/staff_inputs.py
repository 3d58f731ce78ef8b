"""What staff send about orders."""

from datetime import datetime
from uuid import UUID

import msgspec
import strawberry

from api.ids import key
from api.orders.enums import OrderStatus
from domain.catalog.views.structs import PRODUCT
from domain.kernel.actors import Staff
from domain.kernel.errors import BadInput
from domain.kernel.ids import first_id
from domain.kernel.language import Sentence
from domain.kernel.sealing import Vault
from domain.members.actions.phones import phone_key
from domain.members.phone_numbers import e164, e164_at_home
from domain.members.views.structs import MEMBER
from domain.orders.numbers import is_order_number
from domain.orders.views.finding import FIRST_ID, LAST_ID, OrderFilter
from domain.orders.views.structs import ORDER
from domain.stores.views import PLACE

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_NOT_A_NUMBER = Sentence(
    zh="参数 filter.number 不是有效的订单号，请核对 18 位数字。",
    en="The argument filter.number is no order number; please check its eighteen digits.",
)
_NOT_A_PHONE = Sentence(
    zh="参数 {argument} 不是有效的电话号码。", en="The argument {argument} is not a phone number."
)


@strawberry.input(description="Which orders; what is left out does not matter.")
class StaffOrderFilterInput:
    number: str | None = strawberry.field(
        default=None,
        description="The one with this number, spaces apart. One whose last digit does not check "
        "the others is BAD_INPUT: it was mistyped.",
    )
    phone: str | None = strawberry.field(
        default=None, description="Those of the member with this phone, or that are sent to it."
    )
    recipient_phone: str | None = strawberry.field(
        default=None, description="Those that are sent to this phone."
    )
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of this member."
    )
    product_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those with this product."
    )
    place_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those that take the stock of this place."
    )
    status: OrderStatus | None = strawberry.field(
        default=None, description="Those that have come so far."
    )
    placed_from: datetime | None = strawberry.field(
        default=None, description="Those placed from this moment on."
    )
    placed_until: datetime | None = strawberry.field(
        default=None, description="Those placed before this moment."
    )

    def wanted(self, vault: Vault) -> OrderFilter:
        """The domain's filter, of all orders; a BAD_INPUT fault for what cannot be."""
        phone, recipient = self.phone, self.recipient_phone
        place = _key(self.place_id, PLACE, "placeId")
        return OrderFilter(
            number=_number(self.number),
            member_id=_key(self.member_id, MEMBER, "memberId"),
            phone=_index(phone, vault, "filter.phone"),
            recipient_phone=_index(recipient, vault, "filter.recipientPhone"),
            product_id=_key(self.product_id, PRODUCT, "productId"),
            place_ids=None if place is None else (place,),
            status=self.status,
            from_id=first_id(self.placed_from) if self.placed_from else FIRST_ID,
            before_id=first_id(self.placed_until) if self.placed_until else LAST_ID,
        )


def filter_of(wanted: StaffOrderFilterInput | None, staff: Staff, vault: Vault) -> OrderFilter:
    """What somebody of the staff finds: those who work in stores find orders of their stores."""
    asked = wanted.wanted(vault) if wanted else OrderFilter()
    stores = reach_of(staff)
    if stores is None:
        return asked
    places = stores if asked.place_ids is None else stores & set(asked.place_ids)
    return msgspec.structs.replace(asked, place_ids=tuple(sorted(places)))


def reach_of(staff: Staff) -> frozenset[UUID] | None:
    """The places whose orders somebody sees; None for all."""
    return staff.store_ids


@strawberry.input(description="An order.")
class _OrderInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="Which order.")

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")


@strawberry.input(description="Something about an order that colleagues shall know.")
class AddOrderNoteInput(_OrderInput):
    text: str = strawberry.field(
        description="What they shall know, at most 500 characters. It stays for good, so write "
        "nothing personal that need not be there."
    )


@strawberry.input(description="An order that shall not be.")
class StaffCancelOrderInput(_OrderInput):
    reason: str = strawberry.field(
        description="Why: the member reads it, and it stands in the audit trail. At most 500 "
        "characters."
    )


def _key(given: strawberry.ID | None, kind: str, name: str) -> UUID | None:
    return None if given is None else key(given, kind, argument=f"filter.{name}")


def _number(written: str | None) -> str | None:
    if written is None:
        return None
    number = "".join(written.split())
    if not is_order_number(number):
        raise BadInput(_NOT_A_NUMBER)
    return number


def _index(written: str | None, vault: Vault, argument: str) -> bytes | None:
    if written is None:
        return None
    phone = e164(written) or e164_at_home(written)
    if phone is None:
        raise BadInput(_NOT_A_PHONE, argument=argument)
    return phone_key(vault, phone)
