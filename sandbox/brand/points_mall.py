"""What the demo brand offers for points: three things, of which one opens in a week."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.catalog.content import ProductKind, ProductStatus
from domain.catalog.models import Product, Variant
from domain.kernel.db import WriteSession
from domain.kernel.ids import new_id
from domain.kernel.money import Money
from domain.orders.redeeming.models import PointsOffer
from domain.stock.models import StockLevel
from sandbox.brand.copying import copy
from sandbox.brand.rows import Row

OFFERS = 3
_LEAST_UNITS = 100
_PRICES = Money(3_000), Money(30_000)
_FEN_OF_A_POINT = 5
_YUAN_FEN = 100
_LASTS = timedelta(days=90)
_WAITS = timedelta(days=7)


async def add_offers(session: WriteSession, seed: int, place_id: UUID, at: datetime) -> None:
    """Offer what the warehouse has plenty of; nothing where there is none."""
    goods = (await session.execute(_goods(place_id))).all()
    made = [
        _offer(number, row.id, row.price_fen.fen, seed=seed, at=at)
        for number, row in enumerate(goods)
    ]
    await copy(session, PointsOffer, made)


def _goods(place_id: UUID) -> Any:
    """First variants of what is sold without texts, at a middling price."""
    return (
        select(Variant.id, Variant.price_fen)
        .join(Product, Product.id == Variant.product_id)
        .join(StockLevel, StockLevel.variant_id == Variant.id)
        .where(
            StockLevel.place_id == place_id,
            StockLevel.on_hand - StockLevel.held >= _LEAST_UNITS,
            Product.status == ProductStatus.PUBLISHED,
            Product.kind == ProductKind.PHYSICAL,
            func.jsonb_array_length(Product.personalisation) == 0,
            Variant.position == 0,
            Variant.price_fen.between(*_PRICES),
        )
        .order_by(Variant.id)
        .limit(OFFERS)
    )


def _offer(number: int, variant_id: UUID, price_fen: int, *, seed: int, at: datetime) -> Row:
    """The first opens later, the second is for points alone, the third for points and cash."""
    cash_fen = price_fen // 2 // _YUAN_FEN * _YUAN_FEN if number == OFFERS - 1 else 0
    opens_at = at + _WAITS if number == 0 else at
    return {
        "id": new_id(at + timedelta(milliseconds=number), Random(f"points offer {seed} {number}")),
        "variant_id": variant_id,
        "points": -(-(price_fen - cash_fen) // _FEN_OF_A_POINT),
        "cash_fen": cash_fen,
        "allocated": _LEAST_UNITS // (number + 1),
        "member_limit": 2 if number else None,
        "opens_at": opens_at,
        "closes_at": opens_at + _LASTS,
    }
