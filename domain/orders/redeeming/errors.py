"""What the points mall refuses, besides what placing an order does."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.errors import Refused


@dataclass(eq=False)
class OfferUnavailable(Refused):
    """There is no such offer for whoever asks, or its goods are not sold; nothing was changed."""


@dataclass(eq=False)
class OfferNotOpen(Refused):
    """The offer opens later, at ``opens_at``, or is over, where that is None; nothing changed."""

    opens_at: datetime | None


@dataclass(eq=False)
class OfferSoldOut(Refused):
    """The offer has fewer units left than are wanted; nothing was changed."""

    left: int
    wanted: int


@dataclass(eq=False)
class OfferPriceChanged(Refused):
    """A unit costs other points or other cash than the member saw; these are those of now."""

    points: int
    cash_fen: int


@dataclass(eq=False)
class OfferChanged(Refused):
    """Somebody has changed the offer since it was read; it is now at this revision."""

    revision: int
