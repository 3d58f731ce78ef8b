"""How variants are read: within the statement of their products."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.orm import aliased

from domain.catalog import models
from domain.catalog.views.structs import VARIANT, Parts, Reading, Variant
from domain.catalog.views.titles import title_of
from domain.kernel.language import Language

RECENT = timedelta(days=7)
"""How far back the lowest price is looked for (integrations 6.5)."""

_VARIANTS = msgspec.json.Decoder(list[Variant])


def variants_in(column: bytes) -> list[Variant]:
    """The variants that a column of `variants_as_json` tells."""
    return _VARIANTS.decode(column)


def since(reading: Reading) -> datetime:
    """The value that the lowest recent price looks back to."""
    return reading.at - RECENT


def variants_as_json(
    product: type[models.Product], language: Language, parts: Parts
) -> ColumnElement[Any]:
    """The variants of the product in a statement's row, in the brand's order, as one column.

    PostgreSQL takes a little longer for that than for rows of their own, and saves the mall a
    statement and a Python object for each value: together it is less.
    """
    variant = models.Variant
    digits = func.encode(func.uuid_send(variant.id), literal_column("'hex'", Text))
    public = literal_column(f"'{VARIANT}_'", Text).concat(digits)
    told = (
        select(func.json_build_array(public, *_columns(language, parts)))
        .where(variant.product_id == product.id, variant.position.is_not(None))
        .order_by(variant.position)
        .correlate(product)
        .scalar_subquery()
    )
    # Without an aggregate PostgreSQL takes them from their index as they come, and sorts nothing.
    text = cast(func.to_json(func.array(told)), Text)
    # As bytes, which the decoder reads: nobody looks at it as a text.
    return func.convert_to(text, literal_column("'UTF8'"))


def _columns(language: Language, parts: Parts) -> list[Any]:
    """What is read of each variant beside its id, in the order of `Variant`."""
    variant = models.Variant
    own = {
        "sku": variant.sku,
        "title": title_of(variant, language),
        "choices": variant.choices,
        "price_fen": variant.price_fen,
        "weight_grams": variant.weight_grams,
    }
    return [
        *(column if name in parts.variant_columns else null() for name, column in own.items()),
        parts.is_available(variant.id.expression) if parts.is_available else null(),
        lowest_offer(variant.id.expression) if parts.lowest_recent_price else null(),
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
