"""Set-based reads for writing and writes of products; each is one statement for all of a call."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from domain.catalog.content import ProductContent, ProductStatus, VariantContent
from domain.catalog.models import Category, PriceEntry, Product, ProductTag, Tag, Variant
from domain.kernel.db import Base, WriteSession
from domain.kernel.language import Bilingual

_TURN = 0x4341_5441
_MOST_PARAMETERS = 32_767
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a variant's price history says now: how many entries, the price, and the offer."""

    entries: int
    price_fen: int
    is_offered: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A product as the database has it, with all its variants, archived ones too."""

    id: UUID
    content: ProductContent
    status: ProductStatus
    visible_from: datetime | None
    visible_until: datetime | None
    revision: int
    created_at: datetime
    variant_ids: Mapping[str, UUID]
    standings: Mapping[str, Standing]
    archived_at: Mapping[str, datetime]


@dataclass(slots=True)
class Rows:
    """What one call writes, by table."""

    products: list[Row] = field(default_factory=list[Row])
    variants: list[Row] = field(default_factory=list[Row])
    tags: list[Row] = field(default_factory=list[Row])
    prices: list[Row] = field(default_factory=list[Row])


async def take_turn(session: WriteSession) -> None:
    """Wait until nobody else writes the catalogue, until this transaction ends.

    Operators' writes are rare, and codes, SKUs and the tree of categories are looked at before
    they are written; readers never wait. A wait past the lock timeout is the fault BUSY.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_TURN)))


async def products_by_id(session: WriteSession, ids: Collection[UUID]) -> dict[UUID, Stored]:
    """Lock products, ascending, and answer with them as they stand."""
    stored = await _stored(session, Product.id.in_(ids))
    return {each.id: each for each in stored}


async def products_by_code(session: WriteSession, codes: Collection[str]) -> dict[str, Stored]:
    """Lock products, ascending, and answer with them as they stand, by the brand's codes."""
    stored = await _stored(session, Product.code.in_(codes))
    return {each.content.code: each for each in stored}


async def owners_of_skus(session: WriteSession, skus: Collection[str]) -> dict[str, UUID]:
    """Which products have variants of these SKUs, archived ones too."""
    rows = await session.execute(
        select(Variant.sku, Variant.product_id).where(Variant.sku.in_(skus))
    )
    return {row.sku: row.product_id for row in rows}


async def known_categories(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the categories that there are."""
    return set(await session.scalars(select(Category.id).where(Category.id.in_(ids))))


async def categories_by_code(session: WriteSession, codes: Collection[str]) -> dict[str, UUID]:
    """Those of the categories that there are, by the brand's codes."""
    rows = await session.execute(select(Category.code, Category.id).where(Category.code.in_(codes)))
    return dict(rows.all())


async def tags_by_code(session: WriteSession, codes: Collection[str]) -> dict[str, UUID]:
    """Those of the tags that there are, by the brand's codes."""
    rows = await session.execute(select(Tag.code, Tag.id).where(Tag.code.in_(codes)))
    return dict(rows.all())


async def known_products(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the products that there are, whether they can be seen or not."""
    return set(await session.scalars(select(Product.id).where(Product.id.in_(ids))))


async def known_tags(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the tags that there are."""
    return set(await session.scalars(select(Tag.id).where(Tag.id.in_(ids))))


async def write(session: WriteSession, rows: Rows) -> None:
    """Write products whole, with their variants, tags and price entries."""
    await _upsert(session, Product, rows.products)
    await _upsert(session, Variant, rows.variants)
    await _replace_tags(session, [row["id"] for row in rows.products], rows.tags)
    if rows.prices:
        await session.execute(insert(PriceEntry), rows.prices)


async def _stored(session: WriteSession, which: ColumnElement[bool]) -> list[Stored]:
    products = list(
        await session.scalars(select(Product).where(which).order_by(Product.id).with_for_update())
    )
    ids = [product.id for product in products]
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    for variant in await session.scalars(
        select(Variant)
        .where(Variant.product_id.in_(ids))
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):
        variants[variant.product_id].append(variant)
    tags: dict[UUID, list[UUID]] = defaultdict(list)
    for product_id, tag_id in await session.execute(
        select(ProductTag.product_id, ProductTag.tag_id)
        .where(ProductTag.product_id.in_(ids))
        .order_by(ProductTag.tag_id)
    ):
        tags[product_id].append(tag_id)
    return [_as_stored(product, variants[product.id], tags[product.id]) for product in products]


def _as_stored(product: Product, variants: Sequence[Variant], tag_ids: Sequence[UUID]) -> Stored:
    is_published = product.status == ProductStatus.PUBLISHED
    return Stored(
        id=product.id,
        content=_content(product, variants, tag_ids),
        status=product.status,
        visible_from=product.visible_from,
        visible_until=product.visible_until,
        revision=product.revision,
        created_at=product.created_at,
        variant_ids={variant.sku: variant.id for variant in variants},
        standings={
            variant.sku: Standing(
                variant.price_entries,
                variant.price_fen.fen,
                is_published and variant.archived_at is None,
            )
            for variant in variants
        },
        archived_at={each.sku: each.archived_at for each in variants if each.archived_at},
    )


def _content(
    product: Product, variants: Sequence[Variant], tag_ids: Sequence[UUID]
) -> ProductContent:
    return ProductContent(
        code=product.code,
        kind=product.kind,
        title=Bilingual(product.title_zh, product.title_en),
        category_id=product.category_id,
        image_key=product.image_key,
        pictures=product.pictures,
        options=product.options,
        description=product.description,
        personalisation=product.personalisation,
        tag_ids=tuple(tag_ids),
        member_limit=product.member_limit,
        variants=tuple(
            VariantContent(
                sku=variant.sku,
                title=Bilingual(variant.title_zh, variant.title_en),
                price_fen=variant.price_fen.fen,
                choices=tuple(variant.choices),
            )
            for variant in variants
            if variant.archived_at is None
        ),
    )


async def _upsert(session: WriteSession, table: type[Base], rows: Sequence[Row]) -> None:
    if not rows:
        return
    insertion = insert(table)
    updated = {name: insertion.excluded[name] for name in rows[0] if name != "id"}
    upsert = insertion.on_conflict_do_update(index_elements=["id"], set_=updated)
    rows_at_once = _MOST_PARAMETERS // len(rows[0])
    for first in range(0, len(rows), rows_at_once):
        await session.execute(upsert.values(rows[first : first + rows_at_once]))


async def _replace_tags(
    session: WriteSession, product_ids: Sequence[UUID], tags: Sequence[Row]
) -> None:
    kept = [(tag["tag_id"], tag["product_id"]) for tag in tags]
    await session.execute(
        delete(ProductTag).where(
            ProductTag.product_id.in_(product_ids),
            tuple_(ProductTag.tag_id, ProductTag.product_id).not_in(kept),
        )
    )
    if tags:
        await session.execute(insert(ProductTag).values(tags).on_conflict_do_nothing())
