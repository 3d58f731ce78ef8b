"""A mall full of carts that wait to be ordered: on one variant, and spread over a thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from uuid import UUID

import asyncpg
from sqlalchemy import select

from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from bench.ground import Ground
from bench.signing_in import token_of
from domain.addresses.models import Address
from domain.addresses.views import delivery_addresses
from domain.freight.views import in_force
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, WriteSession
from domain.members.words import Channel
from domain.orders.basket import Basket, Destination, price_of
from domain.orders.facts import facts_of, lines_by_id
from domain.orders.placing.values import Placement
from domain.orders.quoting import seen_of
from domain.orders.seen import Seen, sealed
from domain.orders.words import DeliveryMethod
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason

VARIANTS = 1_000
"""How many the spread orders are of."""
_UNITS = 10_000_000
_SQL = Path(__file__).parent / "orders.sql"
_ADDRESSES = r"""
INSERT INTO addresses (id, member_id, sealed, phone_index, last_digits, province_code,
    province_name, city_code, city_name, district_code, district_name, is_default, revision,
    created_at, updated_at)
SELECT gen_random_uuid(), id, decode(repeat('ab', 150), 'hex'), sha256(id::text::bytea), '8000',
    '310000', '上海市', '310100', '上海市', '310104', '徐汇区', true, 1, now(), now()
FROM members"""
_SOLD = """
SELECT variants.id FROM variants JOIN products ON products.id = product_id
JOIN categories ON categories.id = category_id
WHERE categories.is_visible AND products.status = 'published' AND products.kind = 'physical'
    AND visible_from < now() AND visible_until IS NULL AND member_limit IS NULL
    AND variants.position IS NOT NULL ORDER BY variants.id LIMIT $1"""
_CARTS = """
INSERT INTO bench_carts
SELECT $1, row_number() OVER (ORDER BY id), gen_random_uuid(), id,
    ($2::uuid[])[1 + row_number() OVER (ORDER BY id) % cardinality($2::uuid[])] FROM members"""
_FILL = """
INSERT INTO cart_lines (id, member_id, variant_id, units, added_at, changed_at)
SELECT line_id, member_id, variant_id, 1, now(), now() FROM bench_carts ON CONFLICT DO NOTHING"""


class Variety(StrEnum):
    """What the orders are of."""

    HOT = "one variant"
    SPREAD = "1,000 variants"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A member with what they would order, as the quote tells them, and their access token."""

    placement: Placement
    quote: str
    token: str


@dataclass(frozen=True, slots=True)
class Mall:
    """Ground with its buyers, in the order of their carts' numbers."""

    base: Ground
    place_id: UUID
    buyers: dict[Variety, list[Buyer]]


async def open_mall(base: Ground, database: Database, issuer: str) -> Mall:
    """Give each member of the ground an address and a cart of each variety."""
    vault, random = base.vault, SystemRandom()
    owner = await asyncpg.connect(base.owner_url)
    try:
        place_id = await _stage(owner, database)
        lines = {
            each: [
                (row["line_id"], row["member_id"])
                for row in await owner.fetch(
                    "SELECT * FROM bench_carts WHERE variety = $1 ORDER BY number", each
                )
            ]
            for each in Variety
        }
    finally:
        await owner.close()
    standing = Standing(database, vault, system_clock, random)
    await standing.ensure_key()
    tokens = AccessTokens(standing, issuer, system_clock, random)
    signed = {member_id: token_of(tokens, member_id) for _, member_id in lines[Variety.HOT]}
    at = system_clock()
    buyers: dict[Variety, list[Buyer]] = {}
    async with database.writes() as session:
        for variety, of_variety in lines.items():
            buyers[variety] = [
                Buyer(
                    Placement(member_id, _actor(member_id), Channel.MINI_PROGRAM, seen),
                    sealed(seen, vault, member=_actor(member_id), random=random),
                    signed[member_id],
                )
                for member_id, seen in await _seen(session, place_id, of_variety, at)
            ]
    return Mall(base, place_id, buyers)


async def fill_carts(base: Ground) -> None:
    """Put what was ordered into the carts again, and look at the tables as autovacuum would.

    Who plans while a table is empty would otherwise read all of it ever after.
    """
    owner = await asyncpg.connect(base.owner_url)
    try:
        await owner.execute(_FILL)
        await owner.execute("ALTER SEQUENCE bench_turn RESTART")
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


async def _stage(owner: "asyncpg.Connection[asyncpg.Record]", database: Database) -> UUID:
    await owner.execute(_SQL.read_text())
    await owner.execute(_ADDRESSES)
    place_id: UUID = await owner.fetchval(
        "SELECT id FROM places WHERE kind = 'warehouse' ORDER BY code LIMIT 1"
    )
    sold = [row["id"] for row in await owner.fetch(_SOLD, VARIANTS + 1)]
    hot, *spread = sold
    await owner.execute(_CARTS, Variety.HOT, [hot])
    await owner.execute(_CARTS, Variety.SPREAD, spread)
    await owner.execute(_FILL)
    received = [Movement(each, place_id, Reason.RECEIVED, _UNITS, "bench") for each in sold]
    async with database.writes.begin() as session:
        await move(session, received, actor="bench", at=system_clock())
    return place_id


async def _seen(
    session: WriteSession, place_id: UUID, carts: Sequence[tuple[UUID, UUID]], at: datetime
) -> list[tuple[UUID, Seen]]:
    """What the quote of each cart tells its member; one line each."""
    ids = [line_id for line_id, _ in carts]
    found = facts_of(await lines_by_id().rows(session, ids=ids, now=at))
    by_id = {line.line_id: line for line in found}
    pairs = await session.execute(select(Address.member_id, Address.id))
    addresses = {
        member_id: address
        for (member_id, _), address in (
            await delivery_addresses(session, [(owner, key) for owner, key in pairs])
        ).items()
    }
    arrangement = await in_force(session)
    told: list[tuple[UUID, Seen]] = []
    for line_id, member_id in carts:
        destination = Destination(DeliveryMethod.DELIVERY, place_id, addresses[member_id])
        basket = Basket([by_id[line_id]], destination, arrangement)
        told.append((member_id, seen_of(basket, price_of(basket, (), at=at), at=at)))
    return told


def _actor(member_id: UUID) -> str:
    return f"member:{member_id.hex}"
