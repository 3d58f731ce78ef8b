"""Makers of what orders need: members, goods with stock and engravings, carts, and whole orders."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.catalog.content import Alphabet, PersonalisationField
from domain.catalog.models import Product, Variant
from domain.kernel.db import WriteSession
from domain.kernel.language import Bilingual
from domain.members.models import Member
from domain.members.words import Channel
from domain.orders.cart.models import EngravedText
from domain.orders.cart.personalisation import digest_of, unit_price_fen
from domain.orders.models import (
    AddressSnapshot,
    Order,
    OrderDeadline,
    OrderHistory,
    OrderLine,
    OrderPayment,
    PersonalisationReview,
)
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
)
from domain.stock.actions import Movement, move
from domain.stock.holding import of_order
from domain.stock.rules import Reason
from tests import make
from tests.make import NOON

_numbers = count(1)
NAME_FIELD = PersonalisationField("name", Bilingual("姓名", "Name"), 10, Alphabet.ANY, 500)
DATE_FIELD = PersonalisationField("date", Bilingual("日期", "Date"), 8, Alphabet.DIGITS, 200)
FIELDS = (NAME_FIELD, DATE_FIELD)


async def a_member(session: WriteSession, name: str = "山茶") -> UUID:
    """A member."""
    key = make.an_id()
    session.add(Member(id=key, name=name, joined_at=NOON))
    await session.flush()
    return key


async def goods(
    session: WriteSession,
    *,
    prices_fen: tuple[int, ...] = (15800,),
    units: int | None = 50,
    place_id: UUID | None = None,
    fields: tuple[PersonalisationField, ...] = (),
    **changes: Any,
) -> list[UUID]:
    """The ids of a product's variants, by price, with units of each at a place.

    ``changes`` are of the product's columns, None for ``units`` leaves out the stock.
    """
    product = await make.product(session, prices_fen=prices_fen)
    product.personalisation = fields
    for name, value in changes.items():
        setattr(product, name, value)
    await session.flush()
    rows = await session.scalars(
        select(Variant.id).where(Variant.product_id == product.id).order_by(Variant.position)
    )
    variants = list(rows)
    if units:
        place_id = place_id or await make.place(session, code=f"WH-{next(_numbers)}")
        received = [Movement(each, place_id, Reason.RECEIVED, units, "test") for each in variants]
        await move(session, received, actor="test", at=NOON)
    return variants


async def an_order(
    session: WriteSession,
    member_id: UUID,
    variant_id: UUID,
    *,
    units: int = 1,
    texts: Sequence[EngravedText] = (),
    review: ReviewStatus | None = None,
    **changes: Any,
) -> Order:
    """A valid order of one line, sent to an address; its units are held where they are to be had.

    It waits to be paid until half an hour after it was placed, unless its status is another one.
    With ``texts`` the line has a review, PENDING unless another one is given. ``changes`` are of
    the order's columns: units are held where ``place_id`` is among them and it is not closed.
    """
    variant = (await session.scalars(select(Variant).where(Variant.id == variant_id))).one()
    product = (await session.scalars(select(Product).where(Product.id == variant.product_id))).one()
    line = _line(product, variant, units, tuple(texts))
    has_stock = "place_id" in changes
    if not has_stock:
        changes["place_id"] = await make.place(session, code=f"WH-{next(_numbers)}")
    order = _order(line, member_id, changes)
    if has_stock and order.status is not OrderStatus.CLOSED:
        held = of_order(order.id, order.place_id, [(variant_id, units)], Reason.HELD)
        await move(session, held, actor=f"member:{member_id.hex}", at=order.placed_at)
    for rows in ([order], [line], _around(order)):
        session.add_all(rows)
        await session.flush()
    if texts or review:
        session.add(_review(order, texts, review or ReviewStatus.PENDING))
        await session.flush()
    return order


def _order(line: OrderLine, member_id: UUID, changes: Mapping[str, Any]) -> Order:
    is_closed = changes.get("status") is OrderStatus.CLOSED
    order = Order(
        id=line.order_id,
        number=f"{next(_numbers):018}",
        member_id=member_id,
        channel=Channel.MINI_PROGRAM,
        status=OrderStatus.PENDING_PAYMENT,
        delivery=DeliveryMethod.DELIVERY,
        address=AddressSnapshot(make.an_id(), "310101", ("上海市",), "8000", b"sealed"),
        units=line.units,
        list_fen=line.list_fen,
        discount_fen=0,
        freight_list_fen=0,
        freight_discount_fen=0,
        payable_fen=line.list_fen,
        freight_version=1,
        placed_at=NOON,
        closed_at=NOON if is_closed else None,
        close_reason=CloseReason.NOT_PAID_IN_TIME if is_closed else None,
        history=2 if is_closed else 1,
    )
    for name, value in changes.items():
        setattr(order, name, value)
    line.order_id = order.id
    return order


def _line(
    product: Product, variant: Variant, units: int, texts: tuple[EngravedText, ...]
) -> OrderLine:
    texts_fen = unit_price_fen(product.personalisation, texts)
    list_fen = units * (variant.price_fen.fen + texts_fen)
    return OrderLine(
        order_id=make.an_id(),
        number=1,
        variant_id=variant.id,
        product_id=product.id,
        sku=variant.sku,
        product_title_zh=product.title_zh,
        product_title_en=product.title_en,
        variant_title_zh=variant.title_zh,
        variant_title_en=variant.title_en,
        image_key=product.image_key,
        units=units,
        unit_fen=variant.price_fen.fen,
        personalisation=texts,
        personalisation_unit_fen=texts_fen,
        list_fen=list_fen,
        payable_fen=list_fen,
        weight_grams=0,
    )


def _around(order: Order) -> list[object]:
    """What stands beside an order: its history, what has to be paid, and until when."""
    actor, due_at = f"member:{order.member_id.hex}", order.placed_at + timedelta(minutes=30)
    is_closed = order.status is OrderStatus.CLOSED
    begun = OrderHistory(
        order_id=order.id,
        number=1,
        to_status=OrderStatus.PENDING_PAYMENT,
        actor=actor,
        at=order.placed_at,
    )
    payment = OrderPayment(
        order_id=order.id,
        purpose=PaymentPurpose.FULL,
        amount_fen=order.payable_fen,
        status=PaymentStatus.VOID if is_closed else PaymentStatus.DUE,
        due_at=due_at,
    )
    if not is_closed:
        deadline = OrderDeadline(order_id=order.id, purpose=PaymentPurpose.FULL, due_at=due_at)
        return [begun, payment, deadline]
    ended = OrderHistory(
        order_id=order.id,
        number=2,
        from_status=OrderStatus.PENDING_PAYMENT,
        to_status=OrderStatus.CLOSED,
        reason=order.close_reason,
        actor=actor,
        at=order.placed_at,
    )
    return [begun, ended, payment]


def _review(
    order: Order, texts: Sequence[EngravedText], status: ReviewStatus
) -> PersonalisationReview:
    is_decided = status in {ReviewStatus.APPROVED, ReviewStatus.REJECTED}
    return PersonalisationReview(
        order_id=order.id,
        line_number=1,
        status=status,
        text_digest=digest_of(texts),
        decided_at=order.placed_at if is_decided else None,
        decided_by="staff:test" if is_decided else None,
        reason="测试" if is_decided else None,
    )
