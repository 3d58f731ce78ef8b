"""A basket: lines and where they go, with the one price of both, for quoting and for placing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.addresses.views import DeliveryAddress
from domain.freight.rules import by_weight_fen
from domain.freight.views import Arrangement
from domain.kernel.language import Bilingual
from domain.orders.facts import LineFacts
from domain.orders.pricing.pipeline import price
from domain.orders.pricing.values import Benefit, FreeFreight, FreightCharge, Price
from domain.orders.words import DeliveryMethod, Funder

_WITHOUT_FREIGHT = {
    DeliveryMethod.PICK_UP: FreightCharge(Bilingual("到店自提", "Store pick-up"), 0),
    DeliveryMethod.VIRTUAL: FreightCharge(Bilingual("无需配送", "Nothing to deliver"), 0),
}
_FREE_FREIGHT = Bilingual("满额包邮", "Free delivery")


class Destination(msgspec.Struct, frozen=True):
    """Where goods go: to an address from the warehouse, or to a store to be picked up there.

    ``place_id`` is whose stock is taken: the warehouse's, too, for what is virtual and goes
    nowhere. The address is None for all but a delivery.
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
        """Whether the mall brings things to the address; all else needs no bringing."""
        address = self.destination.address
        return address is None or self.arrangement.rule_for(address.region_code).is_delivered


def price_of(basket: Basket, benefits: Sequence[Benefit], *, at: datetime) -> Price:
    """The price of a basket that is delivered there; its lines are numbered from 1."""
    goods = [line.goods(number) for number, line in enumerate(basket.lines, start=1)]
    return price(goods, _freight(basket), benefits, at=at)


def _freight(basket: Basket) -> FreightCharge:
    """The charge by the rule of the region, and from which goods on it costs nothing."""
    address, arrangement = basket.destination.address, basket.arrangement
    if address is None:
        return _WITHOUT_FREIGHT[basket.destination.delivery]
    rule = arrangement.rule_for(address.region_code)
    grams = sum(line.units * line.weight_grams for line in basket.lines)
    free = None
    if rule.free_from_fen is not None:
        source = f"freight:{arrangement.number}"
        free = FreeFreight(source, _FREE_FREIGHT, Funder.MERCHANT, rule.free_from_fen)
    return FreightCharge(rule.title, by_weight_fen(rule, grams), free)
