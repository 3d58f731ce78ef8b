"""How variants are read: within the statement of their products."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select
from sqlalchemy.orm import aliased

from domain.catalog import models
from domain.catalog.views.as_json import all_of, as_array, told_id
from domain.catalog.views.structs import VARIANT, Parts, Reading
from domain.catalog.views.titles import title_of
from domain.kernel.language import Language

RECENT = timedelta(days=7)
"""How far back the lowest price is looked for (integrations 6.5)."""


def since(reading: Reading) -> datetime:
    """The value that the lowest recent price looks back to."""
    return reading.at - RECENT


def variants_as_json(
    product: type[models.Product], language: Language, parts: Parts
) -> ColumnElement[Any]:
    """The variants of the product in a statement's row, in the brand's order, as one column."""
    variant = models.Variant
    return all_of(
        select(as_array(_columns(language, parts)))
        .where(variant.product_id == product.id, variant.position.is_not(None))
        .order_by(variant.position)
        .correlate(product)
    )


def _columns(language: Language, parts: Parts) -> list[ColumnElement[Any] | None]:
    """What is read of each variant, in the order of `Variant`; None for what is not wanted."""
    variant, wanted = models.Variant, parts.variant_columns
    return [
        told_id(VARIANT, variant.id.expression),
        title_of(variant, language).expression if "title" in wanted else None,
        variant.price_fen.expression if "price_fen" in wanted else None,
        variant.sku.expression if "sku" in wanted else None,
        parts.is_available(variant.id.expression) if parts.is_available else None,
        variant.choices.expression if "choices" in wanted else None,
        lowest_offer(variant.id.expression) if parts.lowest_recent_price else None,
        variant.weight_grams.expression if "weight_grams" in wanted else None,
    ]


def lowest_offer(variant_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """The least price in fen at which a variant was on offer from ``:since`` until ``:now``.

    An entry counts from when it was recorded until the next one, within the window that it says.
    """
    entry, later = models.PriceEntry, aliased(models.PriceEntry)
    now = bindparam("now", type_=entry.recorded_at.type)
    since = bindparam("since", type_=entry.recorded_at.type)
    next_at = (
        select(later.recorded_at)
        .where(
            later.variant_id == entry.variant_id,
            later.number == entry.number + literal_column("1"),
        )
        .correlate(entry)
        .scalar_subquery()
    )
    # GREATEST and LEAST look past what is not said.
    begins = func.greatest(entry.recorded_at, entry.offered_from)
    ends = func.least(next_at, entry.offered_until, literal_column("'infinity'::timestamptz"))
    return (
        select(func.min(entry.price_fen))
        .where(
            entry.variant_id == variant_id,
            entry.is_offered,
            begins <= now,
            ends > since,
            begins < ends,
        )
        .correlate_except(entry)
        .scalar_subquery()
    )
