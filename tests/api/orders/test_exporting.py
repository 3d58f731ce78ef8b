"""Exporting orders over HTTP: asked for, watched, fetched, and read as a table."""

import asyncio
import csv
from collections.abc import AsyncGenerator
from io import StringIO
from random import Random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import select, update
from sqlalchemy import text as make_text

from domain.gateways.media_folder import MediaFolder
from domain.gateways.stores import media_store
from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import key_of
from domain.kernel.settings import Settings
from domain.orders.exporting import reading
from domain.orders.exporting.actions import EXPORT
from domain.orders.exporting.models import OrderExport
from domain.orders.exporting.passes import new_pass
from domain.orders.exporting.table import COLUMNS
from domain.orders.exporting.views import FileView
from domain.staff.models import AuditEntry, StaffMember
from tests import make
from tests.api.client import AS_STAFF, Api, running_api
from tests.api.orders.many import fill_orders
from tests.api.staff.desk import a_store, desk_of, someone
from workers.order_exports import run_order_exports
from workers.tools import Tools

PHONE = "13800138000"


async def ask(api: Api, **filter_: object) -> str:
    """Ask for an export as the owner; its id."""
    given = {"requestId": str(make.an_id()), "reason": "月度对账", "filter": filter_}
    response = await api.run("playground/ExportOrders", AS_STAFF, input=given)
    return response["data"]["exportOrders"]["exportId"]


async def state(api: Api, export_id: str) -> Any:
    """How far it has come."""
    return (await api.run("playground/OrderExport", AS_STAFF, id=export_id))["data"]["orderExport"]


async def sweep(database: Database, settings: Settings) -> None:
    """What a worker does each second."""
    tools = Tools(database, system_clock, media_store(settings), Random(3))
    await run_order_exports({"tools": tools})


