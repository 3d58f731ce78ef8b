"""A few orders of the first members: some wait for their payment, the others are closed.

They are written as placing and closing would have left them, the stock that is held included.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.addresses.rules import AddressContent
from domain.addresses.sealing import sealed_content
from domain.catalog.content import ProductKind, ProductStatus
from domain.catalog.models import Product, Variant
from domain.freight.rules import FreightCharge, freight
from domain.freight.views import Arrangement, in_force
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.members.actions.phones import phone_key
from domain.members.phone_numbers import last_digits
from domain.members.words import Channel
from domain.orders import models as orders
from domain.orders.models import FREIGHT_LINE, AddressSnapshot
from domain.orders.numbers import order_number
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    DiscountClass,
    Funder,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
)
from domain.stock.holding import LockedLevels, lock_levels, of_order, write_decided
from domain.stock.models import StockLevel
from domain.stock.rules import Reason
from sandbox.brand.agreements import Sealing, phone_of
from sandbox.brand.copying import copy
from sandbox.brand.people import DemoMember
from sandbox.brand.rows import Row

ORDERS = 60
OPEN = 8
"""How many of them, the latest, wait for their payment."""
BUYERS = 20
_TO_CHOOSE_FROM = 40
_LEAST_UNITS = 20
_TIME_TO_PAY = timedelta(minutes=30)
_BETWEEN = timedelta(hours=7)
_NOTES = (None, None, "请尽快发货", "送人的，请不要放价签", "工作日送货")
_WORKER = "worker:close_due_orders"
_HOMES = (
    ("310106", ("上海市", "静安区"), "南京西路 1266 号"),
    ("110105", ("北京市", "朝阳区"), "三里屯路 19 号"),
    ("510107", ("四川省", "成都市", "武侯区"), "人民南路四段 27 号"),
    ("440106", ("广东省", "广州市", "天河区"), "天河路 228 号"),
)
_ENDINGS = (
    (CloseReason.NOT_PAID_IN_TIME, _TIME_TO_PAY, None),
    (CloseReason.CANCELLED_BY_MEMBER, timedelta(minutes=6), None),
    (CloseReason.NOT_PAID_IN_TIME, _TIME_TO_PAY, None),
    (CloseReason.CANCELLED_BY_STAFF, timedelta(minutes=12), "商品在盘点中破损，抱歉无法发货"),
)


@dataclass(slots=True)
class _Rows:
    """The rows of all orders, by table."""

    orders: list[Row] = field(default_factory=list[Row])
    lines: list[Row] = field(default_factory=list[Row])
    allocations: list[Row] = field(default_factory=list[Row])
    payments: list[Row] = field(default_factory=list[Row])
    deadlines: list[Row] = field(default_factory=list[Row])
    history: list[Row] = field(default_factory=list[Row])


@dataclass(frozen=True, slots=True)
class Shop:
    """Where orders take their units, by whom of the staff some are cancelled, and in which mall."""

    seed: int
    place_id: UUID
    staff: str
    sealing: Sealing
    at: datetime


async def add_orders(session: WriteSession, shop: Shop, buyers: Sequence[DemoMember]) -> None:
    """Add the orders of these members; none where nothing can be bought."""
    goods = await _goods(session, shop)
    if not goods or not buyers:
        return
    arrangement = await in_force(session)
    levels = await lock_levels(session, {(each.id, shop.place_id) for each in goods})
    rows = _Rows()
    for number in range(ORDERS):
        made = _Made(shop, number, buyers[number % len(buyers)], arrangement)
        made.write(goods, rows)
        made.hold(levels)
    await copy(session, orders.Order, rows.orders)
    await copy(session, orders.OrderLine, rows.lines)
    await copy(session, orders.DiscountAllocation, rows.allocations)
    await copy(session, orders.OrderPayment, rows.payments)
    await copy(session, orders.OrderDeadline, rows.deadlines)
    await copy(session, orders.OrderHistory, rows.history)
    await write_decided(session, levels, at=shop.at)


async def _goods(session: WriteSession, shop: Shop) -> Sequence[Any]:
    """Variants that people can buy, with more units than all orders together take of one."""
    columns = (
        Variant.id,
        Variant.product_id,
        Variant.sku,
        Variant.title_zh,
        Variant.title_en,
        Variant.price_fen,
        Variant.weight_grams,
        Product.title_zh.label("product_zh"),
        Product.title_en.label("product_en"),
        Product.image_key,
    )
    found = await session.execute(
        select(*columns)
        .join(Product, Product.id == Variant.product_id)
        .join(StockLevel, StockLevel.variant_id == Variant.id)
        .where(
            Product.status == ProductStatus.PUBLISHED,
            Product.kind == ProductKind.PHYSICAL,
            Product.visible_from <= shop.at,
            StockLevel.place_id == shop.place_id,
            StockLevel.on_hand >= _LEAST_UNITS,
        )
        .order_by(Variant.id)
        .limit(_TO_CHOOSE_FROM)
    )
    return found.all()


class _Made:
    """One order; the last ones wait for their payment."""

    def __init__(
        self, shop: Shop, number: int, buyer: DemoMember, arrangement: Arrangement
    ) -> None:
        self._shop, self._number, self._buyer, self._freight = shop, number, buyer, arrangement
        self._random = Random(f"order {shop.seed} {number}")
        self._is_open = number >= ORDERS - OPEN
        self._placed_at = self._moment()
        self._id = new_id(self._placed_at, self._random)
        self._units: list[tuple[UUID, int]] = []

    def write(self, goods: Sequence[Any], rows: _Rows) -> None:
        """Write the order with all that belongs to it."""
        count = min(len(goods), self._random.choice((1, 1, 2, 3)))
        lines = [
            self._line(place, each)
            for place, each in enumerate(self._random.sample(goods, count), start=1)
        ]
        self._units = [(line["variant_id"], line["units"]) for line in lines]
        order = self._order(lines)
        rows.orders.append(order)
        rows.lines += lines
        rows.allocations += self._allocations(order)
        rows.payments.append(self._payment(order))
        if self._is_open:
            key = {"order_id": self._id, "purpose": PaymentPurpose.FULL}
            rows.deadlines.append({**key, "due_at": self._placed_at + _TIME_TO_PAY})
        rows.history += self._history()

    def hold(self, levels: LockedLevels) -> None:
        """Hold the units, and give them back where the order is closed."""
        reasons = (Reason.HELD,) if self._is_open else (Reason.HELD, Reason.RELEASED)
        for reason in reasons:
            movements = of_order(self._id, self._shop.place_id, self._units, reason)
            missing = levels.move(movements, actor=self._member)
            assert missing is None

    @property
    def _member(self) -> str:
        return f"member:{self._buyer.id.hex}"

    @property
    def _ending(self) -> tuple[CloseReason, timedelta, str | None]:
        return _ENDINGS[self._number % len(_ENDINGS)]

    def _moment(self) -> datetime:
        before = ORDERS - self._number
        if self._is_open:
            return self._shop.at - before * timedelta(minutes=2)
        return self._shop.at - before * _BETWEEN - timedelta(minutes=self._random.randrange(300))

    def _line(self, place: int, goods: Any) -> Row:
        units, fen = self._random.choice((1, 1, 1, 2)), goods.price_fen.fen
        return {
            "order_id": self._id,
            "number": place,
            "variant_id": goods.id,
            "product_id": goods.product_id,
            "sku": goods.sku,
            "product_title_zh": goods.product_zh,
            "product_title_en": goods.product_en,
            "variant_title_zh": goods.title_zh,
            "variant_title_en": goods.title_en,
            "image_key": goods.image_key,
            "units": units,
            "unit_fen": fen,
            "personalisation": (),
            "personalisation_unit_fen": 0,
            "list_fen": units * fen,
            "payable_fen": units * fen,
            "weight_grams": goods.weight_grams,
        }

    def _order(self, lines: Sequence[Row]) -> Row:
        total = sum(line["list_fen"] for line in lines)
        charge = self._charge(lines, total)
        reason, after, _ = self._ending
        phone = phone_of(self._number % BUYERS)
        vault = self._shop.sealing.vault
        return {
            "id": self._id,
            "number": order_number(self._placed_at, self._random),
            "member_id": self._buyer.id,
            "channel": Channel.MINI_PROGRAM,
            "status": OrderStatus.PENDING_PAYMENT if self._is_open else OrderStatus.CLOSED,
            "delivery": DeliveryMethod.DELIVERY,
            "place_id": self._shop.place_id,
            "address": self._address(phone),
            "recipient_phone_index": phone_key(vault, phone),
            "member_note": self._random.choice(_NOTES),
            "units": sum(line["units"] for line in lines),
            "list_fen": total,
            "discount_fen": 0,
            "freight_list_fen": charge.list_fen,
            "freight_discount_fen": charge.reduced_fen,
            "payable_fen": total + charge.charged_fen,
            "freight_version": self._freight.number,
            "placed_at": self._placed_at,
            "closed_at": None if self._is_open else self._placed_at + after,
            "close_reason": None if self._is_open else reason,
            "history": 1 if self._is_open else 2,
        }

    def _charge(self, lines: Sequence[Row], total_fen: int) -> FreightCharge:
        code, _, _ = _HOMES[self._number % len(_HOMES)]
        grams = sum(line["units"] * line["weight_grams"] for line in lines)
        charge = freight(self._freight.rules, code, grams, total_fen)
        assert isinstance(charge, FreightCharge)
        return charge

    def _address(self, phone: str) -> AddressSnapshot:
        code, names, street = _HOMES[self._number % len(_HOMES)]
        sealing, address_id = self._shop.sealing, new_id(self._placed_at, self._random)
        door = f"{street} {self._random.randrange(1, 30)} 楼"
        content = AddressContent(self._buyer.name, phone, door, None, None)
        sealed = sealed_content(sealing.vault, address_id, content, random=sealing.random)
        return AddressSnapshot(address_id, code, names, last_digits(phone), sealed)

    def _allocations(self, order: Row) -> Iterator[Row]:
        if order["freight_discount_fen"]:
            yield {
                "order_id": self._id,
                "line_number": FREIGHT_LINE,
                "position": 1,
                "source": f"freight:{self._freight.number}",
                "discount_class": DiscountClass.SHIPPING,
                "title_zh": "满额包邮",
                "title_en": "Free delivery",
                "funder": Funder.MERCHANT,
                "fen": order["freight_discount_fen"],
            }

    def _payment(self, order: Row) -> Row:
        return {
            "order_id": self._id,
            "purpose": PaymentPurpose.FULL,
            "amount_fen": order["payable_fen"],
            "status": PaymentStatus.DUE if self._is_open else PaymentStatus.VOID,
            "due_at": self._placed_at + _TIME_TO_PAY,
        }

    def _history(self) -> Iterator[Row]:
        waiting, closed = OrderStatus.PENDING_PAYMENT, OrderStatus.CLOSED
        yield self._move(1, None, waiting, None, self._member, self._placed_at, None)
        if not self._is_open:
            reason, after, note = self._ending
            actors = {
                CloseReason.CANCELLED_BY_MEMBER: self._member,
                CloseReason.CANCELLED_BY_STAFF: self._shop.staff,
            }
            actor = actors.get(reason, _WORKER)
            yield self._move(2, waiting, closed, reason, actor, self._placed_at + after, note)

    def _move(self, number: int, *values: object) -> Row:
        names = ("from_status", "to_status", "reason", "actor", "at", "note")
        row = dict(zip(names, values, strict=True))
        return {"order_id": self._id, "number": number, **row}
