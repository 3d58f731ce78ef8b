"""Orders that are paid, and how the staff send parcels of them over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.orders.audit import INVARIANTS as ORDERS
from domain.orders.paying import PayOutcome, lock_order, pay
from domain.orders.placing.values import Placed
from domain.orders.shipping.audit import INVARIANTS as SHIPPING
from domain.stock.models import StockLevel
from tests import make
from tests.api.client import AS_STAFF, Api
from tests.api.oauth.desk import as_member
from tests.domain.orders import buying
from tests.make import NOON

ENGLISH = {"Accept-Language": "en"}


@dataclass(frozen=True)
class Bought:
    """An order of somebody's, and who they are."""

    order_id: UUID
    member_id: UUID
    shop: buying.Shop

    @property
    def id(self) -> str:
        """The order's public id."""
        return public_id("order", self.order_id)


async def bought(database: Database, *units: int, shop: buying.Shop | None = None) -> Bought:
    """An order of so many units of a variant for each line; it waits to be paid."""
    prices_fen = tuple(15800 + number for number in range(len(units)))
    shop = shop or await buying.a_shop(database, prices_fen=prices_fen)
    buyer = await buying.a_buyer(database)
    for variant_id, some in zip(shop.variants, units, strict=True):
        await buying.in_cart(database, buyer, variant_id, some)
    seen = await buying.seen(database, buyer)
    (placed,) = await buying.placed(database, [buying.placement(buyer, seen)])
    assert isinstance(placed, Placed)
    return Bought(placed.order_id, buyer, shop)


async def paid(database: Database, order_id: UUID, at: datetime = NOON) -> None:
    """Make an order paid."""
    async with database.writes.begin() as session:
        order = await lock_order(session, order_id)
        assert order is not None
        actor = "gateway:wechat_pay"
        outcome = await pay(session, order, None, actor=actor, at=at, random=buying.RANDOM)
    assert outcome is PayOutcome.PAID


async def paid_order(database: Database, *units: int) -> Bought:
    """An order that is paid."""
    order = await bought(database, *units)
    await paid(database, order.order_id)
    return order


Lines = list[tuple[int, int]]
"""Numbers of lines, each with units."""


def wish(
    order_id: str, number: str = "SF1020304050", *, lines: Lines | None = None, **more: object
) -> dict[str, object]:
    """What a parcel is asked for by; all that is left without ``lines``."""
    given: dict[str, object] = {
        "requestId": str(make.an_id()),
        "orderId": order_id,
        "carrier": "SF",
        "trackingNumber": number,
        "reason": "已打包",
    }
    if lines is not None:
        given["lines"] = [{"lineNumber": line, "units": units} for line, units in lines]
    return given | more


async def staff(api: Api, document: str, **given: object) -> Any:
    """What a mutation of the staff answers."""
    answer = await api.run(f"playground/{document}", AS_STAFF | ENGLISH, input=given)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def ship(
    api: Api,
    order: Bought,
    number: str = "SF1020304050",
    *,
    lines: Lines | None = None,
    **more: object,
) -> Any:
    """Send a parcel."""
    return await staff(api, "ShipOrder", **wish(order.id, number, lines=lines, **more))


async def own(api: Api, database: Database, order: Bought) -> Any:
    """The order as its member sees it."""
    headers = await as_member(api, database, order.member_id)
    answer = await api.run("miniprogram/OrderDetail", headers | ENGLISH, id=order.id)
    assert "errors" not in answer, answer
    return answer["data"]["order"]


async def units(database: Database) -> tuple[int, int, int]:
    """Units on hand, held and sold in all."""
    async with database.writes() as session:
        sums = (func.sum(each) for each in (StockLevel.on_hand, StockLevel.held, StockLevel.sold))
        (row,) = await session.execute(select(*sums))
        return int(row[0]), int(row[1]), int(row[2])


async def broken(database: Database) -> dict[str, int]:
    """How many rows break each invariant of orders and parcels that is broken."""
    async with database.writes() as session:
        found = {
            invariant.name: len([row async for row in violations(session, invariant)])
            for invariant in (*ORDERS, *SHIPPING)
        }
    return {name: rows for name, rows in found.items() if rows}
