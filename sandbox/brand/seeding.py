"""Fills an empty mall with the demo brand, a batch in each transaction.

Nothing of it can be seen until all of it is there: its shelves are hidden, and its staff come
last. A seed that was interrupted is taken up where it stands, which the ids themselves tell.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import msgspec
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from domain.catalog import models
from domain.kernel.db import WriteSession
from domain.members.models import Member
from domain.staff.models import StaffMember
from domain.stock.models import Place, StockEntry, StockLevel
from sandbox.brand import rows
from sandbox.brand.copying import copy
from sandbox.brand.front import arrangement
from sandbox.brand.numbering import MOST_OF_A_KIND, Numbered, bounds, id_of, number_of
from sandbox.brand.people import demo_members, founder
from sandbox.brand.range import CORE, age_of, names
from sandbox.brand.shelves import SHELVES, is_out_of_sight

PRODUCTS_AT_ONCE = 1_000
MEMBERS_AT_ONCE = 20_000
_ONE_SEED = 0x5345_4544
_SETTINGS = {
    "statement_timeout": "60s",
    # What the search index has yet to take in is sorted first: the more, the cheaper.
    "gin_pending_list_limit": "64MB",
    "work_mem": "64MB",
    # A batch that is lost with the machine is added again.
    "synchronous_commit": "off",
}
_FILLED = (
    models.Category, models.Tag, models.Product, models.ProductTag, models.Variant,
    models.PriceEntry, Place, StockLevel, StockEntry, Member,
)  # fmt: skip


class SeedBegunOtherwise(Exception):
    """The mall holds the beginning of a demo brand with another seed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which demo brand: the seed, and how much of it, each less than `MOST_OF_A_KIND`."""

    seed: int = 8
    products: int = CORE
    members: int = 500

    def __post_init__(self) -> None:
        if not 0 <= self.products <= MOST_OF_A_KIND or not 0 <= self.members <= MOST_OF_A_KIND:
            raise ValueError(f"at most {MOST_OF_A_KIND} products and as many members")


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the demo brand is there, and whether it is all that there shall be."""

    products: int
    members: int
    is_whole: bool = False


class _Standing(Enum):
    """What a mall is to the seed."""

    EMPTY = "sells nothing"
    BEGUN = "holds the beginning of this brand"
    BEGUN_OTHERWISE = "holds the beginning of another seed's brand"
    TAKEN = "sells something, or did"


async def take_step(session: WriteSession, wish: Wish, *, at: datetime) -> Progress | None:
    """Add the next batch that is missing, in this transaction; None where the mall is taken.

    To be called, each time in a transaction of its own, until the progress is whole. ``at`` moves
    the dates alone: launches, prices, deliveries and joining lie as long before it each time. A
    mall that has a category is left as it is, unless the category is the beginning of this very
    brand. Raises `SeedBegunOtherwise`.
    """
    # Two that look at once would both find it empty.
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_SEED)))
    for setting, value in _SETTINGS.items():
        await session.execute(text(f"SET LOCAL {setting} = '{value}'"))
    match await _standing(session, wish):
        case _Standing.TAKEN:
            return None
        case _Standing.BEGUN_OTHERWISE:
            raise SeedBegunOtherwise
        case _Standing.EMPTY:
            await _begin(session, wish)
        case _Standing.BEGUN:
            at = await _first_present(session, wish, at)
    products = await _next_number(session, models.Product)
    if products < wish.products:
        end = min(products + PRODUCTS_AT_ONCE, wish.products)
        await _add_products(session, wish, range(products, end), at=at)
        return Progress(end, 0)
    members = await _next_number(session, Member)
    if members < wish.members:
        end = min(members + MEMBERS_AT_ONCE, wish.members)
        made = demo_members(wish.seed, members, end)
        await copy(session, Member, rows.member_rows(made, at))
        return Progress(products, end)
    await _finish(session, wish, products, at=at)
    return Progress(products, members, is_whole=True)


async def _standing(session: WriteSession, wish: Wish) -> _Standing:
    if await session.scalar(select(models.Category.id).limit(1)) is None:
        return _Standing.EMPTY
    least, most = bounds()
    first = await session.scalar(
        select(models.Category.id).where(
            models.Category.code == SHELVES[0].code, models.Category.id.between(least, most)
        )
    )
    staff = await session.scalar(
        select(StaffMember.id).where(StaffMember.id.between(least, most)).limit(1)
    )
    if first is None or staff is not None:
        return _Standing.TAKEN
    own = id_of(wish.seed, Numbered.CATEGORY, 0)
    return _Standing.BEGUN if first == own else _Standing.BEGUN_OTHERWISE


async def _first_present(session: WriteSession, wish: Wish, at: datetime) -> datetime:
    """The present moment of the transaction that began, so that all dates fit together."""
    created_at = await session.scalar(
        select(models.Product.created_at).where(
            models.Product.id == id_of(wish.seed, Numbered.PRODUCT, 0)
        )
    )
    return created_at + age_of(0) if created_at else at


async def _next_number(session: WriteSession, model: type[models.Product | Member]) -> int:
    """How many there are: they were added in ascending order, and their ids tell their numbers."""
    last = await session.scalar(
        select(model.id).where(model.id.between(*bounds())).order_by(model.id.desc()).limit(1)
    )
    return 0 if last is None else number_of(last) + 1


async def _begin(session: WriteSession, wish: Wish) -> None:
    known = names(wish.seed)
    await session.execute(insert(models.Category), rows.shelf_rows(known))
    await session.execute(insert(models.Tag), rows.tag_rows(known))
    await session.execute(insert(Place), rows.place_rows(wish.seed))


async def _add_products(session: WriteSession, wish: Wish, numbers: range, *, at: datetime) -> None:
    by = founder(wish.seed)
    batch = rows.batch_of(wish.seed, numbers, names(wish.seed), by=by, at=at)
    await copy(session, models.Product, batch.products.products)
    await copy(session, models.Variant, batch.products.variants)
    await copy(session, models.ProductTag, batch.products.tags)
    await copy(session, models.PriceEntry, batch.products.prices)
    await copy(session, StockLevel, batch.levels)
    await copy(session, StockEntry, batch.entries)


async def _finish(session: WriteSession, wish: Wish, products: int, *, at: datetime) -> None:
    """Show the shelves and let the staff in; operators who arranged a home page keep it."""
    known = names(wish.seed)
    shown = [known.shelves[shelf.code] for shelf in SHELVES if not is_out_of_sight(shelf)]
    await session.execute(
        update(models.Category)
        .where(models.Category.id.in_(shown))
        .values(is_hidden=False, is_visible=True)
    )
    home = {
        "number": 1,
        "arrangement": msgspec.to_builtins(arrangement(wish.seed, known, products)),
        "revision": 1,
        "arranged_at": at,
    }
    await session.execute(insert(models.HomePage).values(home).on_conflict_do_nothing())
    await session.execute(insert(StaffMember), rows.staff_rows(wish.seed, at - age_of(0)))
    for model in _FILLED:
        # Otherwise PostgreSQL would plan for empty tables until it looks at them by itself.
        await session.execute(text(f"ANALYZE {model.__tablename__}"))
