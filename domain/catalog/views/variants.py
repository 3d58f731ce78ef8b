"""How variants are read: beside a page of products, or within the statement of one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from domain.catalog import models
from domain.catalog.views.structs import VARIANT, Parts, Reading, Variant
from domain.catalog.views.titles import title_of
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language

RECENT = timedelta(days=7)
"""How far back the lowest price is looked for (integrations 6.5)."""

_VARIANTS = msgspec.json.Decoder(list[Variant])


async def variants_of(
    reads: ReadPool, reading: Reading, product_keys: list[UUID]
) -> Mapping[UUID, list[Variant]]:
    """Read the variants of some products, in the brand's order, by one statement."""
    statement = _by_products(reading.language, reading.parts)
    rows = await statement.rows(
        reads, product_keys=product_keys, now=reading.at, since=since(reading)
    )
    variants: dict[UUID, list[Variant]] = {key: [] for key in product_keys}
    # Named one by one, the columns of a page are unpacked in a third of the time.
    for product_key, key, sku, title, choices, price_fen, grams, stock, lowest in rows:
        variants[product_key].append(
            Variant(public_id(VARIANT, key), sku, title, choices, price_fen, grams, stock, lowest)
        )
    return variants


def variants_in(text: str | None) -> list[Variant]:
    """The variants that a column of `variants_as_json` tells; None where there are none."""
    return _VARIANTS.decode(text) if text else []


def since(reading: Reading) -> datetime:
    """The value that the lowest recent price looks back to."""
    return reading.at - RECENT


def variants_as_json(language: Language, parts: Parts) -> ColumnElement[Any]:
    """The variants of the product in a statement's row, as one column.

    For one product that takes less than a statement more; for a page of them PostgreSQL would
    take longer to write JSON than a statement takes in all.
    """
    product, variant = models.Product, models.Variant
    digits = func.replace(cast(variant.id, Text), literal_column("'-'"), literal_column("''"))
    public = literal_column(f"'{VARIANT}_'", Text).concat(digits)
    told = func.json_build_array(public, *_columns(language, parts))
    return (
        select(func.json_agg(aggregate_order_by(told, variant.position)))
        .where(variant.product_id == product.id, variant.position.is_not(None))
        .correlate(product)
        .scalar_subquery()
    )


@cache
def _by_products(language: Language, parts: Parts) -> HotRead:
    variant = models.Variant
    keys = bindparam("product_keys", type_=ARRAY(UuidColumn))
    return HotRead(
        select(variant.product_id, variant.id, *_columns(language, parts))
        .where(variant.product_id == any_(keys), variant.position.is_not(None))
        .order_by(variant.product_id, variant.position)
    )


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
