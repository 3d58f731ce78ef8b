"""The demo brand in PostgreSQL: all of it or, to whoever looks, nothing."""

import asyncio
from datetime import timedelta
from random import Random

import asyncpg
import msgspec
import pytest
from sqlalchemy import func, select

from cli.audit import INVARIANTS
from cli.seed import fill
from domain.addresses.models import Address
from domain.addresses.rules import WrittenAddress, judged
from domain.addresses.sealing import opened_content
from domain.catalog import models
from domain.catalog.home import LinkKind
from domain.catalog.views.home import home_page
from domain.catalog.views.listing import ProductFilter, products
from domain.catalog.views.shape import ProductSort
from domain.catalog.views.structs import Parts, Product, Reading
from domain.favourites.models import Favourite
from domain.freight.views import Arrangement, in_force_now
from domain.kernel.audit import violations
from domain.kernel.db import Base, Database
from domain.kernel.language import Language
from domain.kernel.sealing import Vault
from domain.members.actions.phones import opened
from domain.members.models import ConsentEntry, ConsentText, Member, MemberPhone
from domain.members.phone_numbers import e164, e164_at_home
from domain.members.words import ConsentPurpose
from domain.orders.redeeming.views import OfferReading, offers
from domain.points.earning.checking import problems_of
from domain.points.earning.programme import Edition
from domain.points.earning.views import in_force_now as points_rules_now
from domain.staff.models import StaffMember
from domain.stock.models import StockEntry, StockLevel
from domain.stores.views import all_pick_up_stores
from sandbox.brand.agreements import CONSENTING, Sealing, phone_of
from sandbox.brand.favourites import favourite_rows
from sandbox.brand.freight import RULES
from sandbox.brand.homes import ALL_ADDRESSED, address_rows
from sandbox.brand.numbering import Numbered, id_of, number_of
from sandbox.brand.people import demo_members
from sandbox.brand.points import programme
from sandbox.brand.range import CORE, age_of, names
from sandbox.brand.seeding import PRODUCTS_AT_ONCE, SeedBegunOtherwise, Seeding, Wish
from tests import make
from tests.make import NOON

SMALL = Wish(products=30, members=20)
TWO_BATCHES = Wish(products=PRODUCTS_AT_ONCE + 5, members=10)
READING = Reading(Language.ZH, NOON, "https://mall.example/media/", Parts(variants=True))


async def count(database: Database, model: type[Base]) -> int:
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def seen(database: Database, *, first: int = 100) -> list[Product]:
    page = await products(
        database.reads, READING, ProductFilter(), sort=ProductSort.NEWEST, first=first, after=None
    )
    return page.items


async def step(database: Database, wish: Wish) -> None:
    async with database.writes.begin() as session:
        assert await Seeding(wish, NOON).take_step(session)


async def test_an_empty_mall_gets_the_whole_brand(database: Database):
    progress = await fill(database, Wish(), at=NOON)

    assert progress
    assert (progress.products, progress.members, progress.is_whole) == (CORE, 500, True)
    assert await count(database, models.Product) == CORE
    assert await count(database, Member) == 500
    assert await count(database, StaffMember) == 25
    newest = await seen(database)
    assert len(newest) == 100
    assert all(product.variants for product in newest)
    home = await home_page(database.reads, READING)
    assert [len(section.products) > 3 for section in home.sections] == [True] * 3
    assert {banner.link.kind for banner in home.banners if banner.link} == set(LinkKind)


async def test_the_first_members_have_agreed_and_have_phones(database: Database):
    sealing = Sealing(Vault([b"k" * 32]), Random(1))
    await fill(database, Wish(products=3, members=CONSENTING + 50), at=NOON, sealing=sealing)

    assert await count(database, ConsentText) == len(ConsentPurpose)
    async with database.writes() as session:
        entries = await session.execute(
            select(ConsentEntry.purpose, func.count().label("members")).group_by(
                ConsentEntry.purpose
            )
        )
        said = {row.purpose: row.members for row in entries}
        phone = (
            await session.scalars(select(MemberPhone).order_by(MemberPhone.member_id).limit(1))
        ).one()
    assert (said[ConsentPurpose.TERMS], said[ConsentPurpose.PRIVACY]) == (CONSENTING, CONSENTING)
    assert said[ConsentPurpose.PHONE] == await count(database, MemberPhone) > CONSENTING // 2
    number = opened(sealing.vault, phone.member_id, phone.sealed)
    assert number == e164(number) == phone_of(number_of(phone.member_id))
    async with database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name


async def test_goods_have_a_weight_delivery_has_a_price_and_all_stores_hand_out(
    database: Database,
):
    await fill(database, Wish(products=20, members=1), at=NOON)
    assert await in_force_now(database.reads) == Arrangement(1, RULES)
    stores = await all_pick_up_stores(database.reads)
    assert [each.code for each in stores] == ["ST-BJ", "ST-CD", "ST-GZ", "ST-HZ", "ST-SH"]
    async with database.writes() as session:
        weights = await session.scalars(select(models.Variant.weight_grams))
        assert all(30 <= grams <= 1_000 for grams in weights)


async def test_the_brand_gives_points_by_rules_that_are_whole(database: Database):
    await fill(database, Wish(products=20, members=1), at=NOON)
    edition = await points_rules_now(database.reads, at=NOON - age_of(0))
    known = names(Wish().seed)
    assert edition == Edition(1, programme(known, NOON))
    assert problems_of(edition.programme) == []
    async with database.writes() as session:
        shelves = set(await session.scalars(select(models.Category.id)))
    assert {each for rate in edition.programme.rates for each in rate.goods.category_ids} <= shelves


