"""What the catalogue says, at one moment, of the lines that somebody would order."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.content import PersonalisationField, ProductKind
from domain.catalog.models import Category, Product, Variant
from domain.catalog.views.products import can_be_seen, is_sold
from domain.freight.views import newest_mark
from domain.kernel.db import HotRead, HotWrite
from domain.kernel.language import Bilingual
from domain.orders.cart.models import CartLine, EngravedText
from domain.orders.cart.personalisation import fits, unit_price_fen
from domain.orders.earning.categories import PARENT, category_columns
from domain.orders.models import Order, OrderLine
from domain.orders.pricing.values import Goods
from domain.orders.refunding.reserved import refunded_of
from domain.orders.words import DeliveryMethod, OrderStatus, ReviewStatus
from domain.stock.models import StockLevel

_TEXTS = msgspec.json.Decoder(tuple[EngravedText, ...])
_FIELDS = msgspec.json.Decoder(tuple[PersonalisationField, ...])


class LineFacts(msgspec.Struct, frozen=True):
    """A line of a cart with what it would be of, as the mall has it now.

    ``is_offered`` says whether people can see it and order it. Of what ``is_virtual`` nothing is
    sent, and its ``delivery_note`` says how to use it, or is empty. ``bought`` counts the units of
    the product in the member's orders, where the product has a limit. ``available`` is what the
    place has that was asked about, None where none was.
    """

    line_id: UUID
    member_id: UUID
    variant_id: UUID
    product_id: UUID
    units: int
    personalisation: tuple[EngravedText, ...]
    personalisation_key: str
    review: ReviewStatus | None
    check_trace: str | None
    sku: str
    product_title: Bilingual
    variant_title: Bilingual
    image_key: str
    unit_fen: int
    weight_grams: int
    is_offered: bool
    is_virtual: bool
    delivery_note: Bilingual
    fields: tuple[PersonalisationField, ...]
    member_limit: int | None
    bought: int
    available: int | None

    @property
    def is_orderable(self) -> bool:
        """Whether it can be seen, and its texts can still be engraved."""
        return self.is_offered and fits(self.fields, self.personalisation)

    def goes_by(self, delivery: DeliveryMethod) -> bool:
        """Whether it can reach its member in that way: what is virtual in its own, and no other."""
        return self.is_virtual is (delivery is DeliveryMethod.VIRTUAL)

    @property
    def personalisation_unit_fen(self) -> int:
        """What its texts cost for each unit."""
        return unit_price_fen(self.fields, self.personalisation)

    def goods(self, number: int) -> Goods:
        """The line as it is priced."""
        return Goods(
            number,
            self.variant_id,
            self.product_id,
            self.units,
            self.unit_fen,
            self.personalisation_unit_fen,
            is_personalised=bool(self.personalisation),
        )


def facts_of(rows: Iterable[Any]) -> list[LineFacts]:
    """The facts of rows of `lines_by_id` or `lines_of_member`; what rows have besides is left."""
    return [_facts(row) for row in rows]


@cache
def lines_by_id() -> HotWrite:
    """The lines among ``ids`` that there are, at ``now``; for placing, whoever's they are.

    The last column of each is the mark of the freight in force.
    """
    ids = bindparam("ids", type_=ARRAY(UuidColumn))
    statement = _facts_statement(null()).add_columns(newest_mark().scalar_subquery())
    return HotWrite(statement.where(CartLine.id == any_(ids)))


@cache
def lines_of_member(*, named: bool) -> HotRead:
    """A member's lines at ``now``: those among ``ids``, or the selected ones, for a quote.

    Each ends with the categories of its product, for `domain.orders.earning.categories_in`.
    """
    place = bindparam("place_id", type_=UuidColumn)
    available = (
        select(StockLevel.on_hand - StockLevel.held)
        .where(StockLevel.variant_id == CartLine.variant_id, StockLevel.place_id == place)
        .scalar_subquery()
    )
    facts = _facts_statement(func.coalesce(available, literal_column("0")))
    statement = facts.add_columns(*category_columns()).outerjoin(
        PARENT, PARENT.id == Category.parent_id
    )
    statement = statement.where(
        CartLine.member_id == bindparam("member_id", type_=UuidColumn),
        CartLine.id == any_(bindparam("ids", type_=ARRAY(UuidColumn)))
        if named
        else CartLine.is_selected,
    )
    return HotRead(statement.order_by(CartLine.id))


@cache
def goods_of_variant() -> HotWrite:
    """What the catalogue says of ``variant_id`` at ``now``, for a line of ``member_id``'s order.

    For an order that no cart knows: `facts_without_cart` makes the facts of its row, of which the
    last column is the mark of the freight in force.
    """
    member_id = bindparam("member_id", type_=UuidColumn)
    goods = _goods(_bought(member_id), null())
    return HotWrite(
        select(Variant.product_id, *goods, newest_mark().scalar_subquery())
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Variant.id == bindparam("variant_id", type_=UuidColumn))
    )


def facts_without_cart(
    row: Any, line_id: UUID, *, member_id: UUID, variant_id: UUID, units: int
) -> LineFacts:
    """The facts of a row of `goods_of_variant`, as a line without texts."""
    product_id, *goods = row
    no_texts = "[]", "", None, None
    return _facts((line_id, member_id, variant_id, product_id, units, *no_texts, *goods))


def _facts_statement(available: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CartLine.id,
            CartLine.member_id,
            CartLine.variant_id,
            Variant.product_id,
            CartLine.units,
            cast(CartLine.personalisation, Text),
            CartLine.personalisation_key,
            CartLine.review,
            CartLine.check_trace,
            *_goods(_bought(CartLine.member_id), available),
        )
        .select_from(CartLine)
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
    )


def _goods(bought: ColumnElement[int], available: ColumnElement[Any]) -> list[Any]:
    """What is read of the variant, and of the product that it is of."""
    is_offered = and_(
        can_be_seen(Product), Category.is_visible, Variant.position.is_not(None), is_sold(Product)
    )
    return [
        Variant.sku,
        Product.title_zh,
        Product.title_en,
        Variant.title_zh,
        Variant.title_en,
        Product.image_key,
        Variant.price_fen,
        Variant.weight_grams,
        is_offered,
        Product.kind == literal_column(f"'{ProductKind.VIRTUAL}'"),
        Variant.delivery_note_zh,
        Variant.delivery_note_en,
        cast(Product.personalisation, Text),
        Product.member_limit,
        bought,
        available,
    ]


def _bought(member_id: Any) -> ColumnElement[int]:
    """Units of the product in the orders of the member that stand, counted only where it matters.

    What is refunded of them does not count, as an order that is refunded altogether does not.
    """
    units = OrderLine.units - refunded_of(OrderLine)
    counted = (
        select(func.coalesce(func.sum(units), literal_column("0")))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.product_id == Variant.product_id,
            Order.member_id == member_id,
            Order.status != literal_column(f"'{OrderStatus.CLOSED}'"),
        )
        .correlate(CartLine, Variant)
        .scalar_subquery()
    )
    unlimited = literal_column("0", BigInteger)
    return case((Product.member_limit.is_(None), unlimited), else_=counted)


def _facts(row: Any) -> LineFacts:
    """A row, of either pool, with its documents as text."""
    (line_id, member_id, variant_id, product_id, units, texts, key, review, trace, sku, zh, en,
     variant_zh, variant_en, image_key, unit_fen, grams, is_offered, is_virtual,
     note_zh, note_en, fields, limit, bought, available, *_) = row  # fmt: skip
    return LineFacts(
        line_id=line_id,
        member_id=member_id,
        variant_id=variant_id,
        product_id=product_id,
        units=units,
        personalisation=_TEXTS.decode(texts),
        personalisation_key=key,
        review=None if review is None else ReviewStatus(review),
        check_trace=trace,
        sku=sku,
        product_title=Bilingual(zh, en),
        variant_title=Bilingual(variant_zh, variant_en),
        image_key=image_key,
        unit_fen=unit_fen,
        weight_grams=grams,
        is_offered=is_offered,
        is_virtual=is_virtual,
        delivery_note=Bilingual(note_zh, note_en),
        fields=_FIELDS.decode(fields),
        member_limit=limit,
        bought=int(bought),
        available=available,
    )
