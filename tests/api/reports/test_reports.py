"""Reports through trusted documents and as files: for whom, of which days, at what price."""

import csv
from io import StringIO
from random import Random

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.reports.exporting import FINANCE_COLUMNS, SALES_COLUMNS
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.staff.desk import a_store, desk_of, someone
from tests.domain.reports.histories import a_history

SALES, FINANCE = "playground/SalesReport", "playground/FinanceReport"
DAYS = {"firstDay": "2026-11-01", "lastDay": "2026-11-05"}


async def test_who_keeps_the_books_reads_reports_and_nobody_else(database: Database):
    store = await a_store(database)
    for role in Role:
        desk = desk_of(database, await someone(database, role, store))
        for document, cost in ((SALES, 4), (FINANCE, 4)):
            before = statements_run()
            answer = await desk.run(document)
            if role in {Role.FINANCE, Role.OPERATOR, Role.OWNER}:
                assert "errors" not in answer, role
                assert statements_run() == before + cost
            else:
                assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", role


async def test_without_days_it_is_yesterday_and_no_day_to_come(database: Database):
    desk = desk_of(database, await someone(database, Role.FINANCE))
    told = await desk.see("SalesReport")
    assert (told["firstDay"], told["lastDay"]) == ("2026-11-10", "2026-11-10")
    for days in (
        {"firstDay": "2026-11-12"},
        {"firstDay": "2026-11-31"},
        {"firstDay": "20261101"},
        {"firstDay": "2026-11-05", "lastDay": "2026-11-01"},
        {"firstDay": "2026-10-01", "lastDay": "2026-11-01"},
    ):
        assert await desk.code(SALES, **days) == "BAD_INPUT"
        assert await desk.code(FINANCE, **days) == "BAD_INPUT"
    assert len((await desk.see("SalesReport", firstDay="2026-10-12", lastDay="2026-11-11"))["days"])


async def test_reports_are_fetched_as_tables(api: Api, database: Database):
    await a_history(database, Random(2), 20)
    for document, field, columns in (
        (SALES, "salesReport", SALES_COLUMNS),
        (FINANCE, "financeReport", FINANCE_COLUMNS),
    ):
        told = (await api.run(document, AS_STAFF, **DAYS))["data"][field]
        assert len(told["days"]) == 5
        path = told["downloadPath"]
        file = await api.http.get(path)
        assert file.status_code == 200, path
        header, *lines = csv.reader(StringIO(file.content.decode("utf-8-sig"), newline=""))
        assert header == list(columns.values())
        assert lines
        # A pass is for that file and those days alone.
        for wrong in (path.replace("/sales/", "/finance/"), path.replace("11-05", "11-04")):
            if wrong != path:
                assert (await api.http.get(wrong)).status_code == 403
