"""The programme that orders earn points by: what operators publish as a whole, as plain values.

Rates are in basis points (bp) of one point per yuan: by 10,000 a yuan earns one point. Bonuses
are in basis points of the points that the rates give: 10,000 doubles them.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from uuid import UUID

import msgspec

from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.points.rules.validity import NEVER, Validity

ONE_POINT_PER_YUAN_BP = 10_000
DEFAULT_WINDOW_DAYS = 7
"""Within how many days after receipt goods may be returned without a reason."""


class GoodsScope(msgspec.Struct, frozen=True):
    """Some products, and all of some categories and of those below them."""

    product_ids: tuple[UUID, ...] = ()
    category_ids: tuple[UUID, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing."""
        return not self.product_ids and not self.category_ids


class GoodsRate(msgspec.Struct, frozen=True, kw_only=True):
    """What some goods earn in the place of the base rate; 0 excludes them.

    ``window_days`` is how long after receipt their points stay pending; None as for all goods.
    """

    title: Bilingual
    goods: GoodsScope
    rate_bp: int
    window_days: int | None = None


class Bonus(msgspec.Struct, frozen=True, kw_only=True):
    """What comes on top where all of its conditions hold; what is empty or None is no condition.

    A campaign has a time, from ``starts_at`` on until before ``ends_at``. ``tiers`` are keys.
    """

    title: Bilingual
    bonus_bp: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    channels: tuple[Channel, ...] = ()
    tiers: tuple[str, ...] = ()
    goods: GoodsScope = GoodsScope()


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """How many points orders may earn a member at most; None for any number.

    A day and a month are those of the shop's clock. ``balance`` is what the member may have.
    """

    order: int | None = None
    day: int | None = None
    month: int | None = None
    lifetime: int | None = None
    balance: int | None = None

    @property
    def look_back(self) -> bool:
        """Whether one asks what the member was granted before."""
        return (self.day, self.month, self.lifetime) != (None, None, None)


class Programme(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All rules of earning. It is whole where `domain.points.earning.checking` finds nothing.

    ``validity`` is how long points hold once they are active, ``window_days`` how long after
    receipt they are not.
    """

    base_rate_bp: int
    rates: tuple[GoodsRate, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    caps: Caps = Caps()
    validity: Validity = NEVER
    window_days: int = DEFAULT_WINDOW_DAYS

    def rate_for(self, product_id: UUID, category_ids: tuple[UUID, ...]) -> GoodsRate | None:
        """The most specific rate: the product's, else its nearest category's; None for the base.

        ``category_ids`` are the product's own category and those above it, the nearest first.
        """
        keys = (product_id, *category_ids)
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    @cached_property
    def _by_key(self) -> Mapping[UUID, GoodsRate]:
        return {
            key: rate
            for rate in self.rates
            for key in (*rate.goods.product_ids, *rate.goods.category_ids)
        }


class Edition(msgspec.Struct, frozen=True):
    """A programme with the number of its version, which what it earned keeps."""

    number: int
    programme: Programme


NOTHING_PUBLISHED = Edition(0, Programme(base_rate_bp=0))
"""Version 0: what is in force before operators have published anything."""
