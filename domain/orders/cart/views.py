"""The cart as its member sees it: each line with what it would cost and what is wrong with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy import and_, bindparam, func, literal_column, select

from domain.catalog.content import PersonalisationField, ProductKind
from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen, is_sold, on_its_shelf
from domain.catalog.views.structs import PRODUCT, VARIANT, Image
from domain.catalog.views.titles import title_of
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.orders.cart.models import MOST_LINES, CartLine, EngravedText
from domain.orders.cart.personalisation import fits, unit_price_fen
from domain.orders.words import ReviewStatus
from domain.stock.models import StockLevel
from domain.stores.views import warehouse

CART_LINE = "cartline"
"""The kind of cart lines in public ids."""

_FIELDS = msgspec.json.Decoder(tuple[PersonalisationField, ...])
_TEXTS = msgspec.json.Decoder(tuple[EngravedText, ...])


class LineProblem(StrEnum):
    """Why a line could not be ordered as it stands in the cart."""

    UNAVAILABLE = "unavailable"
    SOLD_OUT = "sold_out"
    SHORT = "short"
    OVER_LIMIT = "over_limit"
    PERSONALISATION_CHANGED = "personalisation_changed"


class EngravedView(msgspec.Struct, frozen=True, gc=False):
    """What is wanted in one field; the title is the field's, its code where it is gone."""

    code: str
    title: str
    text: str


class CartLineView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line with its product as the mall shows it now.

    Prices and weight are of one unit; prices are in fen, and None while it cannot be ordered at
    all. ``available`` is how many units there are, told where that is fewer than the cart wants.
    ``member_limit`` is the product's.
    """

    id: str
    product_id: str
    product_title: str
    variant_id: str
    variant_title: str
    sku: str
    kind: ProductKind
    image: Image
    price_fen: Fen | None
    personalisation_price_fen: Fen | None
    weight_grams: int
    units: int
    is_selected: bool
    personalisation: list[EngravedView]
    review: ReviewStatus | None
    problems: list[LineProblem]
    available: int | None
    member_limit: int | None
    added_at: datetime

    @property
    def is_returnable(self) -> bool:
        """Whether its units are taken back where the shop is at no fault.

        Not with texts, and of what is virtual nothing can come back.
        """
        return not self.personalisation and self.kind is not ProductKind.VIRTUAL


class CartView(msgspec.Struct, frozen=True, gc=False):
    """A cart, the newest line first, and what is selected of what can be ordered at all."""

    lines: list[CartLineView]
    selected_lines: int
    selected_units: int
    selected_goods_fen: Fen


@dataclass(frozen=True, slots=True)
class CartReading:
    """In which language to read, at what moment, and where pictures are."""

    language: Language
    at: datetime
    media_url: str


async def cart(reads: ReadPool, member_id: UUID, reading: CartReading) -> CartView:
    """The member's cart, in one statement; delivery is assumed: stock is the online warehouse's."""
    rows = await _lines(reading.language).rows(reads, member_id=member_id, now=reading.at)
    wanted = _Wanted(rows)
    lines = [_line(row, reading, wanted) for row in rows]
    chosen = [line for line in lines if line.is_selected and line.price_fen is not None]
    return CartView(
        lines,
        len(chosen),
        sum(line.units for line in chosen),
        Fen(sum(line.units * _unit_fen(line) for line in chosen)),
    )


class _Wanted:
    """How many units the selected lines want of each variant and of each product."""

    def __init__(self, rows: Sequence[Record]) -> None:
        self._variants: Counter[UUID] = Counter()
        self._products: Counter[UUID] = Counter()
        for row in rows:
            if row["is_selected"]:
                self._variants[row["variant_id"]] += row["units"]
                self._products[row["product_id"]] += row["units"]

    def of_variant(self, row: Record) -> int:
        """What would be ordered of the line's variant, were the line selected."""
        return self._variants[row["variant_id"]] + self._own(row)

    def of_product(self, row: Record) -> int:
        """What would be ordered of the line's product, were the line selected."""
        return self._products[row["product_id"]] + self._own(row)

    def _own(self, row: Record) -> int:
        return 0 if row["is_selected"] else row["units"]