async def test_the_points_mall_has_three_offers_of_which_one_opens_later(database: Database):
    await fill(database, SMALL, at=NOON)
    reading = OfferReading(Language.EN, NOON, "")
    page = await offers(database.reads, reading, first=10, after=None)
    cash, points_only, later = page.items
    assert cash.cash_fen > 0
    assert (points_only.cash_fen, later.cash_fen) == (0, 0)
    assert later.opens_at > NOON == cash.opens_at == points_only.opens_at
    assert all(each.left and each.points and each.image.url for each in page.items)
    assert len({each.product_id for each in page.items}) == 3


async def test_the_first_members_and_a_tenth_of_the_others_have_an_address(database: Database):
    sealing = Sealing(Vault([b"k" * 32]), Random(1))
    wish = Wish(products=30, members=ALL_ADDRESSED + 100)
    await fill(database, wish, at=NOON, sealing=sealing)

    async with database.writes() as session:
        homes = list(await session.scalars(select(Address).order_by(Address.id)))
    addressed = {each.member_id for each in homes}
    assert len(addressed) == ALL_ADDRESSED + 10 < len(homes)
    for each in homes:
        content = opened_content(sealing.vault, each.id, each.sealed)
        assert e164_at_home(content.phone) == content.phone
        written = WrittenAddress(
            region_code=each.district_code or each.city_code, **msgspec.structs.asdict(content)
        )
        assert judged(written)[0] == content
    async with database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name


async def test_the_same_seed_makes_the_same_addresses_and_favourites(database: Database):
    members = list(demo_members(8, 0, 50))
    sealed = {"sealed", "phone_index"}
    one, other = (
        [
            {name: value for name, value in row.items() if name not in sealed}
            for row in address_rows(members, NOON, Sealing(Vault([key * 32]), Random(1)))
        ]
        for key in (b"k", b"l")
    )
    assert one == other
    assert favourite_rows(8, members, CORE, NOON) == favourite_rows(8, members, CORE, NOON)


async def test_the_first_members_like_what_is_there(database: Database):
    await fill(database, Wish(products=50, members=40), at=NOON)
    liked = await count(database, Favourite)
    assert 40 < liked < 40 * 8
    async with database.writes() as session:
        added = list(await session.scalars(select(Favourite.added_at)))
    assert max(added) < NOON


async def test_without_a_key_nobody_has_a_phone_or_an_address(database: Database):
    await fill(database, SMALL, at=NOON)
    assert await count(database, MemberPhone) == 0
    assert await count(database, Address) == 0
    assert await count(database, ConsentEntry) >= 2 * SMALL.members


async def test_what_must_be_true_of_ledgers_and_prices_is_true_of_the_brand(
    database: Database, owner: asyncpg.Connection
):
    await fill(database, TWO_BATCHES, at=NOON)
    # As PostgreSQL does by itself soon; the application may not, and was taken for empty.
    await owner.execute("ANALYZE")

    assert await count(database, StockEntry) == await count(database, StockLevel) > 1_000
    last = models.PriceEntry
    async with database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == []
        in_order = select(
            last.number,
            func.row_number().over(partition_by=last.variant_id, order_by=last.recorded_at),
        )
        assert all(number == place for number, place in await session.execute(in_order))


async def test_nothing_is_seen_of_a_seed_that_was_interrupted_and_the_next_run_ends_it(
    database: Database,
):
    await step(database, TWO_BATCHES)
    async with database.writes() as session:
        # Killed before it could commit.
        await Seeding(TWO_BATCHES, NOON).take_step(session)

    assert await count(database, models.Product) == PRODUCTS_AT_ONCE
    assert await seen(database) == []
    assert await count(database, StaffMember) == 0
    assert await count(database, models.HomePage) == 0

    progress = await fill(database, TWO_BATCHES, at=NOON + timedelta(days=9))
    assert progress
    assert progress.is_whole
    assert len(await seen(database)) == 100
    async with database.writes() as session:
        made = await session.execute(
            select(models.Product.id, models.Product.created_at).order_by(models.Product.id)
        )
        assert [tuple(row) for row in made] == [
            # As if it had never been interrupted, to the day.
            (id_of(TWO_BATCHES.seed, Numbered.PRODUCT, number), NOON - age_of(number))
            for number in range(TWO_BATCHES.products)
        ]
        joined = await session.scalars(select(Member.joined_at).order_by(Member.id))
        members = demo_members(TWO_BATCHES.seed, 0, TWO_BATCHES.members)
        assert list(joined) == [NOON - member.age for member in members]


async def test_a_whole_brand_is_not_touched_again(database: Database):
    await fill(database, SMALL, at=NOON)
    assert await fill(database, Wish(products=60, members=40), at=NOON) is None
    assert await fill(database, Wish(seed=9), at=NOON) is None
    assert await count(database, models.Product) == 30


async def test_a_mall_that_sells_something_is_left_as_it_is(database: Database):
    async with database.writes.begin() as session:
        await make.product(session)
    assert await fill(database, SMALL, at=NOON) is None
    assert await count(database, models.Product) == 1
    assert await count(database, models.Category) == 1


async def test_the_beginning_of_another_seed_is_not_gone_on_with(database: Database):
    await step(database, TWO_BATCHES)
    with pytest.raises(SeedBegunOtherwise):
        await fill(database, Wish(seed=TWO_BATCHES.seed + 1), at=NOON)
    assert await count(database, models.Product) == PRODUCTS_AT_ONCE


async def test_two_seeds_at_once_make_one_brand(database: Database):
    await asyncio.gather(*(fill(database, SMALL, at=NOON) for _ in range(2)))
    assert await count(database, models.Product) == 30
    assert await count(database, Member) == 20
