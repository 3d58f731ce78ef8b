"""Workers that are killed while they tell WeChat what was shipped, and those that go on."""

from pathlib import Path

from sqlalchemy import update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.shipping_duty.models import ShippingDuty
from domain.shipping_duty.words import DutyStatus
from tests.api.payments.malls import paying_mall
from tests.api.shipping_duty.parcels import Depot, broken
from tests.domain.orders.buying import a_shop
from tests.domain.payments.tills import Clock
from tests.faults.payers import PayingRig
from tests.faults.rig import Rig, until
from tests.wechat import FakeWeChat

WORKER = {"shipping_duty.told"}
"""Where a worker dies: WeChat has it, and nobody has noted that."""


async def test_what_a_killed_worker_has_told_is_told_once(
    rig: Rig, settings: Settings, wechat: FakeWeChat, database: Database, tmp_path: Path
):
    (place,) = WORKER
    mall = PayingRig(rig, wechat, database, tmp_path / "flag")
    async with paying_mall(settings, wechat, database) as paying:
        depot = Depot(paying, Clock(system_clock()))
        sold = await depot.paid(await a_shop(database, units=5))
        await sold.ship("SF1020304050")
    mall.flag.touch()
    async with mall.worker(place) as worker:
        await worker.died()
    duty = await sold.duty()
    assert (duty.status, duty.is_uncertain, duty.told) == (DutyStatus.DUE, True, None)
    assert len(depot.uploads()) == 1

    async with database.writes.begin() as session:
        await session.execute(update(ShippingDuty).values(try_at=system_clock()))

    async def is_told() -> bool:
        return (await sold.duty()).status is DutyStatus.ACCEPTED

    async with mall.worker():
        await until(is_told)
    assert len(depot.uploads()) == 1
    assert not sold.shipping.is_resent
    assert await broken(database) == set()
