"""Fills an empty mall with the demo brand, in one transaction."""

from datetime import datetime
from pathlib import Path
from random import Random

from sqlalchemy import func, insert, select

from domain.catalog import models
from domain.kernel.db import WriteSession
from domain.stock.actions import Movement, move
from domain.stock.models import Place
from domain.stock.rules import Reason
from sandbox.brand.pictures import draw_missing
from sandbox.brand.range import (
    DemoCategory,
    DemoPlace,
    DemoProduct,
    demo_places,
    demo_range,
)

DEFAULT_SEED = 8
_ONE_SEED = 0x5345_4544


async def seed(session: WriteSession, media_folder: Path, *, number: int, at: datetime) -> int:
    """Add the demo range to a mall that sells nothing yet; answers with the products added.

    A mall that has a category is left as it is: what an operator changed or deleted in the demo
    does not come back. Pictures are drawn again where they are missing.
    """
    categories, products = demo_range(number)
    draw_missing(products, media_folder)
    # Two that look at once would both find it empty.
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_SEED)))
    if await session.scalar(select(models.Category.id).limit(1)):
        return 0
    await _add(session, categories, products)
    random = Random(number)
    await _stock(session, products, demo_places(number), random, at=at)
    return len(products)


async def _add(
    session: WriteSession, categories: list[DemoCategory], products: list[DemoProduct]
) -> None:
    await session.execute(
        insert(models.Category),
        [
            {
                "id": each.id,
                "code": f"SHELF-{position + 1}",
                "depth": 1,
                "position": position,
                "title_zh": each.title_zh,
                "title_en": each.title_en,
                "is_hidden": False,
                "is_visible": True,
            }
            for position, each in enumerate(categories)
        ],
    )
    await session.execute(
        insert(models.Product),
        [
            {
                "id": each.id,
                "code": each.variants[0].sku.rpartition("-")[0],
                "visible_from": each.launched_at,
                "from_price_fen": min(variant.price.fen for variant in each.variants),
                "category_id": each.category_id,
                "title_zh": each.title_zh,
                "title_en": each.title_en,
                "image_key": each.image_key,
            }
            for each in products
        ],
    )
    await _add_variants(session, products)


async def _add_variants(session: WriteSession, products: list[DemoProduct]) -> None:
    await session.execute(
        insert(models.Variant),
        [
            {
                "id": each.id,
                "product_id": product.id,
                "position": position,
                "sku": each.sku,
                "title_zh": each.title,
                "title_en": each.title,
                "price_fen": each.price,
            }
            for product in products
            for position, each in enumerate(product.variants)
        ],
    )


async def _stock(
    session: WriteSession,
    products: list[DemoProduct],
    places: list[DemoPlace],
    random: Random,
    *,
    at: datetime,
) -> None:
    """Deliver to every place; some variants are sold out in some of them."""
    await session.execute(
        insert(Place),
        [
            {
                "id": each.id,
                "code": each.code,
                "kind": each.kind,
                "title_zh": each.title_zh,
                "title_en": each.title_en,
            }
            for each in places
        ],
    )
    deliveries = [
        Movement(variant.id, place.id, Reason.RECEIVED, units, f"opening:{place.code}")
        for product in products
        for variant in product.variants
        for place in places
        if (units := random.randrange(-place.most_units // 8, place.most_units)) > 0
    ]
    await move(session, deliveries, actor="demo", at=at)
