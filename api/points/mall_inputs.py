"""What staff send to make offers of the points mall, and members to redeem them."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.ids import key
from api.orders.enums import DeliveryMethod
from domain.addresses.views import ADDRESS
from domain.catalog.views.structs import VARIANT
from domain.kernel.actors import Member
from domain.kernel.errors import InvalidInput
from domain.kernel.money import Fen
from domain.kernel.points import Points
from domain.kernel.problems import TOO_LONG
from domain.members.words import Channel
from domain.orders.redeeming.rules import OfferTerms
from domain.orders.redeeming.values import Redemption
from domain.orders.redeeming.views import POINTS_OFFER
from domain.stores.views import PLACE

LONGEST_NOTE = 200
_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_REVISION = "The revision that was read, so that nobody's change is overwritten unseen."


@strawberry.input
class _Terms:
    points: Points = strawberry.field(
        description="The points that a unit costs, at most 100,000,000."
    )
    cash: Fen = strawberry.field(
        default=Fen(0), description="The cash that it costs besides, less than its list price."
    )
    allocated: int = strawberry.field(
        description="How many units it has to give in all, at most 1,000,000."
    )
    member_limit: int | None = strawberry.field(
        default=None, description="The most units that one member may have; null for any number."
    )
    opens_at: datetime = strawberry.field(description="From when on it can be redeemed.")
    closes_at: datetime | None = strawberry.field(
        default=None, description="Until before when; null where it has no end."
    )
    is_hidden: bool = strawberry.field(
        default=False, description="Whether it is kept from everybody but the staff."
    )

    def value(self) -> OfferTerms:
        """The domain's value."""
        return OfferTerms(
            points=self.points,
            cash_fen=self.cash,
            allocated=self.allocated,
            member_limit=self.member_limit,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            is_hidden=self.is_hidden,
        )


@strawberry.input(description="A new offer.")
class PublishPointsOfferInput(_Terms):
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    variant_id: strawberry.ID = strawberry.field(description="What is offered.")

    @property
    def variant_key(self) -> UUID:
        """The variant's key; a BAD_INPUT fault for an id that is none."""
        return key(self.variant_id, VARIANT, argument="variantId")


@strawberry.input(description="What an offer says, in the place of all that it said.")
class ChangePointsOfferInput(_Terms):
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    revision: int = strawberry.field(description=_REVISION)

    @property
    def offer_key(self) -> UUID:
        """The offer's key; a BAD_INPUT fault for an id that is none."""
        return key(self.offer_id, POINTS_OFFER, argument="offerId")


@strawberry.input(description="Which offer to end.")
class WithdrawPointsOfferInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    revision: int = strawberry.field(description=_REVISION)

    @property
    def offer_key(self) -> UUID:
        """The offer's key; a BAD_INPUT fault for an id that is none."""
        return key(self.offer_id, POINTS_OFFER, argument="offerId")


@strawberry.input(description="What to redeem, and where it shall go.")
class RedeemPointsOfferInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request, kept before it is sent: sent "
        "again, it changes nothing and gets the first answer."
    )
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    units: int = strawberry.field(default=1, description="How many, from 1 to 999.")
    points: Points = strawberry.field(description="The points that a unit costs, as was seen.")
    cash: Fen = strawberry.field(description="The cash that it costs besides, as was seen.")
    delivery: DeliveryMethod = strawberry.field(
        default=DeliveryMethod.DELIVERY, description="How it shall reach the member."
    )
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where to deliver; needed for a DELIVERY."
    )
    store_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it shall be picked up; needed for a PICK_UP."
    )
    channel: Channel = strawberry.field(
        default=Channel.MINI_PROGRAM, description="Where the order is placed."
    )
    note: str | None = strawberry.field(
        default=None, description="A word to the mall, at most 200 characters."
    )

    def wish_of(self, member: Member) -> Redemption:
        """The domain's value; a BAD_INPUT fault for what is no id. Refuses: InvalidInput."""
        note = (self.note or "").strip()
        if len(note) > LONGEST_NOTE:
            raise InvalidInput([TOO_LONG.at("note", most=LONGEST_NOTE)])
        return Redemption(
            member_id=member.id,
            actor=member.key,
            channel=self.channel,
            offer_id=key(self.offer_id, POINTS_OFFER, argument="offerId"),
            units=self.units,
            points=self.points,
            cash_fen=self.cash,
            delivery=self.delivery,
            address_id=_key(self.address_id, ADDRESS, "addressId"),
            store_id=_key(self.store_id, PLACE, "storeId"),
            note=note or None,
        )


def _key(public: strawberry.ID | None, kind: str, argument: str) -> UUID | None:
    return None if public is None else key(public, kind, argument=argument)
