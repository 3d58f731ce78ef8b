"""Orders with all that an order can have: for tests of what its member reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.addresses.rules import AddressContent
from domain.addresses.sealing import sealed_content
from domain.catalog.models import Product, Variant
from domain.kernel.db import Base, Database, WriteSession
from domain.kernel.ids import new_id
from domain.members.words import Channel
from domain.orders import models
from domain.orders.cart.models import EngravedText
from domain.orders.closing import Closed, Closing, close
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    DiscountClass,
    Funder,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
)
from domain.stock.actions import Movement, move
from domain.stock.holding import of_order
from domain.stock.rules import Reason
from domain.stores.models import Place, PlaceKind
from tests import make
from tests.api.contexts import VAULT
from tests.make import NOON

WINDOW = timedelta(minutes=30)
UNIT_FEN, TEXT_FEN, OFF_FEN, FREIGHT_FEN, FREIGHT_OFF_FEN = 15800, 500, 1000, 1200, 200
LINE_FEN = 2 * (UNIT_FEN + TEXT_FEN)
"""What the first line costs: two units with a text on each."""
PAYABLE_FEN = LINE_FEN + UNIT_FEN - OFF_FEN + FREIGHT_FEN - FREIGHT_OFF_FEN
CONTENT = AddressContent("王山茶", "+8613800138000", "虹桥路 1 号", "200030", None)

_RANDOM = Random(7)
_numbers = count(1)


@dataclass
class Goods:
    """What orders are made of: a product's variants, and the places that units come from."""

    product: Product
    variants: Sequence[UUID]
    warehouse_id: UUID
    store_id: UUID


async def goods(session: WriteSession) -> Goods:
    """A product with two variants, 100 of each at a warehouse and at a store."""
    product = await make.product(session, prices_fen=(UNIT_FEN, UNIT_FEN))
    rows = await session.scalars(
        select(Variant.id).where(Variant.product_id == product.id).order_by(Variant.position)
    )
    store = Place(
        id=make.an_id(),
        code="ST-1",
        kind=PlaceKind.STORE,
        title_zh="徐家汇店",
        title_en="Xujiahui",
        offers_pick_up=True,
        address_zh="肇嘉浜路 1 号",
        address_en="1 Zhaojiabang Road",
        opening_hours_zh="每天 10:00–22:00",
        opening_hours_en="Daily 10:00-22:00",
    )
    session.add(store)
    await session.flush()
    made = Goods(product, [*rows], await make.place(session), store.id)
    received = [
        Movement(variant_id, place_id, Reason.RECEIVED, 100, "test")
        for variant_id in made.variants
        for place_id in (made.warehouse_id, made.store_id)
    ]
    await move(session, received, actor="test", at=NOON)
    return made


async def whole_order(
    session: WriteSession,
    member_id: UUID,
    of: Goods,
    *,
    at: datetime = NOON,
    delivery: DeliveryMethod = DeliveryMethod.DELIVERY,
    review: ReviewStatus = ReviewStatus.PENDING,
) -> UUID:
    """An order of two lines, the first with a text on it, both it and the freight reduced.

    It waits for its payment, and its units are held.
    """
    order_id = new_id(at, _RANDOM)
    session.add(_order(order_id, member_id, of, at, delivery))
    await session.flush()
    for rows in (
        _lines(order_id, of),
        _around(order_id, at, member_id),
        [_review(order_id, review)],
    ):
        session.add_all(rows)
        await session.flush()
    place_id = of.warehouse_id if delivery is DeliveryMethod.DELIVERY else of.store_id
    held = of_order(order_id, place_id, [(of.variants[0], 2), (of.variants[1], 1)], Reason.HELD)
    await move(session, held, actor="test", at=at)
    return order_id


async def closed(
    database: Database,
    order_id: UUID,
    reason: CloseReason,
    at: datetime,
    *,
    note: str | None = None,
) -> None:
    """Close an order in a transaction of its own, as whoever has that reason does."""
    async with database.writes.begin() as session:
        closing = Closing(order_id, reason, "test", note=note)
        assert await close(session, [closing], at, random=_RANDOM) == [Closed(order_id)]


