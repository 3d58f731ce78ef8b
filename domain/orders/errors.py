"""What ordering refuses, besides `InvalidInput`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.kernel.errors import Refused


class ChangeKind(StrEnum):
    """What differs from the quote that the member saw."""

    EXPIRED = "expired"
    LINE_GONE = "line_gone"
    UNITS = "units"
    PERSONALISATION = "personalisation"
    UNAVAILABLE = "unavailable"
    PRICE = "price"
    ADDRESS = "address"
    PICK_UP = "pick_up"
    FREIGHT = "freight"
    TOTAL = "total"
    POINTS = "points"


class Change(msgspec.Struct, frozen=True):
    """One thing that has changed since a quote; amounts before and now where it is about one."""

    kind: ChangeKind
    line_id: UUID | None = None
    before_fen: int | None = None
    now_fen: int | None = None


@dataclass(eq=False)
class QuoteChanged(Refused):
    """What the member saw is not so any more; nothing was placed."""

    changes: list[Change]


@dataclass(eq=False)
class OutOfStock(Refused):
    """There are not enough units of a variant; nothing was placed.

    ``line_id`` is None where no cart has a line of it.
    """

    line_id: UUID | None
    variant_id: UUID
    available: int
    wanted: int


@dataclass(eq=False)
class OverMemberLimit(Refused):
    """A member may have only so many units of a product, or of an offer of it, over all orders.

    Nothing was placed. ``line_id`` is None where no cart has a line of it.
    """

    line_id: UUID | None
    product_id: UUID
    limit: int
    left: int


@dataclass(eq=False)
class OrderUnavailable(Refused):
    """There is no such order, or it is not for whoever asks."""


@dataclass(eq=False)
class PaymentUnderWay(Refused):
    """Somebody may be paying the order at this moment; ask again once that is known."""

    IS_PASSING: ClassVar[bool] = True

    order_id: UUID


@dataclass(eq=False)
class OrderNotOpen(Refused):
    """The order has moved on and cannot be cancelled any more."""

    order_id: UUID
