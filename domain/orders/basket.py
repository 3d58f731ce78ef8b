"""A basket: lines and where they go, with the one price of both, for quoting and for placing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.addresses.views import DeliveryAddress
from domain.freight.rules import by_weight_fen, rule_for
from domain.freight.views import Arrangement
from domain.kernel.language import Bilingual
from domain.orders.facts import LineFacts
from domain.orders.pricing.pipeline import price
from domain.orders.pricing.values import AmountOff, Benefit, FreightCharge, Price
from domain.orders.words import DeliveryMethod, DiscountClass, Funder

_PICK_UP = FreightCharge(Bilingual("到店自提", "Store pick-up"), 0)
_FREE_FREIGHT = Bilingual("满额包邮", "Free delivery")


class Destination(msgspec.Struct, frozen=True):
    """Where goods go: to an address from the warehouse, or to a store to be picked up there.

    ``place_id`` is whose stock is taken. The address is None for a pick-up.
    """

    delivery: DeliveryMethod
    place_id: UUID
    address: DeliveryAddress | None = None


class Basket(msgspec.Struct, frozen=True):
    """Lines, where they go, and the freight rules in force."""

    lines: Sequence[LineFacts]
    destination: Destination
    arrangement: Arrangement

    @property
    def is_delivered_there(self) -> bool:
        """Whether the mall brings things to the address; a pick-up needs no bringing."""
        address = self.destination.address
        return address is None or rule_for(self.arrangement.rules, address.region_code).is_delivered


def price_of(basket: Basket, benefits: Sequence[Benefit], *, at: datetime) -> Price:
    """The price of a basket that is delivered there; its lines are numbered from 1."""
    goods = [line.goods(number) for number, line in enumerate(basket.lines, start=1)]
    freight, free_from = _freight(basket)
    return price(goods, freight, [*free_from, *benefits], at=at)


def _freight(basket: Basket) -> tuple[FreightCharge, list[Benefit]]:
    """The charge by the rule of the region, and what the value of the goods takes off it."""
    address, arrangement = basket.destination.address, basket.arrangement
    if address is None:
        return _PICK_UP, []
    rule = rule_for(arrangement.rules, address.region_code)
    grams = sum(line.units * line.weight_grams for line in basket.lines)
    charge = FreightCharge(rule.title, by_weight_fen(rule, grams))
    if rule.free_from_fen is None or charge.fen == 0:
        return charge, []
    free = Benefit(
        source=f"freight:{arrangement.number}",
        discount_class=DiscountClass.SHIPPING,
        title=_FREE_FREIGHT,
        funder=Funder.MERCHANT,
        off=AmountOff(charge.fen),
        threshold_fen=rule.free_from_fen,
    )
    return charge, [free]
