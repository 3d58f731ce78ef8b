"""A mall to buy in: members with an address, goods in a warehouse, carts, quotes and orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.kernel.ids import new_id
from domain.members.words import Channel
from domain.orders.cart.models import CartLine
from domain.orders.closing import Closed, Closing, close
from domain.orders.placing.actions import place
from domain.orders.placing.values import Placed, Placement
from domain.orders.quoting import Quote, Wanted, quote
from domain.orders.seen import Seen
from domain.orders.words import DeliveryMethod
from tests import make, make_orders
from tests.domain.addresses import homes
from tests.make import NOON

RANDOM = Random(11)


@dataclass(frozen=True, slots=True)
class Shop:
    """A warehouse with so many units of each of some variants."""

    place_id: UUID
    variants: list[UUID]


async def a_shop(
    database: Database, *, units: int = 50, prices_fen: tuple[int, ...] = (15800,)
) -> Shop:
    """A warehouse and a product with a variant for each price."""
    async with database.writes.begin() as session:
        place_id = await make.place(session)
        variants = await make_orders.goods(
            session, prices_fen=prices_fen, units=units, place_id=place_id
        )
    return Shop(place_id, variants)


async def a_buyer(database: Database) -> UUID:
    """A member with a default address."""
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    await homes.add(database, member_id)
    return member_id


_seconds = count()


async def in_cart(database: Database, member_id: UUID, variant_id: UUID, units: int = 1) -> UUID:
    """A line of the member's cart, added a second after the one before.

    Lines of orders are in that order, and those of one moment would be in any.
    """
    added_at = NOON - timedelta(days=1) + timedelta(seconds=next(_seconds))
    async with database.writes.begin() as session:
        line = CartLine(
            id=new_id(added_at, RANDOM),
            member_id=member_id,
            variant_id=variant_id,
            units=units,
            added_at=added_at,
            changed_at=NOON,
        )
        session.add(line)
    return line.id


async def quoted(
    database: Database,
    member_id: UUID,
    *,
    at: datetime = NOON,
    line_ids: tuple[UUID, ...] | None = None,
    delivery: DeliveryMethod = DeliveryMethod.DELIVERY,
    store_id: UUID | None = None,
) -> Quote:
    """What the member's selected lines cost."""
    wanted = Wanted(member_id, line_ids, delivery, store_id=store_id)
    return await quote(database.reads, wanted, at=at)


async def seen(database: Database, member_id: UUID) -> Seen:
    """A quote that can be ordered from."""
    found = (await quoted(database, member_id)).seen
    assert found is not None
    return found


def placement(member_id: UUID, seen: Seen) -> Placement:
    """A wish to order what was seen."""
    return Placement(member_id, f"member:{member_id.hex}", Channel.MINI_PROGRAM, seen)


async def placed(
    database: Database, placements: Sequence[Placement], at: datetime = NOON
) -> list[Placed | Refused]:
    """Place in one transaction."""
    async with database.writes.begin() as session:
        return await place(session, placements, at, random=RANDOM)


async def buy(database: Database, member_id: UUID, variant_id: UUID, units: int = 1) -> Placed:
    """Order units of one variant, from the cart on."""
    await in_cart(database, member_id, variant_id, units)
    (outcome,) = await placed(database, [placement(member_id, await seen(database, member_id))])
    assert isinstance(outcome, Placed), outcome
    return outcome


async def closed(
    database: Database, closings: Sequence[Closing], at: datetime = NOON
) -> list[Closed | Refused]:
    """Close in one transaction."""
    async with database.writes.begin() as session:
        return await close(session, closings, at, random=RANDOM)
