"""Buyers who send a request again until it is answered, to whichever process is there."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

import httpx

from domain.kernel.db import Database
from domain.orders.cart.models import CartLine
from domain.orders.cart.views import CART_LINE
from tests import make, make_orders
from tests.api.client import Api
from tests.api.oauth.desk import as_member
from tests.domain.addresses import homes
from tests.faults.rig import PATIENCE_SECONDS, Process
from tests.make import NOON

_AT_ONCE = 4
"""Members that are made side by side: as many as the tests have connections."""
_PAUSE_SECONDS = 0.2
"""How long a client waits before it asks again."""
_CAME_TOO_SLOWLY = "请求体未能及时收完。"


def _passes(error: Any) -> bool:
    return error["extensions"]["code"] == "BUSY" or error["message"] == _CAME_TOO_SLOWLY


@dataclass(frozen=True)
class Request:
    """What a client sends, and keeps until it is answered."""

    document: str
    headers: dict[str, str]
    given: Mapping[str, object]

    async def sent(self, api: Api) -> Any:
        """Send it once, and answer with the whole response."""
        return await api.run(self.document, self.headers, input=self.given)

    async def answered(self, apis: Sequence[Api], *, seconds: float = PATIENCE_SECONDS) -> Any:
        """Send it until it is answered, to one process after the other.

        Whoever hears nothing, or that the mall is busy, or whose request took too long to arrive
        (408: this machine lets a client stand still between two writes), asks again. Any other
        fault is one that a client would have to show.
        """
        turns = cycle(apis)
        async with asyncio.timeout(seconds):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self.sent(next(turns))
                    if "errors" not in answer:
                        (told,) = answer["data"].values()
                        return told
                    assert all(map(_passes, answer["errors"])), answer
                await asyncio.sleep(_PAUSE_SECONDS)


@dataclass(frozen=True)
class Buyer:
    """A member with an address, signed in, and the lines of their cart."""

    member_id: UUID
    headers: dict[str, str]
    line_ids: list[UUID]

    async def quote(
        self, apis: Sequence[Api], *line_ids: UUID, seconds: float = PATIENCE_SECONDS
    ) -> str:
        """The token of a quote of those lines, of all of them where none is named."""
        wanted = [f"{CART_LINE}_{each.hex}" for each in line_ids or self.line_ids]
        request = Request("miniprogram/Quote", self.headers, {"lineIds": wanted})
        quote = await request.answered(apis, seconds=seconds)
        assert quote["token"], quote
        return quote["token"]

    def placing(self, token: str, request_id: UUID | None = None) -> Request:
        """The wish to order what was quoted."""
        given = {"requestId": str(request_id or make.an_id()), "quote": token}
        return Request("miniprogram/OrderPlace", self.headers, given)

    def cancelling(self, order_id: str) -> Request:
        """The wish to close an order."""
        given = {"requestId": str(make.an_id()), "orderId": order_id}
        return Request("miniprogram/OrderCancel", self.headers, given)

    async def order(self, apis: Sequence[Api]) -> str:
        """Order all that is in the cart, and answer with the order's public id."""
        placed = await self.placing(await self.quote(apis)).answered(apis)
        assert placed["__typename"] == "OrderPlaced", placed
        return placed["orderId"]


async def buyers(
    process: Process, database: Database, carts: Sequence[Sequence[tuple[UUID, int]]]
) -> list[Buyer]:
    """A buyer for each cart of variants and units, signed in at that process."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(cart: Sequence[tuple[UUID, int]]) -> Buyer:
        async with turns:
            return await _buyer(process, database, cart)

    # The first registers the client that all of them use.
    first = await one(carts[0])
    return [first, *await asyncio.gather(*map(one, carts[1:]))]


async def _buyer(process: Process, database: Database, cart: Sequence[tuple[UUID, int]]) -> Buyer:
    async with database.writes.begin() as session:
        member_id = await make_orders.a_member(session)
    await homes.add(database, member_id)
    lines = [
        CartLine(
            id=make.an_id(),
            member_id=member_id,
            variant_id=variant_id,
            units=units,
            added_at=NOON,
            changed_at=NOON,
        )
        for variant_id, units in cart
    ]
    async with database.writes.begin() as session:
        session.add_all(lines)
    headers = await as_member(process.api, database, member_id)
    return Buyer(member_id, headers, [each.id for each in lines])
