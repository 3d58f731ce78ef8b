"""What a fake WeChat still knows when it is started again: people, payments and parcels.

All else it forgets: codes, tokens, messages, and what it was told to do wrong.
"""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec

from domain.kernel.logs import logger
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.orders import Order
from sandbox.wechat.pay.refunds import RefundStatus
from sandbox.wechat.people import PhoneNumber
from sandbox.wechat.shipping.records import Shipping
from sandbox.wechat.world import World

_LOG = logger(__name__)
_LEAST_PAUSE = 1.0
_MOST_SHARE = 0.02
"""How much of the time is spent on writing at the most, however much there is."""
_FOR_ITS_OWNER = 0o600


class KeptPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody with WeChat, as long as the mini-program is the same."""

    name: str
    unionid: str | None = None
    phone: str | None = None
    is_high_risk: bool = False


class Kept(msgspec.Struct, forbid_unknown_fields=True):
    """People, what they were asked to pay and have paid, and the parcels of that by its number."""

    people: list[KeptPerson] = []
    payments: list[Order] = []
    shippings: dict[str, Shipping] = {}


def kept_of(world: World) -> Kept:
    """What is kept of a world."""
    return Kept(
        people=[
            KeptPerson(
                each.name, each.unionid, each.phone.e164 if each.phone else None, each.is_high_risk
            )
            for each in world.people
        ],
        payments=list(world.pay.orders) if world.pay else [],
        shippings=dict(world.shippings.told),
    )


def put_back(world: World, kept: Kept) -> None:
    """Let a world know what was kept, in the place of what it knows of the same numbers.

    `ValueError` for a phone number of no country known here.
    """
    for each in kept.people:
        person = world.people.meet(each.name)
        person.unionid, person.is_high_risk = each.unionid, each.is_high_risk
        person.phone = PhoneNumber.of(each.phone) if each.phone else None
    if world.pay:
        for order in kept.payments:
            world.pay.orders.add(order)
    world.shippings.told.update(kept.shippings)


async def tell_history(http: httpx.AsyncClient, url: str, kept: Kept) -> None:
    """Let a fake WeChat that is running know what was before. `httpx.HTTPError` where it cannot."""
    answer = await http.post(
        f"{url}/_control/history",
        content=msgspec.json.encode(kept),
        headers={"content-type": "application/json"},
    )
    answer.raise_for_status()


class Keeper:
    """Keeps what a world knows in a file, which is as it was a second ago at any moment."""

    def __init__(self, path: Path, world: World) -> None:
        self._path = path
        self._world = world
        self._written = b""

    def restore(self, cashier: Cashier) -> None:
        """Let the world know what the file has, and let refunds that were under way go on.

        A file that cannot be read is moved aside, for people: it is all that is left of payments.
        `OSError` where that cannot be done, and where the file cannot be had.
        """
        with suppress(FileNotFoundError):
            content = self._path.read_bytes()
            try:
                put_back(self._world, msgspec.json.decode(content, type=Kept))
            except (msgspec.DecodeError, ValueError) as error:
                broken = self._path.with_suffix(".broken")
                self._path.replace(broken)
                _LOG.error(
                    "wechat.state_not_read", moved_to=str(broken), reason=type(error).__name__
                )
        desk = self._world.pay
        if desk is None:
            return
        for refund in desk.refunds:
            if refund.status is RefundStatus.PROCESSING:
                cashier.accept(desk, refund)

    async def keep(self) -> None:
        """Write down what has changed, again and again, until it is cancelled, and then once more.

        A world that has grown large is written down less often.
        """
        try:
            while True:
                begun = time.monotonic()
                self.write()
                taken = time.monotonic() - begun
                await asyncio.sleep(max(_LEAST_PAUSE, taken / _MOST_SHARE))
        finally:
            self.write()

    def write(self) -> None:
        """Write the file in the place of the one before, whole at any moment."""
        content = msgspec.json.encode(kept_of(self._world))
        if content == self._written:
            return
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FOR_ITS_OWNER)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        new.replace(self._path)
        self._written = content
