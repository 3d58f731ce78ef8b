"""Carts as tests fill and look at them."""

from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.orders.cart import actions, views
from domain.orders.cart.actions import AddedLine, Wanted
from domain.orders.cart.checking import Review
from domain.orders.cart.models import CartLine, EngravedText
from domain.orders.cart.views import CartReading, CartView
from tests import make_orders
from tests.make import NOON

RANDOM = Random(17)
_moments = count()


async def a_member(database: Database) -> UUID:
    """A member."""
    async with database.writes.begin() as session:
        return await make_orders.a_member(session)


async def goods(database: Database, **given: Any) -> list[UUID]:
    """Variants with stock: `make_orders.goods`."""
    async with database.writes.begin() as session:
        return await make_orders.goods(session, **given)


async def add(
    database: Database,
    member_id: UUID,
    variant_id: UUID,
    units: int = 1,
    *,
    review: Review | None = None,
    **texts: str,
) -> AddedLine:
    """Put units into a cart, a little later each time, with texts by the codes of their fields."""
    given = tuple(EngravedText(code, text) for code, text in texts.items())
    async with database.writes.begin() as session:
        return await actions.add(
            session,
            member_id,
            Wanted(variant_id, units, given),
            review,
            at=NOON + timedelta(milliseconds=next(_moments)),
            random=RANDOM,
        )


async def cart(database: Database, member_id: UUID, language: Language = Language.EN) -> CartView:
    """The member's cart at noon."""
    reading = CartReading(language, NOON, "https://media/")
    return await views.cart(database.reads, member_id, reading)


async def rows(database: Database, member_id: UUID) -> list[CartLine]:
    """The rows of a cart, the oldest first."""
    own = select(CartLine).where(CartLine.member_id == member_id).order_by(CartLine.id)
    async with database.writes() as session:
        return list(await session.scalars(own))
