"""Stock in the hands of staff: deliveries, losses and counts, each of them once."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.staff.models import AuditEntry
from domain.stock.actions import Movement, move
from domain.stock.rules import Reason
from tests import make
from tests.api.catalog.desk import REASON, Desk, a_request, problems
from tests.api.client import Api, statements_run

Level = tuple[str, str]


async def a_level(database: Database, *, on_hand: int = 0, held: int = 0) -> Level:
    """A variant and a place, by their public ids."""
    async with database.writes.begin() as session:
        place = await make.place(session)
        (variant,) = await make.variants(session, 1)
        movements = [
            Movement(variant, place, reason, units, "before")
            for reason, units in ((Reason.RECEIVED, on_hand), (Reason.HELD, held))
            if units
        ]
        await move(session, movements, actor="test", at=make.NOON)
    return public_id("variant", variant), public_id("place", place)


def line(level: Level, units: int) -> dict[str, object]:
    return {"variantId": level[0], "placeId": level[1], "units": units}


async def on_hand(api: Api, level: Level) -> Any:
    levels = await Desk(api).read("StockLevels", variantIds=[level[0]])
    return [(each["onHand"], each["held"], each["available"]) for each in levels]


async def test_a_delivery_a_loss_and_a_count_stand_in_the_ledger(api: Api, database: Database):
    desk = Desk(api)
    level = await a_level(database)
    for kind, units in (("RECEIVED", 20), ("WRITTEN_OFF", 3), ("ADJUSTED", -2)):
        done = await desk.do("AdjustStock", kind=kind, lines=[line(level, units)])
        assert done["__typename"] == "StockAdjusted"
    assert done["levels"] == [
        {
            "variantId": level[0],
            "placeId": level[1],
            "onHand": 15,
            "held": 0,
            "sold": 0,
            "available": 15,
        }
    ]
    page = await desk.read("StockEntries", variantId=level[0], placeId=level[1], first=2)
    assert [
        (node["number"], node["reason"], node["units"], node["onHandBefore"], node["onHandAfter"])
        for node in (edge["node"] for edge in page["edges"])
    ] == [(3, "ADJUSTED", -2, 17, 15), (2, "WRITTEN_OFF", 3, 20, 17)]
    assert page["edges"][0]["node"]["note"] == REASON
    rest = await desk.read(
        "StockEntries",
        variantId=level[0],
        placeId=level[1],
        after=page["pageInfo"]["endCursor"],
    )
    assert [edge["node"]["number"] for edge in rest["edges"]] == [1]


async def test_a_repeat_moves_nothing_and_gets_the_first_answer(api: Api, database: Database):
    desk = Desk(api)
    level, request_id = await a_level(database), a_request()
    given = {"requestId": request_id, "kind": "RECEIVED", "lines": [line(level, 5)]}
    first = await desk.do("AdjustStock", **given)
    await desk.do("AdjustStock", kind="RECEIVED", lines=[line(level, 1)])
    assert await desk.do("AdjustStock", **given) == first
    assert await on_hand(api, level) == [(6, 0, 6)]
    other = await desk.send("AdjustStock", **{**given, "lines": [line(level, 6)]})
    assert other["errors"][0]["extensions"]["code"] == "KEY_REUSED"


async def test_what_is_held_cannot_be_written_off_and_nothing_is_half_done(
    api: Api, database: Database
):
    desk = Desk(api)
    plenty = await a_level(database, on_hand=9)
    async with database.writes.begin() as session:
        (variant,) = await make.variants(session, 1)
        place = UUID(hex=plenty[1].removeprefix("place_"))
        for reason, units in ((Reason.RECEIVED, 5), (Reason.HELD, 4)):
            movement = Movement(variant, place, reason, units, "before")
            await move(session, [movement], actor="test", at=make.NOON)
    scarce = (public_id("variant", variant), plenty[1])
    refused = await desk.do(
        "AdjustStock", kind="WRITTEN_OFF", lines=[line(plenty, 1), line(scarce, 2)]
    )
    assert refused == {
        "__typename": "StockShort",
        "variantId": scarce[0],
        "placeId": scarce[1],
        "available": 1,
        "wanted": 2,
        "message": "库存不足：需要 2 件，可用 1 件。",
    }
    assert await on_hand(api, plenty) == [(9, 0, 9)]
    assert await on_hand(api, scarce) == [(5, 4, 1)]


@pytest.mark.parametrize(
    ("kind", "units", "expected"),
    [
        ("RECEIVED", 0, ("lines.0.units", "out_of_range")),
        ("RECEIVED", -1, ("lines.0.units", "out_of_range")),
        ("WRITTEN_OFF", 1_000_001, ("lines.0.units", "out_of_range")),
        ("ADJUSTED", 0, ("lines.0.units", "out_of_range")),
    ],
)
async def test_units_that_are_none_are_a_problem(
    api: Api, database: Database, kind: str, units: int, expected: tuple[str, str]
):
    level = await a_level(database)
    refused = await Desk(api).do("AdjustStock", kind=kind, lines=[line(level, units)])
    assert problems(refused) == {expected}


async def test_lines_that_name_nothing_or_one_level_twice_are_problems(
    api: Api, database: Database
):
    desk = Desk(api)
    level = await a_level(database)
    nowhere = (f"variant_{'0' * 32}", f"place_{'0' * 32}")
    refused = await desk.do(
        "AdjustStock",
        kind="RECEIVED",
        reason=" ",
        lines=[line(level, 1), line(level, 1), line(nowhere, 1)],
    )
    assert problems(refused) == {
        ("lines", "repeated"),
        ("lines.2.variantId", "not_found"),
        ("lines.2.placeId", "not_found"),
        ("reason", "missing"),
    }
    many = await desk.do("AdjustStock", kind="RECEIVED", lines=[line(level, 1)] * 101)
    assert ("lines", "too_many") in problems(many)


async def test_each_line_leaves_an_audit_row(api: Api, database: Database):
    level = await a_level(database, on_hand=5)
    await Desk(api).do("AdjustStock", kind="RECEIVED", lines=[line(level, 7)])
    async with database.writes() as session:
        (entry,) = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.reason) == ("stock.received", REASON)
    assert ((entry.before or {})["on_hand"], (entry.after or {})["on_hand"]) == (5, 12)


async def test_places_and_levels_cost_one_statement_each(api: Api, database: Database):
    level = await a_level(database, on_hand=1)
    before = statements_run()
    (place,) = await Desk(api).read("Places")
    assert (place["id"], place["kind"]) == (level[1], "WAREHOUSE")
    assert await on_hand(api, level) == [(1, 0, 1)]
    assert statements_run() - before == 2
    response = await api.run(
        "playground/StockLevels",
        Desk(api).headers,
        variantIds=[level[0]] * 101,
    )
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_request_that_was_forgotten_moves_nothing_again(
    api: Api, database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    desk = Desk(api)
    level = await a_level(database)
    given = {"requestId": a_request(), "kind": "RECEIVED", "lines": [line(level, 5)]}
    await desk.do("AdjustStock", **given)
    await owner.execute("DELETE FROM request_answers")
    for units in (5, 6):
        again = await desk.send("AdjustStock", **{**given, "lines": [line(level, units)]})
        assert again["errors"][0]["extensions"]["code"] == "KEY_REUSED"
    assert await on_hand(api, level) == [(5, 0, 5)]


async def test_an_adjustment_of_nothing_is_a_problem(api: Api):
    nothing: list[object] = []
    refused = await Desk(api).do("AdjustStock", kind="RECEIVED", lines=nothing)
    assert problems(refused) == {("lines", "missing")}


async def test_a_level_stays_within_what_a_client_can_hold(api: Api, database: Database):
    level = await a_level(database, on_hand=999_999_990)
    desk = Desk(api)
    refused = await desk.do("AdjustStock", kind="RECEIVED", lines=[line(level, 11)])
    assert problems(refused) == {("lines.0.units", "out_of_range")}
    done = await desk.do("AdjustStock", kind="RECEIVED", lines=[line(level, 10)])
    assert done["levels"][0]["onHand"] == 1_000_000_000
