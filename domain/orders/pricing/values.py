"""What goes into a price, and what comes out of it. Amounts are in fen, rates in basis points."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.kernel.language import Bilingual
from domain.orders.words import DiscountClass, Funder


class Goods(msgspec.Struct, frozen=True):
    """One line to be priced: units of a variant, each with what its personalisation costs.

    ``number`` tells lines apart and orders them, from 1.
    """

    number: int
    variant_id: UUID
    product_id: UUID
    units: int
    unit_fen: int
    personalisation_unit_fen: int = 0
    is_personalised: bool = False

    @property
    def list_fen(self) -> int:
        """What the line costs before any reduction."""
        return self.units * (self.unit_fen + self.personalisation_unit_fen)


class FreeFreight(msgspec.Struct, frozen=True):
    """The rule of the freight itself that from such goods on it costs nothing.

    It is no promotion: nothing excludes it, and it comes before whatever reduces the freight.
    """

    source: str
    title: Bilingual
    funder: Funder
    from_fen: int


class FreightCharge(msgspec.Struct, frozen=True):
    """What bringing the goods costs before any reduction, and by which rule."""

    title: Bilingual
    fen: int
    free: FreeFreight | None = None


class AmountOff(msgspec.Struct, frozen=True, tag="amount"):
    """So much off, as far as there is so much."""

    fen: int


class PercentOff(msgspec.Struct, frozen=True, tag="percent"):
    """A share off, rounded down, and at most so much where that is said."""

    basis_points: int
    most_fen: int | None = None


class ThresholdBase(StrEnum):
    """Which amount a threshold is measured on: what is left by then, or the list price."""

    RUNNING = "running"
    INITIAL = "initial"


class Scope(msgspec.Struct, frozen=True):
    """The goods that a benefit is for: those of some products, or of all, but for the excluded."""

    product_ids: frozenset[UUID] | None = None
    excluded_product_ids: frozenset[UUID] = frozenset()

    def has(self, goods: Goods) -> bool:
        """Whether the goods are among them."""
        if goods.product_id in self.excluded_product_ids:
            return False
        return self.product_ids is None or goods.product_id in self.product_ids


class Benefit(msgspec.Struct, frozen=True):
    """A promotion or a coupon as it bears on a price. ``source`` names it for good: ``freight:3``.

    SHIPPING reduces the freight and measures its threshold on the goods; all others reduce goods.
    Two benefits stand side by side where each has the other's class in ``combines_with``, their
    exclusive groups differ, and neither is exclusive altogether.
    """

    source: str
    discount_class: DiscountClass
    title: Bilingual
    funder: Funder
    off: AmountOff | PercentOff
    priority: int = 0
    threshold_fen: int = 0
    threshold_base: ThresholdBase = ThresholdBase.RUNNING
    scope: Scope = Scope()
    combines_with: frozenset[DiscountClass] = frozenset(DiscountClass)
    exclusive_group: str | None = None
    is_exclusive: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Reduction(msgspec.Struct, frozen=True):
    """What one benefit took off a line or off the freight, and who bears it."""

    source: str
    discount_class: DiscountClass
    title: Bilingual
    funder: Funder
    fen: int


class PricedLine(msgspec.Struct, frozen=True):
    """A line with its list price, every reduction, and what is left to pay."""

    goods: Goods
    list_fen: int
    reductions: tuple[Reduction, ...]
    payable_fen: int


class PricedFreight(msgspec.Struct, frozen=True):
    """The freight with its list price, every reduction, and what is left to pay."""

    title: Bilingual
    list_fen: int
    reductions: tuple[Reduction, ...]
    payable_fen: int


class WhyNot(StrEnum):
    """Why a benefit did not apply."""

    NOT_STARTED = "not_started"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"
    BELOW_THRESHOLD = "below_threshold"
    EXCLUSIVE_WITH = "exclusive_with"
    NO_EFFECT = "no_effect"


class NotApplied(msgspec.Struct, frozen=True):
    """A benefit that did nothing, and why.

    ``missing_fen`` is what is missing to its threshold, ``other_source`` what it does not stand
    beside.
    """

    source: str
    title: Bilingual
    why: WhyNot
    missing_fen: int | None = None
    other_source: str | None = None


class Price(msgspec.Struct, frozen=True):
    """A price, fully explained. ``payable_fen`` is what is left of goods and freight together."""

    lines: tuple[PricedLine, ...]
    freight: PricedFreight
    not_applied: tuple[NotApplied, ...]

    @property
    def list_fen(self) -> int:
        """The goods before any reduction."""
        return sum(line.list_fen for line in self.lines)

    @property
    def discount_fen(self) -> int:
        """What was taken off the goods."""
        return self.list_fen - sum(line.payable_fen for line in self.lines)

    @property
    def freight_discount_fen(self) -> int:
        """What was taken off the freight."""
        return self.freight.list_fen - self.freight.payable_fen

    @property
    def payable_fen(self) -> int:
        """What has to be paid."""
        return sum(line.payable_fen for line in self.lines) + self.freight.payable_fen
