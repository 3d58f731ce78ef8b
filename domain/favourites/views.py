"""Reads of favourites, as their member sees them."""

from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select, tuple_
from sqlalchemy import Uuid as UuidColumn

from domain.catalog.views.products import products_by_keys
from domain.catalog.views.structs import PRODUCT, Product, Reading
from domain.favourites.models import Favourite
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.paging import Page, Place, page_of


class FavouriteView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A product that a member likes; ``product`` is None while it cannot be seen."""

    product_id: str
    product: Product | None
    added_at: datetime
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place.at(self.added_at, self.key)


async def favourites(
    reads: ReadPool,
    reading: Reading | None,
    member_id: UUID,
    *,
    first: int,
    after: Place | None,
) -> Page[FavouriteView]:
    """Take the ``first`` of a member's favourites behind ``after``, the last added first.

    One statement, and for the products those of the catalogue; without a ``reading`` none of them
    is looked up.
    """
    rows = await _page(after=after is not None).rows(
        reads,
        member_id=member_id,
        after_at=after.moment if after else None,
        after_key=after.key if after else None,
        limit=first + 1,
    )
    page = page_of(rows, first)
    keys = [row["product_id"] for row in page.items]
    products: dict[UUID, Product] = {}
    if reading is not None and keys:
        products = await products_by_keys(reads, reading, keys)
    views = [
        FavouriteView(
            product_id=public_id(PRODUCT, row["product_id"]),
            product=products.get(row["product_id"]),
            added_at=row["added_at"],
            key=row["product_id"],
        )
        for row in page.items
    ]
    return Page(views, page.has_next)


async def favourites_among(reads: ReadPool, member_id: UUID, keys: list[UUID]) -> set[UUID]:
    """Those of the products that the member likes."""
    rows = await _among().rows(reads, member_id=member_id, keys=keys)
    return {row["product_id"] for row in rows}


@cache
def _page(*, after: bool) -> HotRead:
    statement = select(Favourite.product_id, Favourite.added_at).where(
        Favourite.member_id == bindparam("member_id", type_=UuidColumn)
    )
    if after:
        place = tuple_(
            bindparam("after_at", type_=Favourite.added_at.type),
            bindparam("after_key", type_=UuidColumn),
        )
        statement = statement.where(tuple_(Favourite.added_at, Favourite.product_id) < place)
    in_order = statement.order_by(Favourite.added_at.desc(), Favourite.product_id.desc())
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))


@cache
def _among() -> HotRead:
    return HotRead(
        select(Favourite.product_id).where(
            Favourite.member_id == bindparam("member_id", type_=UuidColumn),
            Favourite.product_id == any_(bindparam("keys", type_=ARRAY(UuidColumn))),
        )
    )
