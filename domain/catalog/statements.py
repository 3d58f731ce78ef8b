"""Set-based reads for writing and writes of products; each is one statement for all of a call."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import aliased

from domain.catalog.content import ProductContent, ProductStatus, VariantContent
from domain.catalog.models import Category, PriceEntry, Product, ProductTag, Tag, Variant
from domain.catalog.views.products import can_be_seen, on_its_shelf
from domain.kernel.db import Base, WriteSession
from domain.kernel.epochs import Subject, next_epoch
from domain.kernel.language import Bilingual
from domain.kernel.row_sets import RowSet

_TURN = 0x4341_5441
_MOST_PARAMETERS = 32_767
_PRICE_COLUMNS = (
    "variant_id",
    "number",
    "price_fen",
    "is_offered",
    "offered_from",
    "offered_until",
    "actor",
    "recorded_at",
)
_CODES = RowSet("given", Product, "id code")
_PLACES = RowSet("given", Variant, "id sku position archived_at")
"""What is unique of variants, and what is checked beside it."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a variant's price history says now: how many entries, and the last one."""

    entries: int
    price_fen: int
    is_offered: bool
    offered_from: datetime | None
    offered_until: datetime | None
    recorded_at: datetime

    def says(self, other: "Standing") -> bool:
        """Whether the other one says the same of the price and the offer."""
        own = (self.price_fen, self.is_offered, self.offered_from, self.offered_until)
        return own == (other.price_fen, other.is_offered, other.offered_from, other.offered_until)


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
    they are written; readers never wait. A wait past the lock timeout is the fault BUSY. Whoever
    takes a turn is about to change something: that begins the catalogue's next epoch.
    """
    turn = func.pg_advisory_xact_lock(_TURN)
    await session.execute(select(turn, next_epoch(Subject.CATALOG)))


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


async def visible_categories(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the categories that can be seen."""
    return set(
        await session.scalars(select(Category.id).where(Category.id.in_(ids), Category.is_visible))
    )


async def offer_on_shelves(
    session: WriteSession, ids: Collection[UUID], *, is_visible: bool, actor: str, at: datetime
) -> None:
    """Write into the price histories that what stands on these shelves is on offer now, or not."""
    told = (
        update(Variant)
        .values(price_entries=Variant.price_entries + 1)
        .where(
            Product.id == Variant.product_id,
            Product.category_id.in_(ids),
            Product.status == ProductStatus.PUBLISHED,
            Variant.archived_at.is_(None),
        )
        .returning(
            Variant.id,
            Variant.price_entries,
            Variant.price_fen,
            Product.visible_from,
            Product.visible_until,
        )
        .execution_options(synchronize_session=False)
        .cte("told")
    )
    await session.execute(_entries_from(told, is_visible=is_visible, actor=actor, at=at))


def _entries_from(told: CTE, *, is_visible: bool, actor: str, at: datetime) -> Insert:
    """The next price entry of each variant that was told; no history goes back in time."""
    before = aliased(PriceEntry)
    last_at = (
        select(before.recorded_at)
        .where(before.variant_id == told.c.id, before.number == told.c.price_entries - 1)
        .scalar_subquery()
    )
    entries = select(
        told.c.id,
        told.c.price_entries,
        told.c.price_fen,
        literal(is_visible),
        case((literal(is_visible), told.c.visible_from)),
        case((literal(is_visible), told.c.visible_until)),
        literal(actor),
        func.greatest(literal(at, PriceEntry.recorded_at.type), last_at),
    )
    return insert(PriceEntry).from_select(_PRICE_COLUMNS, entries)


async def known_products(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the products that there are, whether they can be seen or not."""
    return set(await session.scalars(select(Product.id).where(Product.id.in_(ids))))


async def is_seen(session: WriteSession, product_id: UUID, *, at: datetime) -> bool:
    """Whether people can see a product at that moment."""
    seen = (
        select(Product.id)
        .select_from(on_its_shelf(Product))
        .where(Product.id == product_id, can_be_seen(Product), Category.is_visible)
    )
    return await session.scalar(seen, {"now": at}) is not None


async def known_tags(session: WriteSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the tags that there are."""
    return set(await session.scalars(select(Tag.id).where(Tag.id.in_(ids))))


async def write(session: WriteSession, rows: Rows) -> None:
    """Write products whole, with their variants, tags and price entries."""
    await _upsert(session, Product, rows.products, _CODES)
    await _upsert(session, Variant, rows.variants, _PLACES)
    await _replace_tags(session, [row["id"] for row in rows.products], rows.tags)
    if rows.prices:
        await session.execute(insert(PriceEntry), rows.prices)


async def _stored(session: WriteSession, which: ColumnElement[bool]) -> list[Stored]:
    products = list(
        await session.scalars(
            select(Product).where(which).order_by(Product.id).with_for_update(key_share=True)
        )
    )
    ids = [product.id for product in products]
    variants: dict[UUID, list[tuple[Variant, PriceEntry | None]]] = defaultdict(list)
    for variant, last in await session.execute(
        select(Variant, PriceEntry)
        .outerjoin(
            PriceEntry,
            and_(PriceEntry.variant_id == Variant.id, PriceEntry.number == Variant.price_entries),
        )
        .where(Variant.product_id.in_(ids))
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):
        variants[variant.product_id].append((variant, last))
    tags: dict[UUID, list[UUID]] = defaultdict(list)
    for product_id, tag_id in await session.execute(
        select(ProductTag.product_id, ProductTag.tag_id)
        .where(ProductTag.product_id.in_(ids))
        .order_by(ProductTag.tag_id)
    ):
        tags[product_id].append(tag_id)
    return [_as_stored(product, variants[product.id], tags[product.id]) for product in products]


def _as_stored(
    product: Product, lines: Sequence[tuple[Variant, PriceEntry | None]], tag_ids: Sequence[UUID]
) -> Stored:
    variants = [variant for variant, _ in lines]
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
                entries=last.number,
                price_fen=last.price_fen,
                is_offered=last.is_offered,
                offered_from=last.offered_from,
                offered_until=last.offered_until,
                recorded_at=last.recorded_at,
            )
            for variant, last in lines
            if last is not None
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
                weight_grams=variant.weight_grams,
                delivery_note=_note(variant),
            )
            for variant in variants
            if variant.archived_at is None
        ),
    )


def _note(variant: Variant) -> Bilingual | None:
    zh, en = variant.delivery_note_zh, variant.delivery_note_en
    return Bilingual(zh, en) if zh else None


async def _upsert(
    session: WriteSession, table: type[Base], rows: Sequence[Row], unique: RowSet
) -> None:
    """Write rows; what is unique in them is changed before, and only where it is another.

    An upsert that may change such a column locks the row against all that only name it: an order
    that is being placed would wait, and hold what the upsert waits for next.
    """
    if not rows:
        return
    given, own = unique.c, table.__table__.c
    names: list[str] = [each.name for each in given if each.name != "id"]
    is_other = or_(*(own[name].is_distinct_from(given[name]) for name in names))
    changed = update(table).where(own.id == given.id, is_other)
    changed = changed.values({name: given[name] for name in names})
    changed = changed.execution_options(synchronize_session=False)
    given_rows = ([row["id"], *(row[name] for name in names)] for row in rows)
    await session.execute(changed, unique.bound(given_rows))
    insertion = insert(table)
    kept = {"id", "product_id", *names}
    updated = {name: insertion.excluded[name] for name in rows[0] if name not in kept}
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