async def test_a_table_of_orders_is_asked_for_watched_and_fetched(
    api: Api,
    database: Database,
    shared_settings: Settings,
    owner: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(reading, "ORDERS_AT_ONCE", 20)
    await fill_orders(owner, 90)
    export_id = await ask(api, status="CLOSED")
    waiting = await state(api, export_id)
    assert (waiting["status"], waiting["rowsWritten"], waiting["downloadPath"]) == (
        "WAITING",
        0,
        None,
    )
    with monkeypatch.context() as patched:
        patched.setattr("workers.order_exports._LONGEST_SECONDS", 0.000001)
        await sweep(database, shared_settings)
        while (await state(api, export_id))["ordersSeen"] == 0:
            patched.setattr("workers.order_exports._LONGEST_SECONDS", 0.001)
            await sweep(database, shared_settings)
    running = await state(api, export_id)
    assert running["ordersSeen"] in range(20, 82, 1)
    await sweep(database, shared_settings)
    done = await state(api, export_id)
    assert (done["status"], done["ordersSeen"]) == ("DONE", 81)
    listed = await api.run("playground/OrderExports", AS_STAFF)
    (edge,) = listed["data"]["orderExports"]["edges"]
    assert edge["node"]["id"] == export_id

    file = await api.http.get(done["downloadPath"])
    assert file.status_code == 200
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["cache-control"] == "no-store"
    assert int(file.headers["content-length"]) == len(file.content)
    header, *rows = csv.reader(StringIO(file.content.decode("utf-8-sig"), newline=""))
    assert header == list(COLUMNS.values())
    line = list(COLUMNS).index("line_number")
    assert len(rows) == done["rowsWritten"] == len({(row[0], row[line]) for row in rows})
    assert {row[2] for row in rows} == {"已关闭 Closed"}


async def test_without_a_pass_nobody_gets_a_file(
    api: Api, database: Database, shared_settings: Settings
):
    export_id = await ask(api)
    await sweep(database, shared_settings)
    path = (await state(api, export_id))["downloadPath"]
    plain, _, given = path.partition("?pass=")
    for wrong in (plain, f"{plain}?pass=", f"{plain}?pass=1.x", f"{path}x", f"{path}é"):
        response = await api.http.get(wrong, headers=AS_STAFF)
        assert response.status_code == 403
    other = path.replace(export_id, await ask(api))
    assert (await api.http.get(other)).status_code == 403
    until, staff_id, signature = given.split(".")
    for forged in (
        f"{int(until) + 60}.{staff_id}.{signature}",
        f"{until}.{make.an_id().hex}.{signature}",
        f"{until}.{signature}",
    ):
        assert (await api.http.get(f"{plain}?pass={forged}")).status_code == 403
    assert (await api.http.get(path)).status_code == 200
    async with database.writes.begin() as session:
        await session.execute(
            make_text("UPDATE order_exports SET status = 'running', finished_at = NULL")
        )
    assert (await api.http.get(path)).status_code == 404


async def trail_of_fetches(api: Api) -> list[dict[str, Any]]:
    """Who took files, as the API tells it."""
    wanted = {"action": "orders.export_fetch"}
    answer = await api.run("playground/AuditEntries", AS_STAFF, filter=wanted, first=10)
    return [edge["node"] for edge in answer["data"]["auditEntries"]["edges"]]


async def test_whoever_takes_a_file_stands_in_the_trail_each_time(
    api: Api, database: Database, shared_settings: Settings
):
    export_id = await ask(api)
    await sweep(database, shared_settings)
    path = (await state(api, export_id))["downloadPath"]
    assert await trail_of_fetches(api) == []
    for _ in range(2):
        assert (await api.http.get(path)).status_code == 200
    for entry in await trail_of_fetches(api):
        told = entry["actor"]["name"], entry["subjectId"], entry["reason"]
        assert told == ("开发者", export_id, "月度对账")
    assert len(await trail_of_fetches(api)) == 2


@pytest.mark.parametrize(
    "change", [{"role": Role.ENGINEER}, {"blocked_at": make.NOON, "block_reason": "离职"}]
)
async def test_a_pass_opens_nothing_for_who_may_not_have_it_any_more(
    api: Api, database: Database, shared_settings: Settings, change: dict[str, Any]
):
    staff = await someone(database, Role.FINANCE)
    export_id = await ask(api)
    await sweep(database, shared_settings)
    plain = (await state(api, export_id))["downloadPath"].partition("?")[0]
    key = key_of(export_id, EXPORT)
    assert key is not None
    given = new_pass(shared_settings.required_vault(), key, staff.id, at=system_clock())
    assert (await api.http.get(f"{plain}?pass={given}")).status_code == 200
    (entry,) = await trail_of_fetches(api)
    assert entry["actor"]["name"] == staff.name

    async with database.writes.begin() as session:
        await session.execute(
            update(StaffMember).where(StaffMember.id == staff.id).values(**change)
        )
    assert (await api.http.get(f"{plain}?pass={given}")).status_code == 403
    assert len(await trail_of_fetches(api)) == 1


@pytest.fixture
async def impatient_api(
    shared_settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Api]:
    """The API, where nobody waits long for a turn to fetch a file."""
    monkeypatch.setattr("api.files._PATIENCE_SECONDS", 0.05)
    async with running_api(shared_settings) as api:
        yield api


async def test_more_files_at_once_than_there_are_turns_are_asked_to_come_again(
    impatient_api: Api,
    database: Database,
    shared_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
):
    api = impatient_api
    export_id = await ask(api)
    await sweep(database, shared_settings)
    path = (await state(api, export_id))["downloadPath"]
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def held_up(*_: object, **__: object) -> bytes:
        begun.release()
        await go_on.wait()
        return b""

    monkeypatch.setattr(MediaFolder, "read", held_up)
    monkeypatch.setattr("api.orders.downloading.export_file", a_file)
    taking = [asyncio.ensure_future(api.http.get(path)) for _ in range(8)]
    for _ in taking:
        await begun.acquire()
    refused = await api.http.get(path)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    # Without a pass nobody takes up anybody's turn.
    assert (await api.http.get(path.partition("?")[0])).status_code == 403
    go_on.set()
    assert {each.status_code for each in await asyncio.gather(*taking)} == {200}


async def a_file(*_: object) -> FileView:
    """A file of one part that is empty."""
    return FileView(["exports/of-a-test"], 0)


@pytest.mark.parametrize("role", [Role.GUIDE, Role.STORE_MANAGER, Role.ENGINEER])
async def test_who_keeps_no_books_exports_nothing(database: Database, role: Role):
    stores = [] if role is Role.ENGINEER else [await a_store(database)]
    desk = desk_of(database, await someone(database, role, *stores))
    given = {"requestId": str(make.an_id()), "reason": "x"}
    assert await desk.code("playground/ExportOrders", input=given) == "FORBIDDEN"
    assert await desk.code("playground/OrderExports") == "FORBIDDEN"
    export = "order_export_" + make.an_id().hex
    assert await desk.code("playground/OrderExport", id=export) == "FORBIDDEN"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.FINANCE, Role.OWNER])
async def test_an_export_stands_in_the_trail_with_its_filter_and_no_phone(
    database: Database, role: Role
):
    staff = await someone(database, role)
    request = str(make.an_id())
    given = {"requestId": request, "reason": "客诉核对", "filter": {"phone": PHONE}}
    answers = [await desk_of(database, staff).see("ExportOrders", input=given) for _ in range(2)]
    assert answers[0] == answers[1]
    async with database.writes() as session:
        (entry,) = await session.scalars(select(AuditEntry))
        (export,) = await session.scalars(select(OrderExport))
    assert (entry.action, entry.actor, entry.reason) == ("orders.export", staff.key, "客诉核对")
    assert entry.subject_id == export.id
    told: Any = entry.after
    assert list(told["filter"]) == ["phone"]
    assert PHONE not in str(entry.after)


async def test_an_export_needs_a_reason(database: Database):
    given = {"requestId": str(make.an_id()), "reason": " "}
    answer = await desk_of(database, await someone(database)).see("ExportOrders", input=given)
    assert [each["path"] for each in answer["problems"]] == ["reason"]
