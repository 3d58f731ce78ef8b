"""Parcels from a table: tried, sent chunk by chunk, and what became of each row."""

import asyncio
import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.gateways.media_folder import MediaFolder
from domain.kernel.actors import By
from domain.kernel.db import Database
from domain.media import actions as media
from domain.media.actions import Expected
from domain.media.rules import MediaType, Purpose, incoming_key
from domain.media.table_jobs import CLAIM_LIFE, RETENTION
from domain.orders.models import Order, OrderLine
from domain.orders.refunding.rules import UnitsBack
from domain.orders.shipping.importing import actions
from domain.orders.shipping.importing.errors import ShipmentsImported
from domain.orders.shipping.importing.models import ShipmentImport, ShipmentImportRow
from domain.orders.shipping.models import Shipment
from domain.orders.words import OrderStatus
from domain.staff.models import AuditEntry
from tests import make
from tests.api.client import AS_STAFF, Api
from tests.api.orders.parcels import ENGLISH, Bought, bought, broken, paid, paid_order, ship, units
from tests.domain.members.people import rows
from tests.domain.orders.refunding.given import refunded
from tests.imports import OPERATOR
from tests.make import NOON
from workers.shipment_imports import forget_shipment_imports, run_shipment_imports
from workers.tools import Tools

COLUMNS = ("order_number", "carrier", "tracking_number", "sku", "units")
Cells = tuple[str, ...]