def _order(
    order_id: UUID, member_id: UUID, of: Goods, at: datetime, delivery: DeliveryMethod
) -> models.Order:
    is_sent = delivery is DeliveryMethod.DELIVERY
    address_id = make.an_id()
    sealed = sealed_content(VAULT, address_id, CONTENT, random=_RANDOM)
    names = ("上海市", "市辖区", "徐汇区")
    address = models.AddressSnapshot(address_id, "310104", names, "8000", sealed)
    return models.Order(
        id=order_id,
        number=f"{next(_numbers):018}",
        member_id=member_id,
        channel=Channel.MINI_PROGRAM,
        status=OrderStatus.PENDING_PAYMENT,
        delivery=delivery,
        place_id=of.warehouse_id if is_sent else of.store_id,
        address=address if is_sent else None,
        member_note="请轻放",
        units=3,
        list_fen=LINE_FEN + UNIT_FEN,
        discount_fen=OFF_FEN,
        freight_list_fen=FREIGHT_FEN,
        freight_discount_fen=FREIGHT_OFF_FEN,
        payable_fen=PAYABLE_FEN,
        freight_version=1,
        placed_at=at,
        history=1,
    )


def _lines(order_id: UUID, of: Goods) -> Iterable[Base]:
    texts = (EngravedText("name", "山茶"),)
    yield _line(order_id, of, 1, 2, personalisation=texts, personalisation_unit_fen=TEXT_FEN)
    yield _line(order_id, of, 2, 1, personalisation=(), personalisation_unit_fen=0)
    for line_number, fen in ((1, OFF_FEN), (models.FREIGHT_LINE, FREIGHT_OFF_FEN)):
        is_freight = line_number == models.FREIGHT_LINE
        yield models.DiscountAllocation(
            order_id=order_id,
            line_number=line_number,
            position=1,
            source="coupon:1",
            discount_class=DiscountClass.SHIPPING if is_freight else DiscountClass.LINE,
            title_zh="节日优惠",
            title_en="Festival offer",
            funder=Funder.BRAND,
            fen=fen,
        )


def _line(order_id: UUID, of: Goods, number: int, units: int, **engraved: Any) -> models.OrderLine:
    list_fen = units * (UNIT_FEN + engraved["personalisation_unit_fen"])
    return models.OrderLine(
        order_id=order_id,
        number=number,
        variant_id=of.variants[number - 1],
        product_id=of.product.id,
        sku=f"SKU-{number}",
        product_title_zh="山茶淡香水",
        product_title_en="Camellia Eau de Toilette",
        variant_title_zh=f"{number}0毫升",
        variant_title_en=f"{number}0 ml",
        image_key="products/then.svg",
        units=units,
        unit_fen=UNIT_FEN,
        list_fen=list_fen,
        payable_fen=list_fen - (OFF_FEN if number == 1 else 0),
        weight_grams=100,
        **engraved,
    )


def _around(order_id: UUID, at: datetime, member_id: UUID) -> Iterable[Base]:
    """Its history, what has to be paid, and until when."""
    yield models.OrderHistory(
        order_id=order_id,
        number=1,
        to_status=OrderStatus.PENDING_PAYMENT,
        actor=f"member:{member_id.hex}",
        at=at,
    )
    yield models.OrderPayment(
        order_id=order_id,
        purpose=PaymentPurpose.FULL,
        amount_fen=PAYABLE_FEN,
        status=PaymentStatus.DUE,
        due_at=at + WINDOW,
    )
    yield models.OrderDeadline(order_id=order_id, purpose=PaymentPurpose.FULL, due_at=at + WINDOW)


def _review(order_id: UUID, status: ReviewStatus) -> models.PersonalisationReview:
    is_rejected = status is ReviewStatus.REJECTED
    return models.PersonalisationReview(
        order_id=order_id,
        line_number=1,
        status=status,
        text_digest="0" * 64,
        decided_at=NOON if is_rejected else None,
        decided_by="staff:test" if is_rejected else None,
        reason="含有他人商标" if is_rejected else None,
    )
