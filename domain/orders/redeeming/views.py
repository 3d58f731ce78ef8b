"""Offers of the points mall as everybody sees them, and as staff do."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Select, bindparam, or_, select
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.content import ProductKind
from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen, is_sold, on_its_shelf
from domain.catalog.views.structs import PRODUCT, VARIANT, Image
from domain.catalog.views.titles import title_of
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Bilingual, Language
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.kernel.points import Points
from domain.orders.redeeming.models import PointsOffer

POINTS_OFFER = "pointsoffer"
"""The kind of offers in public ids."""


class OfferView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An offer in one language; ``points`` and the prices are of one unit, ``left`` of all."""

    id: str
    product_id: str
    product_title: str
    variant_id: str
    variant_title: str
    sku: str
    kind: ProductKind
    image: Image
    list_price_fen: Fen
    points: Points
    cash_fen: Fen
    left: int
    member_limit: int | None
    opens_at: datetime
    closes_at: datetime | None
    key: UUID


class StaffOfferView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An offer as staff see it, whole."""

    id: str
    product_id: str
    product_title: Bilingual
    variant_id: str
    variant_title: Bilingual
    sku: str
    list_price_fen: Fen
    points: Points
    cash_fen: Fen
    allocated: int
    taken: int
    member_limit: int | None
    opens_at: datetime
    closes_at: datetime | None
    is_hidden: bool
    withdrawn_at: datetime | None
    revision: int
    key: UUID


@dataclass(frozen=True, slots=True)
class OfferReading:
    """In which language to read, at what moment, and where pictures are."""

    language: Language
    at: datetime
    media_url: str


async def offers(
    reads: ReadPool, reading: OfferReading, *, first: int, after: Place | None
) -> Page[OfferView]:
    """Take the ``first`` offers behind ``after`` that can be seen, newest first; one statement.

    Those that open later are among them, those that are over are not.
    """
    statement = _offers(reading.language, after=after is not None)
    rows = await statement.rows(
        reads, now=reading.at, after=after.key if after else None, limit=first + 1
    )
    return page_of([_offer(row, reading) for row in rows], first)


async def offer(reads: ReadPool, reading: OfferReading, key: UUID) -> OfferView | None:
    """One offer that can be seen, of which the list says more; one statement."""
    rows = await _offer_by_key(reading.language).rows(reads, now=reading.at, key=key)
    return _offer(rows[0], reading) if rows else None


async def staff_offers(reads: ReadPool, *, first: int, after: Place | None) -> Page[StaffOfferView]:
    """Take the ``first`` offers behind ``after``, whatever became of them, newest first."""
    rows = await _staff_offers(after=after is not None).rows(
        reads, after=after.key if after else None, limit=first + 1
    )
    return page_of([_staff_offer(row) for row in rows], first)


def _offer(row: Any, reading: OfferReading) -> OfferView:
    (key, product_id, product_title, variant_id, variant_title, sku, kind, image_key, price_fen,
     points, cash_fen, left, limit, opens_at, closes_at) = row  # fmt: skip
    return OfferView(
        id=public_id(POINTS_OFFER, key),
        product_id=public_id(PRODUCT, product_id),
        product_title=product_title,
        variant_id=public_id(VARIANT, variant_id),
        variant_title=variant_title,
        sku=sku,
        kind=ProductKind(kind),
        image=Image(reading.media_url + image_key, product_title),
        list_price_fen=Fen(price_fen),
        points=Points(points),
        cash_fen=Fen(cash_fen),
        left=left,
        member_limit=limit,
        opens_at=opens_at,
        closes_at=closes_at,
        key=key,
    )


def _staff_offer(row: Any) -> StaffOfferView:
    (key, product_id, zh, en, variant_id, variant_zh, variant_en, sku, price_fen, points,
     cash_fen, allocated, taken, limit, opens_at, closes_at, is_hidden, withdrawn_at,
     revision) = row  # fmt: skip
    return StaffOfferView(
        id=public_id(POINTS_OFFER, key),
        product_id=public_id(PRODUCT, product_id),
        product_title=Bilingual(zh, en),
        variant_id=public_id(VARIANT, variant_id),
        variant_title=Bilingual(variant_zh, variant_en),
        sku=sku,
        list_price_fen=Fen(price_fen),
        points=Points(points),
        cash_fen=Fen(cash_fen),
        allocated=allocated,
        taken=taken,
        member_limit=limit,
        opens_at=opens_at,
        closes_at=closes_at,
        is_hidden=is_hidden,
        withdrawn_at=withdrawn_at,
        revision=revision,
        key=key,
    )


@cache
def _offers(language: Language, *, after: bool) -> HotRead:
    return HotRead(_paged(_visible(language), after=after))


@cache
def _offer_by_key(language: Language) -> HotRead:
    key = bindparam("key", type_=UuidColumn)
    return HotRead(_visible(language).where(PointsOffer.id == key))


@cache
def _staff_offers(*, after: bool) -> HotRead:
    statement = (
        select(
            PointsOffer.id,
            Variant.product_id,
            Product.title_zh,
            Product.title_en,
            PointsOffer.variant_id,
            Variant.title_zh,
            Variant.title_en,
            Variant.sku,
            Variant.price_fen,
            PointsOffer.points,
            PointsOffer.cash_fen,
            PointsOffer.allocated,
            PointsOffer.taken,
            PointsOffer.member_limit,
            PointsOffer.opens_at,
            PointsOffer.closes_at,
            PointsOffer.is_hidden,
            PointsOffer.withdrawn_at,
            PointsOffer.revision,
        )
        .join(Variant, Variant.id == PointsOffer.variant_id)
        .join(Product, Product.id == Variant.product_id)
    )
    return HotRead(_paged(statement, after=after))


def _paged(statement: Select[*tuple[Any, ...]], *, after: bool) -> Select[*tuple[Any, ...]]:
    """The newest first: ids begin with the moment at which they were made."""
    if after:
        statement = statement.where(PointsOffer.id < bindparam("after", type_=UuidColumn))
    return statement.order_by(PointsOffer.id.desc()).limit(bindparam("limit", type_=BigInteger))


def _visible(language: Language) -> Select[*tuple[Any, ...]]:
    """What anybody may know of, at ``:now``: as the product is, and not over."""
    now = bindparam("now", type_=PointsOffer.opens_at.type)
    return (
        select(
            PointsOffer.id,
            Variant.product_id,
            title_of(Product, language),
            PointsOffer.variant_id,
            title_of(Variant, language),
            Variant.sku,
            Product.kind,
            Product.image_key,
            Variant.price_fen,
            PointsOffer.points,
            PointsOffer.cash_fen,
            PointsOffer.allocated - PointsOffer.taken,
            PointsOffer.member_limit,
            PointsOffer.opens_at,
            PointsOffer.closes_at,
        )
        .select_from(on_its_shelf(Product))
        .join(Variant, Variant.product_id == Product.id)
        .join(PointsOffer, PointsOffer.variant_id == Variant.id)
        .where(
            can_be_seen(Product),
            Category.is_visible,
            is_sold(Product),
            Variant.position.is_not(None),
            PointsOffer.is_hidden.is_(False),
            PointsOffer.withdrawn_at.is_(None),
            or_(PointsOffer.closes_at.is_(None), PointsOffer.closes_at > now),
            # Where the price has fallen to it there is nothing for points to pay.
            PointsOffer.cash_fen < Variant.price_fen,
        )
    )
