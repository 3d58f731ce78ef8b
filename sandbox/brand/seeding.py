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

from domain.addresses.models import Address
from domain.catalog import models
from domain.favourites.models import Favourite
from domain.freight.models import FreightVersion
from domain.kernel.db import WriteSession
from domain.kernel.sealing import Vault
from domain.members.models import ConsentEntry, ConsentText, Member, MemberPhone
from domain.orders.models import Order, OrderLine
from domain.points.earning.models import PointsProgramme
from domain.staff.models import StaffMember
from domain.stock.models import StockEntry, StockLevel
from domain.stores.models import Place
from sandbox.brand import rows
from sandbox.brand.agreements import Said, Sealing, said_by, text_rows
from sandbox.brand.ahead import Ahead
from sandbox.brand.copying import copy
from sandbox.brand.favourites import favourite_rows
from sandbox.brand.freight import version_row
from sandbox.brand.front import arrangement
from sandbox.brand.history.telling import TO_CHOOSE_FROM, History, write_history
from sandbox.brand.homes import address_rows
from sandbox.brand.numbering import MOST_OF_A_KIND, Numbered, bounds, id_of, number_of
from sandbox.brand.orders import BUYERS, Shop, add_orders
from sandbox.brand.people import demo_members, founder
from sandbox.brand.places import PLACES, WAREHOUSE, place_ids
from sandbox.brand.points import programme_row
from sandbox.brand.points_mall import add_offers
from sandbox.brand.range import CORE, age_of, names
from sandbox.brand.shelves import SHELVES, is_out_of_sight
from sandbox.brand.signing_in import send_to_stores

