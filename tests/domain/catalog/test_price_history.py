"""The lowest price of the last seven days, beside a naive look at every hour of them."""

from datetime import timedelta
from random import Random

from sqlalchemy import insert, select

from domain.catalog import models
from domain.catalog.views.products import product
from domain.catalog.views.structs import Parts, Reading
from domain.catalog.views.variants import RECENT
from domain.kernel.db import Database
from domain.kernel.language import Language
from tests import make
from tests.make import NOON

LOOK = Reading(Language.ZH, NOON, "", Parts(variants=True, lowest_recent_price=True))
History = list[tuple[int, int, bool]]
"""Hours before noon, the earliest first; prices; whether it was on offer."""


def a_history(random: Random) -> History:
    """Up to eight changes in two weeks, each in an hour of its own."""
    hours = sorted(random.sample(range(14 * 24), random.randint(1, 8)), reverse=True)
    return [(hour, random.randint(1, 9), random.random() < 0.7) for hour in hours]


def lowest(history: History) -> int | None:
    """The least price that an hour of the seven days saw on offer."""
    offers: list[int] = []
    for hour in range(int(RECENT / timedelta(hours=1)) + 1):
        in_force = [each for each in history if each[0] >= hour]
        if in_force and in_force[-1][2]:
            offers.append(in_force[-1][1])
    return min(offers, default=None)


async def test_the_lowest_recent_price_is_what_every_hour_says(database: Database, random: Random):
    histories = [a_history(random) for _ in range(100)]
    async with database.writes.begin() as session:
        made = await make.product(session, prices_fen=(100,) * len(histories))
        own = models.Variant.product_id == made.id
        in_order = select(models.Variant.id).where(own).order_by(models.Variant.position)
        rows = [
            {
                "variant_id": variant_id,
                "number": number,
                "price_fen": price,
                "is_offered": is_offered,
                "offered_from": None,
                "offered_until": None,
                "actor": "test",
                "recorded_at": NOON - timedelta(hours=hours),
            }
            for variant_id, history in zip(await session.scalars(in_order), histories, strict=True)
            for number, (hours, price, is_offered) in enumerate(history, start=1)
        ]
        await session.execute(insert(models.PriceEntry), rows)
    seen = await product(database.reads, LOOK, made.id)
    assert seen is not None
    assert [each.lowest_recent_price_fen for each in seen.variants or ()] == [
        lowest(history) for history in histories
    ]
