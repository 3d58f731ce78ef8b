"""Carts: what goes in, what adds up, how much at most, and that it is one at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.catalog.content import SOLD_KINDS, ProductKind, ProductStatus
from domain.catalog.models import Variant
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput, Refused
from domain.members.errors import MemberBlocked
from domain.members.models import Member
from domain.members.statements import lock_members
from domain.orders.cart import actions
from domain.orders.cart.checking import Review
from domain.orders.cart.errors import (
    CartFull,
    CartLineUnavailable,
    NotOrderable,
    TooManyUnits,
    VariantUnavailable,
)
from domain.orders.cart.models import MOST_LINES
from domain.orders.words import ReviewStatus
from tests import make
from tests.domain.orders.carts import a_member, add, cart, goods, rows
from tests.make import NOON
from tests.make_orders import FIELDS
from tests.patience import until_somebody_waits_for_a_lock

PASSED = Review(ReviewStatus.PASSED, "trace-1")


async def test_the_same_again_adds_to_its_line(database: Database):
    member, (variant, other) = await a_member(database), await goods(database, prices_fen=(1, 2))
    first = await add(database, member, variant, 2)
    assert await add(database, member, variant, 3) == first
    await add(database, member, other)
    assert [(row.variant_id, row.units) for row in await rows(database, member)] == [
        (variant, 5),
        (other, 1),
    ]


async def test_other_texts_are_another_line_and_the_same_texts_are_not(database: Database):
    member, (variant,) = await a_member(database), await goods(database, fields=FIELDS)
    await add(database, member, variant, name="林小满", date="0526")
    await add(database, member, variant, name="林小满", date="0527")
    await add(database, member, variant)
    await add(database, member, variant, 2, date="0526", name=" 林小满 ")
    lines = await rows(database, member)
    assert [(row.units, len(row.personalisation)) for row in lines] == [(3, 2), (1, 2), (1, 0)]
    assert [row.review for row in lines] == [ReviewStatus.PENDING, ReviewStatus.PENDING, None]


async def test_texts_that_passed_stay_passed_and_pending_ones_may_pass_later(database: Database):
    member, (variant,) = await a_member(database), await goods(database, fields=FIELDS)
    await add(database, member, variant, name="林")
    await add(database, member, variant, name="林", review=PASSED)
    await add(database, member, variant, name="林")
    (line,) = await rows(database, member)
    assert (line.units, line.review, line.check_trace) == (3, ReviewStatus.PASSED, "trace-1")


async def test_two_that_add_the_same_at_once_make_one_line_with_the_sum(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    added = await asyncio.gather(*(add(database, member, variant, 2) for _ in range(4)))
    assert len({each.line_id for each in added}) == 1
    assert [row.units for row in await rows(database, member)] == [8]


async def test_of_four_that_add_to_a_cart_of_99_lines_one_gets_in(database: Database):
    member = await a_member(database)
    variants = await goods(database, prices_fen=(100,) * MOST_LINES, units=None)
    for variant in variants[: MOST_LINES - 1]:
        await add(database, member, variant)
    others = [(await goods(database, units=None))[0] for _ in range(4)]
    outcomes = await asyncio.gather(
        *(add(database, member, other) for other in others), return_exceptions=True
    )
    assert sum(isinstance(each, CartFull) for each in outcomes) == 3
    assert len(await rows(database, member)) == MOST_LINES
    # What is there already can still be added to.
    await add(database, member, variants[0])
    assert (await rows(database, member))[0].units == 2


async def test_a_line_has_at_most_999_units(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    await add(database, member, variant, 998)
    with pytest.raises(TooManyUnits) as caught:
        await add(database, member, variant, 2)
    assert (caught.value.most, caught.value.in_cart) == (999, 998)
    await add(database, member, variant, 1)
    for units in (0, -1, 1000):
        with pytest.raises(InvalidInput):
            await add(database, member, variant, units)
    assert [row.units for row in await rows(database, member)] == [999]


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": ProductStatus.DRAFT},
        {"status": ProductStatus.ARCHIVED},
        {"visible_from": NOON + timedelta(hours=1)},
        {"visible_until": NOON, "visible_from": NOON - timedelta(days=1)},
    ],
)
async def test_what_cannot_be_seen_is_refused_like_what_is_not_there(
    database: Database, hidden: dict[str, object]
):
    member, (variant,) = await a_member(database), await goods(database, **hidden)
    for unknown in (variant, make.an_id()):
        with pytest.raises(VariantUnavailable):
            await add(database, member, unknown)


async def test_a_variant_that_is_archived_or_on_a_hidden_shelf_is_refused(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    async with database.writes.begin() as session:
        archived = update(Variant).values(position=None, archived_at=NOON)
        await session.execute(archived.where(Variant.id == variant))
        shelf = await make.category(session, is_hidden=True)
        product = await make.product(session, shelf)
        hidden = await make.first_variant(session, product.id)
    for unavailable in (variant, hidden):
        with pytest.raises(VariantUnavailable):
            await add(database, member, unavailable)


@pytest.mark.parametrize("kind", sorted(set(ProductKind) - SOLD_KINDS))
async def test_what_is_of_a_kind_that_is_not_sold_cannot_be_ordered(
    database: Database, kind: ProductKind
):
    member, (variant,) = await a_member(database), await goods(database, kind=kind)
    with pytest.raises(NotOrderable):
        await add(database, member, variant)


async def test_everything_wrong_with_units_and_texts_is_told_at_once(database: Database):
    member, (variant,) = await a_member(database), await goods(database, fields=FIELDS)
    with pytest.raises(InvalidInput) as caught:
        await add(database, member, variant, 0, name="x" * 11, date="五月", colour="red")
    assert [(each.path, each.code) for each in caught.value.problems] == [
        ("units", "out_of_range"),
        ("personalisation.0.text", "too_long"),
        ("personalisation.1.text", "wrong_alphabet"),
        ("personalisation.2.code", "not_found"),
    ]
    assert await rows(database, member) == []


async def act(
    database: Database,
    member: UUID,
    line: UUID,
    *,
    units: int | None = None,
    is_selected: bool | None = None,
) -> None:
    async with database.writes.begin() as session:
        await actions.change(session, member, line, units=units, is_selected=is_selected, at=NOON)


async def test_a_line_is_changed_in_what_is_said_and_by_its_owner_alone(database: Database):
    member, other = await a_member(database), await a_member(database)
    (variant,) = await goods(database)
    line = (await add(database, member, variant, 2)).line_id
    await act(database, member, line, units=7)
    await act(database, member, line, is_selected=False)
    await act(database, member, line)
    (row,) = await rows(database, member)
    assert (row.units, row.is_selected) == (7, False)
    for who, which in ((other, line), (member, make.an_id())):
        with pytest.raises(CartLineUnavailable):
            await act(database, who, which, units=1)
    for units in (0, 1000):
        with pytest.raises(InvalidInput):
            await act(database, member, line, units=units)


async def test_lines_are_selected_and_removed_by_their_owner_alone(database: Database):
    member, other = await a_member(database), await a_member(database)
    variants = await goods(database, prices_fen=(1, 2, 3))
    lines = [(await add(database, member, variant)).line_id for variant in variants]

    async def select(who: UUID, which: list[UUID] | None, *, is_selected: bool) -> list[bool]:
        async with database.writes.begin() as session:
            await actions.select_lines(session, who, which, is_selected=is_selected, at=NOON)
        return [row.is_selected for row in await rows(database, member)]

    assert await select(other, None, is_selected=False) == [True, True, True]
    assert await select(other, lines, is_selected=False) == [True, True, True]
    assert await select(member, lines[:1], is_selected=False) == [False, True, True]
    assert await select(member, None, is_selected=False) == [False, False, False]
    assert await select(member, [lines[2], make.an_id()], is_selected=True) == [False, False, True]
    assert await select(member, [], is_selected=True) == [False, False, True]

    for who, left in ((other, 3), (member, 1), (member, 1)):
        async with database.writes.begin() as session:
            await actions.remove(session, who, lines[:2])
        assert len(await rows(database, member)) == left
    with pytest.raises(InvalidInput):
        await select(member, [make.an_id() for _ in range(101)], is_selected=True)


async def test_a_blocked_member_changes_nothing(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    line = (await add(database, member, variant)).line_id
    async with database.writes.begin() as session:
        blocked = update(Member).values(blocked_at=NOON, block_reason="核实")
        await session.execute(blocked.where(Member.id == member))
    for tried in (add(database, member, variant), act(database, member, line, units=2)):
        with pytest.raises(MemberBlocked):
            await tried


async def test_members_are_locked_in_ascending_order_whatever_the_order_asked(database: Database):
    members = [await a_member(database) for _ in range(8)]

    async def lock(ids: list[UUID]) -> list[UUID]:
        async with database.writes.begin() as session:
            return list(await lock_members(session, [*ids, make.an_id()]))

    asked = [members, members[::-1]] * 2
    locked: list[list[UUID] | BaseException] = await asyncio.gather(*(lock(each) for each in asked))
    assert locked == [sorted(members)] * 4


async def test_a_change_waits_for_whoever_holds_the_members_row(database: Database):
    member, (variant,) = await a_member(database), await goods(database)
    async with database.writes.begin() as session:
        await lock_members(session, [member])
        adding = asyncio.create_task(add(database, member, variant))
        await until_somebody_waits_for_a_lock(database)
        assert not adding.done()
    await adding
    assert (await cart(database, member)).selected_units == 1


def test_refusals_of_carts_are_remembered_by_their_own_names():
    for refused in (VariantUnavailable, NotOrderable, CartFull, TooManyUnits, CartLineUnavailable):
        assert Refused.BY_NAME[refused.__name__] is refused
