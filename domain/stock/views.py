"""Hot reads of stock."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists

from domain.stock.models import StockLevel


def is_available(variant_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """Whether an order could have a unit of the variant, at whatever place.

    An expression for another context's statement, so that asking costs no statement of its own.
    """
    return exists().where(StockLevel.variant_id == variant_id, StockLevel.on_hand > StockLevel.held)
