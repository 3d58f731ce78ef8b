"""What orders and products earn, as their members are told: by the catalogue and what is paid."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.catalog.content import ProductStatus
from domain.catalog.models import Category, Product, Variant
from domain.kernel.db import Database
from domain.kernel.language import Bilingual
from domain.members.words import Channel
from domain.orders.earning.showing import ProductPoints, points_of_products
from domain.points.earning.programme import Bonus, Caps, GoodsRate, GoodsScope, Programme
from domain.points.earning.rules import Cap, Circumstances, Earning
from tests import make
from tests.api.client import statements_run
from tests.domain.orders.buying import Shop, a_buyer, a_shop, in_cart, quoted
from tests.domain.points.earning.desk import published
from tests.make import NOON

TITLE = Bilingual("双倍", "Double")
HERE = Circumstances(NOON, Channel.MINI_PROGRAM)


def doubled(*, products: tuple[UUID, ...] = (), categories: tuple[UUID, ...] = ()) -> GoodsRate:
    return GoodsRate(title=TITLE, goods=GoodsScope(products, categories), rate_bp=20_000)


async def product_of(database: Database, variant_id: UUID) -> UUID:
    async with database.writes() as session:
        found = await session.scalar(select(Variant.product_id).where(Variant.id == variant_id))
    assert found is not None
    return found


async def a_product(database: Database, *prices_fen: int) -> UUID:
    async with database.writes.begin() as session:
        return (await make.product(session, prices_fen=prices_fen)).id


async def shelves_above(database: Database, shop: Shop) -> list[UUID]:
    """The categories of the shop's product, the nearest first, once they are three deep."""
    async with database.writes.begin() as session:
        top = await make.category(session)
        middle = await make.category(session, parent=top)
        nearest = await make.category(session, parent=middle)
        moved = update(Product).values(category_id=nearest.id)
        await session.execute(
            moved.where(
                Product.id
                == select(Variant.product_id)
                .where(Variant.id == shop.variants[0])
                .scalar_subquery()
            )
        )
    return [nearest.id, middle.id, top.id]


async def earned(database: Database, member_id: UUID) -> Earning:
    earning = (await quoted(database, member_id)).earning
    assert earning is not None
    return earning


async def test_a_quote_tells_what_its_lines_earn_without_the_freight(database: Database):
    shop = await a_shop(database, prices_fen=(1_550, 2_060))
    buyer = await a_buyer(database)
    assert (await quoted(database, buyer)).earning is None
    for variant in shop.variants:
        await in_cart(database, buyer, variant)
    # Nothing is earned before any rules were published.
    nothing = await earned(database, buyer)
    assert (nothing.version, nothing.granted) == (0, 0)
    bonus = Bonus(title=TITLE, bonus_bp=1_000, ends_at=NOON + timedelta(days=1))
    await published(database, Programme(base_rate_bp=10_000, bonuses=(bonus,), caps=Caps(order=30)))
    earning = await earned(database, buyer)
    # 36.10 yuan: 36 points, and 3.6 on top.
    assert (earning.version, earning.wanted, earning.granted) == (1, 39, 30)
    assert (earning.limited_by, earning.bonuses) == (Cap.ORDER, (bonus,))
    assert [line.granted for line in earning.lines] == [13, 17]
    assert [line.base_fen for line in earning.lines] == [1_550, 2_060]


@pytest.mark.parametrize("depth", [0, 1, 2])
async def test_a_category_is_for_all_that_stands_below_it(database: Database, depth: int):
    shop = await a_shop(database, prices_fen=(10_000,))
    shelves = await shelves_above(database, shop)
    buyer = await a_buyer(database)
    await in_cart(database, buyer, shop.variants[0])
    rate = doubled(categories=(shelves[depth],))
    await published(database, Programme(base_rate_bp=10_000, rates=(rate,)))
    assert (await earned(database, buyer)).granted == 200
    product = await product_of(database, shop.variants[0])
    found = await points_of_products(database.reads, [product], HERE)
    assert [each.points for each in found[product].variants] == [200]


async def test_a_product_is_told_by_its_variants_in_two_statements_however_many(
    database: Database,
):
    products = [await a_product(database, 1_000 * n, 50) for n in (1, 2, 3)]
    bonus = Bonus(title=TITLE, bonus_bp=5_000, channels=(Channel.MINI_PROGRAM,))
    rate = doubled(products=(products[1],))
    await published(database, Programme(base_rate_bp=10_000, rates=(rate,), bonuses=(bonus,)))
    for asked in (products[:1], [*products, make.an_id()]):
        before = statements_run()
        found = await points_of_products(database.reads, asked, HERE)
        assert statements_run() - before == 2
        assert set(found) == {*asked} & {*products}
    told = [[each.points for each in found[key].variants] for key in products]
    assert told == [[15, 0], [60, 1], [45, 0]]
    assert found[products[0]].bonuses == (bonus,)
    at_a_pad = await points_of_products(
        database.reads, products[:1], Circumstances(NOON, Channel.PAD)
    )
    assert points(at_a_pad[products[0]]) == [10, 0]
    assert at_a_pad[products[0]].bonuses == ()


def points(product: ProductPoints) -> list[int]:
    return [each.points for each in product.variants]


async def test_what_cannot_be_seen_earns_nobody_anything(database: Database):
    hidden, unsold, seen = [await a_product(database, 1_000) for _ in range(3)]
    async with database.writes.begin() as session:
        shelf = select(Product.category_id).where(Product.id == hidden).scalar_subquery()
        await session.execute(
            update(Category).where(Category.id == shelf).values(is_hidden=True, is_visible=False)
        )
        await session.execute(
            update(Product).where(Product.id == unsold).values(status=ProductStatus.DRAFT)
        )
    assert set(await points_of_products(database.reads, [hidden, unsold, seen], HERE)) == {seen}