PRODUCTS_AT_ONCE = 1_000
MEMBERS_AT_ONCE = 20_000
_ONE_SEED = 0x5345_4544
_SETTINGS = {
    "statement_timeout": "60s",
    # PostgreSQL's own vacuum gives way to it after a second.
    "lock_timeout": "5s",
    # A batch that is lost with the machine is added again.
    "synchronous_commit": "off",
}
_FILLED = (
    models.Category, models.Tag, models.Product, models.ProductTag, models.Variant,
    models.PriceEntry, Place, StockLevel, StockEntry, Member, ConsentEntry, MemberPhone,
    Address, Favourite, Order, OrderLine,
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


class Seeding:
    """One run of a seed, from wherever the mall stands to the whole brand.

    ``at`` moves the dates alone: launches, prices, deliveries and joining lie as long before it
    each time. ``sealing`` is for phones and addresses of members; without it they have none, and
    nobody has ordered anything. With a ``history`` they have bought for two weeks.
    """

    def __init__(
        self,
        wish: Wish,
        at: datetime,
        sealing: Sealing | None = None,
        history: History | None = None,
    ) -> None:
        self._wish = wish
        self._sealing = sealing
        self._history = history
        self._at = at
        self._names = names(wish.seed)
        self._products = Ahead(self._make_products)
        self._members = Ahead(self._make_members)

    async def take_step(self, session: WriteSession) -> Progress | None:
        """Add the next batch that is missing, in this transaction; None where the mall is taken.

        To be called, each time in a transaction of its own, until the progress is whole. A mall
        that has a category is left as it is, unless the category is the beginning of this very
        brand. Raises `SeedBegunOtherwise`.
        """
        for setting, value in _SETTINGS.items():
            await session.execute(text(f"SET LOCAL {setting} = '{value}'"))
        # Two that look at once would both find it empty.
        await session.execute(select(func.pg_advisory_xact_lock(_ONE_SEED)))
        match await _standing(session, self._wish.seed):
            case _Standing.TAKEN:
                return None
            case _Standing.BEGUN_OTHERWISE:
                raise SeedBegunOtherwise
            case _Standing.EMPTY:
                await self._begin(session)
            case _Standing.BEGUN:
                self._at = await _first_present(session, self._wish.seed) or self._at
        return await self._take_step(session)

    async def _take_step(self, session: WriteSession) -> Progress:
        products = await _next_number(session, models.Product)
        if products < self._wish.products:
            numbers = _batch(products, PRODUCTS_AT_ONCE, self._wish.products)
            await self._add_products(session, numbers)
            return Progress(numbers.stop, 0)
        members = await _next_number(session, Member)
        if members < self._wish.members:
            numbers = _batch(members, MEMBERS_AT_ONCE, self._wish.members)
            await self._add_members(session, numbers)
            return Progress(products, numbers.stop)
        await self._finish(session, products, members)
        return Progress(products, members, is_whole=True)

    async def _begin(self, session: WriteSession) -> None:
        await session.execute(insert(models.Category), rows.shelf_rows(self._names))
        await session.execute(insert(models.Tag), rows.tag_rows(self._names))
        await session.execute(insert(Place), rows.place_rows(self._wish.seed))
        # A text that operators have published already stays.
        texts = insert(ConsentText).values(text_rows(self._at))
        await session.execute(texts.on_conflict_do_nothing())

    async def _add_products(self, session: WriteSession, numbers: range) -> None:
        following = _batch(numbers.stop, PRODUCTS_AT_ONCE, self._wish.products)
        batch = await self._products.take(numbers, following)
        await copy(session, models.Product, batch.products.products)
        await copy(session, models.Variant, batch.products.variants)
        await copy(session, models.ProductTag, batch.products.tags)
        await copy(session, models.PriceEntry, batch.products.prices)
        await copy(session, StockLevel, batch.levels)
        await copy(session, StockEntry, batch.entries)

    async def _add_members(self, session: WriteSession, numbers: range) -> None:
        following = _batch(numbers.stop, MEMBERS_AT_ONCE, self._wish.members)
        batch = await self._members.take(numbers, following)
        await copy(session, Member, batch.members)
        await copy(session, ConsentEntry, batch.said.entries)
        await copy(session, MemberPhone, batch.said.phones)
        await copy(session, Address, batch.addresses)
        await copy(session, Favourite, batch.favourites)

    async def _add_orders(self, session: WriteSession, buyers: int) -> None:
        """Add a few orders; without something to seal addresses with there are none."""
        if self._sealing is None:
            return
        seed = self._wish.seed
        place_id = place_ids(seed)[PLACES.index(WAREHOUSE)]
        shop = Shop(seed, place_id, founder(seed).key, self._sealing, self._at)
        await add_orders(session, shop, list(demo_members(seed, 0, buyers)))

    async def _add_history(self, session: WriteSession, history: History, vault: Vault) -> None:
        seed, count = self._wish.seed, min(self._wish.members, TO_CHOOSE_FROM)
        members = list(demo_members(seed, 0, count))
        await write_history(session, history, members, vault, seed=seed, present=self._at)

    def _make_products(self, numbers: range) -> rows.Batch:
        seed = self._wish.seed
        return rows.batch_of(seed, numbers, self._names, by=founder(seed), at=self._at)

    def _make_members(self, numbers: range) -> "_Members":
        made = list(demo_members(self._wish.seed, numbers.start, numbers.stop))
        return _Members(
            rows.member_rows(made, self._at),
            said_by(made, self._at, self._sealing),
            address_rows(made, self._at, self._sealing) if self._sealing else [],
            favourite_rows(self._wish.seed, made, self._wish.products, self._at),
        )

    async def _finish(self, session: WriteSession, products: int, members: int) -> None:
        """Show the shelves and let the staff in; what operators have arranged stays."""
        seed = self._wish.seed
        shown = [self._names.shelves[each.code] for each in SHELVES if not is_out_of_sight(each)]
        await session.execute(
            update(models.Category)
            .where(models.Category.id.in_(shown))
            .values(is_hidden=False, is_visible=True)
        )
        home = {
            "number": 1,
            "arrangement": msgspec.to_builtins(arrangement(seed, self._names, products)),
            "revision": 1,
            "arranged_at": self._at,
        }
        await session.execute(insert(models.HomePage).values(home).on_conflict_do_nothing())
        freight = insert(FreightVersion).values(version_row(founder(seed), self._at))
        await session.execute(freight.on_conflict_do_nothing())
        rules = insert(PointsProgramme).values(programme_row(self._names, founder(seed), self._at))
        await session.execute(rules.on_conflict_do_nothing())
        await add_offers(session, seed, place_ids(seed)[PLACES.index(WAREHOUSE)], self._at)
        await self._add_orders(session, min(members, BUYERS))
        await session.execute(insert(StaffMember), rows.staff_rows(seed, self._at - age_of(0)))
        await send_to_stores(session)
        if self._history and self._sealing:
            await self._add_history(session, self._history, self._sealing.vault)
        await _take_statistics(session)


@dataclass(frozen=True, slots=True)
class _Members:
    """The rows of some members, of what they said, and of what they keep."""

    members: list[rows.Row]
    said: Said
    addresses: list[rows.Row]
    favourites: list[rows.Row]


async def _take_statistics(session: WriteSession) -> None:
    """Let PostgreSQL know of the rows, or it plans for empty tables until it looks by itself.

    Only whoever owns tables may; of others it would log a warning for each.
    """
    names = [model.__tablename__ for model in _FILLED]
    own = text(
        "SELECT relname FROM pg_class WHERE oid = ANY(CAST(:names AS text[])::regclass[]) "
        "AND pg_has_role(relowner, 'USAGE')"
    )
    for name in await session.scalars(own, {"names": names}):
        await session.execute(text(f"ANALYZE {name}"))


def _batch(first: int, most: int, end: int) -> range:
    return range(first, min(first + most, end))


async def _standing(session: WriteSession, seed: int) -> _Standing:
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
    own = id_of(seed, Numbered.CATEGORY, 0)
    return _Standing.BEGUN if first == own else _Standing.BEGUN_OTHERWISE


async def _first_present(session: WriteSession, seed: int) -> datetime | None:
    """The present moment of the run that began, so that all dates fit together."""
    created_at = await session.scalar(
        select(models.Product.created_at).where(
            models.Product.id == id_of(seed, Numbered.PRODUCT, 0)
        )
    )
    return created_at + age_of(0) if created_at else None


async def _next_number(session: WriteSession, model: type[models.Product | Member]) -> int:
    """How many there are: they were added in ascending order, and their ids tell their numbers."""
    last = await session.scalar(
        select(model.id).where(model.id.between(*bounds())).order_by(model.id.desc()).limit(1)
    )
    return 0 if last is None else number_of(last) + 1
