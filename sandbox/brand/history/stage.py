"""Where the stories are set: the mall in the past, its shelves, and who packs and answers there."""

from dataclasses import dataclass
from itertools import count

from domain.orders.shipping.rules import Parcel, ParcelLine
from domain.orders.words import Carrier
from sandbox.brand.history.cast import Goods, Shelf, Shop, shelf_at
from sandbox.brand.history.doing import Colleague, Want
from sandbox.brand.history.past import PastMall

_DIGITS = {Carrier.SF: 13, Carrier.ZTO: 14, Carrier.YTO: 13, Carrier.JD: 13}
_PREFIXES = {Carrier.SF: "SF", Carrier.ZTO: "78", Carrier.YTO: "YT", Carrier.JD: "JDV"}


@dataclass(frozen=True, slots=True)
class Stage:
    """What the stories share."""

    mall: PastMall
    warehouse: Shelf
    stores: tuple[Shelf, Shelf]
    """Of the stores in Shanghai and in Beijing."""
    packer: Colleague
    operator: Colleague
    bookkeeper: Colleague
    manager: Colleague
    """Of the store in Shanghai."""
    _places: "count[int]"

    def next_goods(self) -> Goods:
        """Something from the warehouse that no story has had yet, as long as there is any."""
        return self.warehouse.at(next(self._places))

    def want(self, units: int = 1) -> Want:
        """Units of the next goods."""
        return Want(self.next_goods().variant_id, units)

    def parcel(self, carrier: Carrier, *lines: int) -> Parcel:
        """A parcel with a number of its own: all units of some lines, or all that is left."""
        digits = _DIGITS[carrier]
        number = self.mall.random.randrange(10 ** (digits - 1), 10**digits)
        contents = tuple(ParcelLine(line, 1) for line in lines) or None
        return Parcel(carrier, f"{_PREFIXES[carrier]}{number}", contents)


async def stage_of(mall: PastMall, seed: int) -> Stage:
    """The stage for a demo brand."""
    shop = Shop(mall, seed)
    return Stage(
        mall,
        await shelf_at(mall, shop.place("WH-SH")),
        (
            await shelf_at(mall, shop.place("ST-SH")),
            await shelf_at(mall, shop.place("ST-BJ")),
        ),
        packer=shop.colleague("operator.2.yuguang"),
        operator=shop.colleague("operator.1.yuguang"),
        bookkeeper=shop.colleague("finance.yuguang"),
        manager=shop.colleague("manager.st-sh.yuguang", "ST-SH"),
        _places=count(),
    )