def _line(row: Record, reading: CartReading, wanted: _Wanted) -> CartLineView:
    fields, texts = _FIELDS.decode(row["fields"]), _TEXTS.decode(row["texts"])
    problems = _problems(row, fields, texts, wanted)
    is_offered = row["is_offered"]
    is_few = LineProblem.SHORT in problems or LineProblem.SOLD_OUT in problems
    titles = {field.code: field.title.told_in(reading.language) for field in fields}
    return CartLineView(
        id=public_id(CART_LINE, row["id"]),
        product_id=public_id(PRODUCT, row["product_id"]),
        product_title=row["product_title"],
        variant_id=public_id(VARIANT, row["variant_id"]),
        variant_title=row["variant_title"],
        sku=row["sku"],
        kind=ProductKind(row["kind"]),
        image=Image(reading.media_url + row["image_key"], row["product_title"]),
        price_fen=row["price_fen"] if is_offered else None,
        personalisation_price_fen=Fen(unit_price_fen(fields, texts)) if is_offered else None,
        weight_grams=row["weight_grams"],
        units=row["units"],
        is_selected=row["is_selected"],
        personalisation=[
            EngravedView(each.code, titles.get(each.code, each.code), each.text) for each in texts
        ],
        review=ReviewStatus(row["review"]) if row["review"] else None,
        problems=problems,
        available=max(row["available"], 0) if is_few else None,
        member_limit=row["member_limit"],
        added_at=row["added_at"],
    )


def _problems(
    row: Record,
    fields: Sequence[PersonalisationField],
    texts: Sequence[EngravedText],
    wanted: _Wanted,
) -> list[LineProblem]:
    """What is wrong with a line; of one that cannot be ordered at all nothing else matters."""
    if not row["is_offered"]:
        return [LineProblem.UNAVAILABLE]
    problems: list[LineProblem] = []
    if row["available"] <= 0:
        problems.append(LineProblem.SOLD_OUT)
    elif row["available"] < wanted.of_variant(row):
        problems.append(LineProblem.SHORT)
    limit = row["member_limit"]
    if limit is not None and limit < wanted.of_product(row):
        problems.append(LineProblem.OVER_LIMIT)
    if not fits(fields, texts):
        problems.append(LineProblem.PERSONALISATION_CHANGED)
    return problems


def _unit_fen(line: CartLineView) -> int:
    return (line.price_fen or 0) + (line.personalisation_price_fen or 0)


@cache
def _lines(language: Language) -> HotRead:
    line, level = CartLine, StockLevel
    is_offered = and_(
        can_be_seen(Product),
        Category.is_visible,
        Variant.position.is_not(None),
        is_sold(Product),
    )
    of_warehouse = and_(
        level.variant_id == line.variant_id, level.place_id == warehouse().scalar_subquery()
    )
    statement = (
        select(
            line.id,
            line.variant_id,
            Variant.product_id,
            title_of(Product, language).label("product_title"),
            title_of(Variant, language).label("variant_title"),
            Variant.sku,
            Product.kind,
            Product.image_key,
            Variant.price_fen,
            Variant.weight_grams,
            Product.member_limit,
            Product.personalisation.label("fields"),
            is_offered.label("is_offered"),
            func.coalesce(level.on_hand - level.held, literal_column("0")).label("available"),
            line.units,
            line.is_selected,
            line.personalisation.label("texts"),
            line.review,
            line.added_at,
        )
        .select_from(on_its_shelf(Product))
        .join(Variant, Variant.product_id == Product.id)
        .join(line, line.variant_id == Variant.id)
        .outerjoin(level, of_warehouse)
        .where(line.member_id == bindparam("member_id", type_=UuidColumn))
        .order_by(line.added_at.desc(), line.id.desc())
        .limit(literal_column(str(MOST_LINES)))
    )
    return HotRead(statement)
