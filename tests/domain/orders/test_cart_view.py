"""The cart as its member sees it: today's prices, what is wrong with each line, and the sums."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.catalog.content import Alphabet, PersonalisationField, ProductKind, ProductStatus
from domain.catalog.models import Category, Product, Variant
from domain.kernel.db import Database
from domain.kernel.language import Bilingual, Language
from domain.kernel.money import Money
from domain.orders.cart import actions
from domain.orders.cart.views import CartLineView, LineProblem
from domain.orders.words import ReviewStatus
from domain.stores.models import Place, PlaceKind
from tests import make, make_orders
from tests.api.client import statements_run
from tests.domain.orders.carts import a_member, add, cart, goods
from tests.make import NOON
from tests.make_orders import DATE_FIELD, FIELDS, NAME_FIELD


async def the_line(database: Database, member: UUID) -> CartLineView:
    (line,) = (await cart(database, member)).lines
    return line


async def change_product(database: Database, variant: UUID, **changes: Any) -> None:
    own = select(Variant.product_id).where(Variant.id == variant).scalar_subquery()
    async with database.writes.begin() as session:
        await session.execute(update(Product).where(Product.id == own).values(**changes))


async def test_a_line_shows_its_product_and_price_as_they_are_now(database: Database):
    member, (variant,) = await a_member(database), await goods(database, fields=FIELDS)
    await add(database, member, variant, 2, name="林小满", date="0526")
    async with database.writes.begin() as session:
        dearer = update(Variant).values(price_fen=Money(20000), title_zh="新款", title_en="New")
        await session.execute(dearer.where(Variant.id == variant))
    line = await the_line(database, member)
    assert (line.price_fen, line.personalisation_price_fen) == (20000, 700)
    assert (line.product_title, line.variant_title) == ("Camellia Eau de Toilette", "New")
    assert line.image.url.startswith("https://media/products/")
    assert [(each.code, each.title, each.text) for each in line.personalisation] == [
        ("name", "Name", "林小满"),
        ("date", "Date", "0526"),
    ]
    assert (line.review, line.problems, line.available) == (ReviewStatus.PENDING, [], None)
    (told,) = (await cart(database, member, Language.ZH)).lines
    assert (told.product_title, told.variant_title) == ("山茶淡香水", "新款")
    assert told.personalisation[0].title == "姓名"


async def test_the_newest_line_is_first_and_the_sums_are_of_what_is_selected(database: Database):
    member = await a_member(database)
    cheap, dear, gone = await goods(database, prices_fen=(100, 5000, 70), fields=FIELDS)
    first = await add(database, member, cheap, 3)
    await add(database, member, dear, 2, name="林")
    await add(database, member, gone, 9)
    async with database.writes.begin() as session:
        archived = update(Variant).values(position=None, archived_at=NOON)
        await session.execute(archived.where(Variant.id == gone))
    seen = await cart(database, member)
    assert [line.units for line in seen.lines] == [9, 2, 3]
    assert (seen.selected_lines, seen.selected_units) == (2, 5)
    assert seen.selected_goods_fen == 3 * 100 + 2 * (5000 + 500)
    async with database.writes.begin() as session:
        await actions.select_lines(session, member, [first.line_id], is_selected=False, at=NOON)
    seen = await cart(database, member)
    assert (seen.selected_lines, seen.selected_units, seen.selected_goods_fen) == (1, 2, 11000)


async def test_an_empty_cart_is_there(database: Database):
    seen = await cart(database, await a_member(database))
    assert (seen.lines, seen.selected_units, seen.selected_goods_fen) == ([], 0, 0)


@pytest.mark.parametrize(
    "gone",
    [
        {"status": ProductStatus.ARCHIVED},
        {"status": ProductStatus.DRAFT},
        {"visible_until": NOON, "visible_from": make.NOON.replace(year=2025)},
        {"kind": ProductKind.SERVICE},
    ],
)
async def test_what_is_not_sold_any_more_has_no_price_and_no_other_problem(
    database: Database, gone: dict[str, object]
):
    member, (variant,) = await a_member(database), await goods(database, units=None)
    await add(database, member, variant, 2)
    await change_product(database, variant, **gone, member_limit=1)
    line = await the_line(database, member)
    assert line.problems == [LineProblem.UNAVAILABLE]
    assert (line.price_fen, line.personalisation_price_fen, line.available) == (None, None, None)
    assert line.product_title


async def test_what_stands_on_a_hidden_shelf_is_not_sold(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    await add(database, member, variant)
    async with database.writes.begin() as session:
        await session.execute(update(Category).values(is_hidden=True, is_visible=False))
    assert (await the_line(database, member)).problems == [LineProblem.UNAVAILABLE]


async def test_stock_is_that_of_the_warehouse_and_of_all_selected_lines(database: Database):
    member, (variant,) = await a_member(database), await goods(database, units=5, fields=FIELDS)
    await add(database, member, variant, 3)
    await add(database, member, variant, 2, name="林")
    lines = (await cart(database, member)).lines
    assert [line.problems for line in lines] == [[], []]
    third = await add(database, member, variant, 1, name="满")
    lines = (await cart(database, member)).lines
    assert [(line.problems, line.available) for line in lines] == [([LineProblem.SHORT], 5)] * 3

    # Left out it does not keep the others from being ordered, but could not be ordered besides.
    async with database.writes.begin() as session:
        await actions.select_lines(session, member, [third.line_id], is_selected=False, at=NOON)
    lines = (await cart(database, member)).lines
    assert [line.problems for line in lines] == [[LineProblem.SHORT], [], []]


async def test_what_only_a_store_has_is_sold_out(database: Database):
    member = await a_member(database)
    async with database.writes.begin() as session:
        await make.place(session, code="WH-0")
        store = await make.place(session, code="S-1")
        await session.execute(update(Place).where(Place.id == store).values(kind=PlaceKind.STORE))
        (variant,) = await make_orders.goods(session, place_id=store)
        (never,) = await make_orders.goods(session, units=None)
    await add(database, member, variant)
    await add(database, member, never)
    lines = (await cart(database, member)).lines
    assert [(line.problems, line.available) for line in lines] == [([LineProblem.SOLD_OUT], 0)] * 2


async def test_a_members_limit_is_of_the_product_and_of_all_its_variants(database: Database):
    member = await a_member(database)
    first, second = await goods(database, prices_fen=(1, 2), member_limit=3)
    await add(database, member, first, 2)
    await add(database, member, second, 1)
    assert [line.problems for line in (await cart(database, member)).lines] == [[], []]
    await add(database, member, second, 1)
    lines = (await cart(database, member)).lines
    assert [line.problems for line in lines] == [[LineProblem.OVER_LIMIT]] * 2
    assert lines[0].member_limit == 3


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (NAME_FIELD,),
        (PersonalisationField("name", NAME_FIELD.title, 1, Alphabet.ANY, 500), DATE_FIELD),
        (
            *FIELDS,
            PersonalisationField(
                "more", Bilingual("更多", "More"), 1, Alphabet.ANY, 1, is_required=True
            ),
        ),
    ],
)
async def test_texts_that_the_fields_no_longer_allow_are_told(
    database: Database, fields: tuple[PersonalisationField, ...]
):
    member, (variant,) = await a_member(database), await goods(database, fields=FIELDS)
    await add(database, member, variant, name="林小满", date="0526")
    await change_product(database, variant, personalisation=fields)
    line = await the_line(database, member)
    assert line.problems == [LineProblem.PERSONALISATION_CHANGED]
    assert [each.text for each in line.personalisation] == ["林小满", "0526"]


async def test_a_cart_is_read_by_one_statement_whatever_is_in_it(database: Database):
    member = await a_member(database)
    for variant in await goods(database, prices_fen=(100,) * 30, fields=FIELDS):
        await add(database, member, variant, name="林")
    before = statements_run()
    assert len((await cart(database, member)).lines) == 30
    assert statements_run() == before + 1


async def test_a_cart_is_its_members_alone(database: Database):
    member, other = await a_member(database), await a_member(database)
    (variant,) = await goods(database)
    await add(database, member, variant, 2)
    await add(database, other, variant, 5)
    assert (await cart(database, member)).selected_units == 2
    assert (await cart(database, other)).selected_units == 5