def table(given: Sequence[Cells]) -> bytes:
    """A table as a spreadsheet writes it."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([*each, *[""] * (len(COLUMNS) - len(each))] for each in given)
    return text.getvalue().encode("utf-8-sig")


@dataclass
class Desk:
    """A mall whose operator sends from tables, and whose clock the test moves."""

    database: Database
    store: MediaFolder
    now: datetime = NOON
    random: Random = field(default_factory=lambda: Random(3))

    @property
    def tools(self) -> Any:
        """What a worker has in its hands."""
        return {"tools": Tools(self.database, lambda: self.now, self.store, self.random)}

    async def uploaded(self, content: bytes) -> UUID:
        """A table that was uploaded."""
        expected = Expected(Purpose.SHIPMENT_IMPORT, MediaType.CSV, len(content))
        async with self.database.writes.begin() as session:
            ticket = await media.promise(
                session, expected, owner=OPERATOR.key, at=NOON, random=self.random
            )
            upload = await media.own(session, ticket.upload_id, owner=OPERATOR.key)
            ready = await media.mark_ready(session, upload, size=None, at=NOON)
            assert ready.object_key is not None
            await self.store.put(ready.object_key, content, MediaType.CSV)
            await self.store.delete(incoming_key(upload.id))
        return ticket.upload_id

    async def asked(self, upload_id: UUID, *, is_preview: bool = False) -> UUID:
        """An import that was asked for."""
        by = By(OPERATOR, self.now, self.random)
        async with self.database.writes.begin() as session:
            asked = await actions.ask(
                session, upload_id, is_preview=is_preview, reason="今日发货", by=by
            )
        return asked.import_id

    async def run(self, given: Sequence[Cells], *, is_preview: bool = False) -> UUID:
        """Send from a table to its end."""
        import_id = await self.asked(await self.uploaded(table(given)), is_preview=is_preview)
        await run_shipment_imports(self.tools)
        return import_id

    async def state(self, import_id: UUID) -> ShipmentImport:
        """How far an import has come."""
        async with self.database.writes() as session:
            return await session.get_one(ShipmentImport, import_id)

    async def outcomes(self, import_id: UUID) -> dict[int, str]:
        """The outcome of each row, and what is wrong with it, by its number in the table."""
        found = sorted(await rows(self.database, ShipmentImportRow), key=lambda each: each.line)
        return {
            each.line: " ".join(
                [each.outcome, *(f"{one['path']}:{one['code']}" for one in each.problems)]
            )
            for each in found
            if each.import_id == import_id
        }


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    """A mall with a folder of its own."""
    return Desk(database, make.media_folder(tmp_path))


async def paid_orders(database: Database, count: int, *units: int) -> list[Bought]:
    """So many paid orders of one shop."""
    orders = [await paid_order(database, *units)]
    for _ in range(count - 1):
        orders.append(await bought(database, *units, shop=orders[0].shop))
        await paid(database, orders[-1].order_id)
    return orders


async def number_of(database: Database, order: Bought) -> str:
    """The number of an order."""
    async with database.writes() as session:
        return (await session.get_one(Order, order.order_id)).number


async def skus_of(database: Database, order: Bought) -> list[str]:
    """The articles of an order, by their line."""
    async with database.writes() as session:
        own = select(OrderLine.sku).where(OrderLine.order_id == order.order_id)
        return [*await session.scalars(own.order_by(OrderLine.number))]


async def statuses(database: Database) -> list[OrderStatus]:
    """Of all orders, the oldest first."""
    found = sorted(await rows(database, Order), key=lambda each: each.id)
    return [each.status for each in found]


async def test_a_table_sends_whole_orders_and_parts_of_them(desk: Desk):
    first, second = await paid_orders(desk.database, 2, 2, 2)
    one, two = [await number_of(desk.database, each) for each in (first, second)]
    sku, other = await skus_of(desk.database, second)
    import_id = await desk.run(
        [
            (f"'{one}", "顺丰速运", "SF1000000001"),
            (two, "zto", "ZT1000000001", sku, "1"),
            (two, "ZTO Express", "ZT1000000002", sku, "1"),
            (two, "中通快递", "ZT1000000001", other, ""),
        ]
    )
    assert await desk.outcomes(import_id) == dict.fromkeys(range(2, 6), "shipped")
    assert await statuses(desk.database) == [OrderStatus.SHIPPED] * 2
    assert await units(desk.database) == (92, 0, 8)
    state = await desk.state(import_id)
    assert (state.status, state.shipped, state.row_count, state.order_count) == ("done", 4, 4, 2)
    trail = [each for each in await rows(desk.database, AuditEntry) if each.action == "order.ship"]
    assert [each.reason for each in trail] == ["今日发货"] * 3
    assert await broken(desk.database) == {}


async def test_the_same_table_twice_sends_nothing_twice(desk: Desk):
    order = await paid_order(desk.database, 2)
    number = await number_of(desk.database, order)
    given = [(number, "SF", "SF1000000001", (await skus_of(desk.database, order))[0], "1")]
    await desk.run(given)
    again = await desk.run(given)
    assert await desk.outcomes(again) == {2: "already_shipped"}
    assert len(await rows(desk.database, Shipment)) == 1
    assert await units(desk.database) == (49, 1, 1)


async def test_what_is_refunded_of_an_article_is_not_in_its_parcel(desk: Desk):
    order = await paid_order(desk.database, 3)
    number, (sku,) = await number_of(desk.database, order), await skus_of(desk.database, order)
    await refunded(desk.database, order.order_id, UnitsBack(1, 1))
    await refunded(desk.database, order.order_id, UnitsBack(1, 1), is_back=False)
    more = await desk.run([(number, "SF", "SF1000000001", sku, "2")])
    assert await desk.outcomes(more) == {2: "refused units:units_not_left"}
    rest = await desk.run([(number, "SF", "SF1000000001", sku, "")])
    assert await desk.outcomes(rest) == {2: "shipped"}
    assert await units(desk.database) == (49, 1, 1)


async def test_a_preview_refuses_what_sending_would_and_sends_nothing(desk: Desk):
    order = await paid_order(desk.database, 2)
    number, (sku,) = await number_of(desk.database, order), await skus_of(desk.database, order)
    given = [
        (number, "SF", "SF1000000001", sku, "1"),
        (number, "SF", "SF1000000002", sku, "2"),
        (number, "SF", "SF1000000003"),
        (number, "SF", "SF1000000004"),
    ]
    expected = [
        "",
        " units:units_not_left",
        "",
        " order_number:order_all_shipped",
    ]
    upload_id = await desk.uploaded(table(given))
    tried = await desk.asked(upload_id, is_preview=True)
    await run_shipment_imports(desk.tools)
    assert [*(await desk.outcomes(tried)).values()] == [
        f"refused{each}" if each else "ready" for each in expected
    ]
    assert await rows(desk.database, Shipment) == []
    assert await rows(desk.database, AuditEntry) == []
    assert await units(desk.database) == (50, 2, 0)
    with pytest.raises(ShipmentsImported):
        await desk.asked(upload_id, is_preview=True)
    assert await desk.asked(upload_id) == tried
    await run_shipment_imports(desk.tools)
    assert [*(await desk.outcomes(tried)).values()] == [
        f"refused{each}" if each else "shipped" for each in expected
    ]
    with pytest.raises(ShipmentsImported):
        await desk.asked(upload_id)
    assert await broken(desk.database) == {}


async def test_each_row_says_what_is_wrong_with_it(desk: Desk):
    order = await paid_order(desk.database, 1, 1)
    unpaid = await bought(desk.database, 1, 1, shop=order.shop)
    waiting, number = [await number_of(desk.database, each) for each in (unpaid, order)]
    sku, other = await skus_of(desk.database, order)
    import_id = await desk.run(
        [
            (waiting, "SF", "SF1000000001"),
            ("261128000000000000", "SF", "SF1000000002"),
            ("2.61128E+17", "SF", "SF1000000003"),
            ("", "", ""),
            (number, "pigeon", "SF1000000004", sku),
            (number, "SF", "x", sku),
            (number, "SF", "SF1000000005", sku, "1"),
            (number, "SF", "SF1000000005", "NONE", "1"),
            (number, "JD", "JD1000000006", other, "many"),
            (number, "EMS", "EM1000000007", "", "1"),
        ]
    )
    assert await desk.outcomes(import_id) == {
        2: "refused order_number:order_not_paid",
        3: "refused order_number:not_an_order_number",
        4: "refused order_number:not_an_order_number",
        6: "refused carrier:not_a_carrier",
        7: "refused tracking_number:not_a_tracking_number",
        8: "held_back :parcel_held_back",
        9: "refused sku:not_found",
        10: "refused units:not_a_number",
        11: "refused sku:missing",
    }
    assert await rows(desk.database, Shipment) == []


async def test_a_worker_that_dies_leaves_no_parcel_twice_and_none_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    orders = await paid_orders(desk.database, 3, 1)
    numbers = [await number_of(desk.database, each) for each in orders]
    given = [(each, "SF", f"SF100000000{place}") for place, each in enumerate(numbers)]
    import_id = await desk.asked(await desk.uploaded(table(given)))
    monkeypatch.setattr(actions, "ORDERS_AT_ONCE", 1)
    really, calls = actions.send_orders, 0

    async def dies(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        found = await really(*given)
        if calls == 2:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(actions, "send_orders", dies)
    with pytest.raises(KeyboardInterrupt):
        await run_shipment_imports(desk.tools)
    assert (await desk.state(import_id)).orders_done == 1
    assert len(await rows(desk.database, Shipment)) == 1
    desk.now += CLAIM_LIFE + timedelta(seconds=1)
    await run_shipment_imports(desk.tools)
    assert await desk.outcomes(import_id) == dict.fromkeys((2, 3, 4), "shipped")
    assert len(await rows(desk.database, Shipment)) == 3
    assert await broken(desk.database) == {}


async def test_an_order_with_very_many_rows_is_one_chunk_and_told_so(desk: Desk):
    number = await number_of(desk.database, await paid_order(desk.database, 40))
    import_id = await desk.run([(number, "SF", f"SF1000000{place:03}") for place in range(300)])
    outcomes = [*(await desk.outcomes(import_id)).values()]
    assert outcomes[0] == "shipped"
    assert outcomes[1] == "refused order_number:order_all_shipped"
    assert outcomes[-1] == "refused order_number:too_many_parcels_of_order"


async def test_the_result_is_read_row_by_row_and_fetched_as_a_table(api: Api, desk: Desk):
    order = await paid_order(desk.database, 1)
    number = await number_of(desk.database, order)
    import_id = await desk.run([(number, "SF", "SF1000000001"), ("=1+1", "SF", "SF1000000002")])
    public = f"shipment_import_{import_id.hex}"
    headers = AS_STAFF | ENGLISH
    state = await api.run("playground/ShipmentImport", headers, id=public)
    found = state["data"]["shipmentImport"]
    assert (found["status"], found["shipped"], found["refused"]) == ("DONE", 1, 1)
    answer = await api.run(
        "playground/ShipmentImportRows", headers, importId=public, outcome="REFUSED"
    )
    (edge,) = answer["data"]["shipmentImportRows"]["edges"]
    assert edge["node"]["line"] == 3
    assert edge["node"]["problems"][0]["code"] == "not_an_order_number"
    file = await api.http.get(found["resultPath"])
    assert file.status_code == 200
    header, sent, wrong = csv.reader(StringIO(file.content.decode("utf-8-sig")))
    assert header[:3] == ["line", "order_number", "carrier"]
    assert (sent[1], sent[6]) == (f"{number}\t", "已发货 Sent")
    assert wrong[1].startswith("'=1+1")
    assert (await api.http.get(found["resultPath"] + "x")).status_code == 403


async def test_an_operator_asks_for_an_import_over_http(api: Api, desk: Desk):
    unknown = {
        "requestId": str(make.an_id()),
        "uploadId": f"upload_{make.an_id().hex}",
        "isPreview": True,
        "reason": "今日发货",
    }
    answer = await api.run("playground/ImportShipments", AS_STAFF, input=unknown)
    assert answer["data"]["importShipments"]["__typename"] == "UploadUnknown"


async def test_old_imports_go_with_their_tables(desk: Desk):
    order = await paid_order(desk.database, 1)
    await desk.run([(await number_of(desk.database, order), "SF", "SF1000000001")])
    desk.now += RETENTION
    await forget_shipment_imports(desk.tools)
    assert len(await rows(desk.database, ShipmentImport)) == 1
    desk.now += timedelta(seconds=1)
    await forget_shipment_imports(desk.tools)
    assert await rows(desk.database, ShipmentImport) == []
    assert await rows(desk.database, ShipmentImportRow) == []
    assert len(await rows(desk.database, Shipment)) == 1


async def test_sending_by_hand_and_from_a_table_at_one_moment_send_once(api: Api, desk: Desk):
    order = await paid_order(desk.database, 2)
    number = await number_of(desk.database, order)
    await desk.asked(await desk.uploaded(table([(number, "SF", "SF1000000001")])))
    await asyncio.gather(run_shipment_imports(desk.tools), ship(api, order, "SF1000000002"))
    assert await units(desk.database) == (48, 0, 2)
    assert len(await rows(desk.database, Shipment)) == 1
    assert await broken(desk.database) == {}
