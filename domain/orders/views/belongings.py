"""What belongs to orders: their lines, what was reduced, and their history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.views.structs import PRODUCT, VARIANT, Image
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.orders.cart.models import EngravedText
from domain.orders.models import (
    DiscountAllocation,
    Order,
    OrderHistory,
    OrderLine,
    PersonalisationReview,
)
from domain.orders.shipping.models import Shipment
from domain.orders.views import timeline
from domain.orders.views.structs import OrderLineView, OrderReduction, Reading, TimelineEntry
from domain.orders.words import (
    Carrier,
    CloseReason,
    DiscountClass,
    Funder,
    OrderStatus,
    ReviewStatus,
    ShipmentKind,
)

Reductions = Mapping[tuple[UUID, int], list[OrderReduction]]
"""What was taken off, by order and number of the line."""

_TEXTS = msgspec.json.Decoder(list[EngravedText])
_IDS = bindparam("ids", type_=ARRAY(UuidColumn))
_REJECTED: ColumnElement[str] = literal_column(f"'{ReviewStatus.REJECTED}'")


async def lines_of(
    reads: ReadPool, reading: Reading, ids: Sequence[UUID], reductions: Reductions
) -> dict[UUID, list[OrderLineView]]:
    """The lines of each order, in their order; ``reductions`` are `reductions_of` it."""
    lines: dict[UUID, list[OrderLineView]] = defaultdict(list)
    for row in await _lines(reading.language).rows(reads, ids=ids):
        lines[row["order_id"]].append(_line(reading, row, reductions))
    return lines


async def reductions_of(reads: ReadPool, reading: Reading, ids: Sequence[UUID]) -> Reductions:
    """What was taken off the lines and the freight of each order, in the order of the stages."""
    reductions: dict[tuple[UUID, int], list[OrderReduction]] = defaultdict(list)
    for row in await _reductions(reading.language).rows(reads, ids=ids):
        reductions[row["order_id"], row["line_number"]].append(
            OrderReduction(
                source=row["source"],
                discount_class=DiscountClass(row["discount_class"]),
                title=row["title"],
                funder=Funder(row["funder"]),
                amount_fen=Fen(row["fen"]),
            )
        )
    return reductions


async def timelines_of(
    reads: ReadPool, reading: Reading, around: Mapping[UUID, timeline.Around]
) -> dict[UUID, list[TimelineEntry]]:
    """What has happened to each order, the latest last, and what has to happen until when."""
    found: dict[UUID, list[TimelineEntry]] = defaultdict(list)
    for row in await _history().rows(reads, ids=[*around]):
        order_id, at, word, reason, why, actor, *parcel = row
        status = OrderStatus(word)
        text = timeline.told(
            status,
            CloseReason(reason) if reason else None,
            actor=actor,
            at=at,
            around=replace(around[order_id], parcel=_parcel(*parcel)),
            why=why,
            language=reading.language,
        )
        found[order_id].append(TimelineEntry(at, status, text))
    return found


def _parcel(
    ordinal: int | None, kind: str, carrier: str | None, tracking_number: str | None
) -> timeline.ToldParcel | None:
    if ordinal is None:
        return None
    brings = Carrier(carrier) if carrier else None
    return timeline.ToldParcel(ordinal, ShipmentKind(kind), brings, tracking_number)


def _line(reading: Reading, row: Record, reductions: Reductions) -> OrderLineView:
    return OrderLineView(
        number=row["number"],
        product_id=public_id(PRODUCT, row["product_id"]),
        variant_id=public_id(VARIANT, row["variant_id"]),
        sku=row["sku"],
        product_title=row["product_title"],
        variant_title=row["variant_title"],
        image=Image(reading.media_url + row["image_key"], row["product_title"]),
        units=row["units"],
        unit_fen=Fen(row["unit_fen"]),
        personalisation=_TEXTS.decode(row["personalisation"]),
        personalisation_unit_fen=Fen(row["personalisation_unit_fen"]),
        review=ReviewStatus(row["review"]) if row["review"] else None,
        review_reason=row["review_reason"],
        list_fen=Fen(row["list_fen"]),
        reductions=(
            reductions.get((row["order_id"], row["number"]), [])
            if reading.parts.reductions
            else None
        ),
        payable_fen=Fen(row["payable_fen"]),
        delivery_note=row["delivery_note"],
    )


@cache
def _lines(language: Language) -> HotRead:
    line, review = OrderLine, PersonalisationReview
    is_zh = language is Language.ZH
    note = line.delivery_note_zh if is_zh else line.delivery_note_en
    return HotRead(
        select(
            line.order_id,
            line.number,
            line.product_id,
            line.variant_id,
            line.sku,
            (line.product_title_zh if is_zh else line.product_title_en).label("product_title"),
            (line.variant_title_zh if is_zh else line.variant_title_en).label("variant_title"),
            line.image_key,
            line.units,
            line.unit_fen,
            line.personalisation,
            line.personalisation_unit_fen,
            line.list_fen,
            line.payable_fen,
            review.status.label("review"),
            case((_is_delivered(), note)).label("delivery_note"),
            # Of what was allowed the words are for colleagues alone.
            case((review.status == _REJECTED, review.reason)).label("review_reason"),
        )
        .outerjoin(review, (review.order_id == line.order_id) & (review.line_number == line.number))
        .where(line.order_id == any_(_IDS))
        .order_by(line.order_id, line.number)
    )


def _is_delivered() -> ColumnElement[bool]:
    """Whether a line has a note whose order was delivered; without one nothing is looked up.

    Of an order that is closed, since all of it was refunded, nobody has anything to use.
    """
    delivered = exists().where(
        Shipment.order_id == OrderLine.order_id,
        Shipment.kind == literal_column(f"'{ShipmentKind.VIRTUAL}'"),
        Order.id == Shipment.order_id,
        Order.status != literal_column(f"'{OrderStatus.CLOSED}'"),
    )
    return and_(OrderLine.delivery_note_zh != literal_column("''"), delivered)


@cache
def _reductions(language: Language) -> HotRead:
    each = DiscountAllocation
    title = each.title_zh if language is Language.ZH else each.title_en
    return HotRead(
        select(
            each.order_id,
            each.line_number,
            each.source,
            each.discount_class,
            title.label("title"),
            each.funder,
            each.fen,
        )
        .where(each.order_id == any_(_IDS))
        .order_by(each.order_id, each.line_number, each.position)
    )


@cache
def _history() -> HotRead:
    move, review = OrderHistory, PersonalisationReview
    why = (
        select(review.reason)
        .where(
            review.order_id == move.order_id,
            review.status == _REJECTED,
            move.reason == literal_column(f"'{CloseReason.PERSONALISATION_REJECTED}'"),
        )
        .order_by(review.line_number)
        .limit(literal_column("1"))
        .correlate(move)
        .scalar_subquery()
    )
    most = literal_column(str(timeline.MOST_ENTRIES), BigInteger)
    return HotRead(
        select(
            move.order_id,
            move.at,
            move.to_status,
            move.reason,
            func.coalesce(move.note, why),
            move.actor,
            Shipment.ordinal,
            Shipment.kind,
            Shipment.carrier,
            Shipment.tracking_number,
        )
        .join(Order, Order.id == move.order_id)
        .outerjoin(Shipment, (Shipment.order_id == Order.id) & (Shipment.move == move.number))
        .where(move.order_id == any_(_IDS), move.number > Order.history - most)
        .order_by(move.order_id, move.number)
    )
