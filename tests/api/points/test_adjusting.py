"""Points that the staff add and take: at once, or by a second person; and accounts that freeze."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.kernel.actors import Role, Staff
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.members.views.structs import MEMBER
from domain.points.audit import INVARIANTS
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.members.desk import Caller, member, staff
from tests.api.points.purse import Purse, a_purse
from tests.domain.points.replay import replay

ASKER = Staff(make.an_id(), "小林", Role.OPERATOR)
OTHER = Staff(make.an_id(), "小周", Role.OPERATOR)
THIRD = Staff(make.an_id(), "小吴", Role.FINANCE)
COLUMNS = "pending, available, held, debt, entries, frozen_at"


@dataclass
class Desk:
    """A member's points, and the staff who adjust them."""

    purse: Purse
    owner: Any
    asker: Caller
    other: Caller

    @property
    def member_id(self) -> str:
        """The member."""
        return public_id(MEMBER, self.purse.member_id)

    async def adjust(self, points: int, *, by: Caller | None = None, **more: Any) -> Any:
        """Adjust points."""
        given: dict[str, Any] = {"memberId": self.member_id, "points": points}
        given |= {"reasonCode": "COMPENSATION", "ticket": "CS-1"}
        given |= {"validDays": 30} if points > 0 else {}
        return await (by or self.asker).act("AdjustPoints", **given | more)

    async def waiting(self, points: int) -> str:
        """The id of an adjustment that waits."""
        adjusted = (await self.adjust(points))["adjustment"]
        assert adjusted["status"] == "WAITING"
        return adjusted["id"]

    async def state(self) -> list[Any]:
        """All that there is of points and of the trail."""
        rows: list[Any] = []
        for what in (
            f"SELECT {COLUMNS} FROM points_accounts WHERE wallet = 'spend' AND entries > 0",
            "SELECT id, remaining, revoked FROM points_lots ORDER BY id",
            "SELECT id, status, decided_by FROM points_adjustments ORDER BY id",
            "SELECT action, reason FROM audit_entries ORDER BY id",
        ):
            rows += [tuple(row) for row in await self.owner.fetch(what)]
        return rows

    async def actions(self) -> list[str]:
        """What the trail says was done, by name: ids of one moment sort by chance."""
        found = await self.owner.fetch("SELECT action FROM audit_entries ORDER BY action")
        return [row["action"] for row in found]

    async def available(self) -> int:
        """What the member can spend."""
        told = await self.asker.see("MemberPoints", memberId=self.member_id)
        return told["available"]


@pytest.fixture
async def desk(database: Database, owner: Any) -> Desk:
    """A member with nothing."""
    purse = await a_purse(database)
    return Desk(purse, owner, staff(database, ASKER), staff(database, OTHER))


async def stands(desk: Desk) -> None:
    """Prove that the ledger is sound."""
    await replay(desk.owner)
    async with desk.purse.database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name


def kinds(answers: Iterable[Any]) -> Counter[str]:
    """How often each kind of answer came."""
    return Counter(each["__typename"] for each in answers)


async def at_once(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """All of them at once."""
    return list(await asyncio.gather(*calls))


async def test_points_are_added_and_taken_over_http(api: Api, database: Database):
    purse = await a_purse(database)
    member_id = public_id(MEMBER, purse.member_id)
    given = {
        "requestId": str(make.an_id()), "memberId": member_id, "points": 300, "validDays": 30,
        "reasonCode": "GOODWILL", "reason": "会员日补发",
    }  # fmt: skip
    for _ in range(2):
        answer = await api.run("playground/AdjustPoints", AS_STAFF, input=given)
        adjusted = answer["data"]["adjustPoints"]["adjustment"]
        assert (adjusted["status"], adjusted["points"], adjusted["validDays"]) == (
            "APPLIED", 300, 30,
        )  # fmt: skip
    taken = given | {"requestId": str(make.an_id()), "points": -120, "validDays": None}
    await api.run("playground/AdjustPoints", AS_STAFF, input=taken)
    told = await api.run("playground/MemberPoints", AS_STAFF, memberId=member_id)
    points = told["data"]["staffMemberPoints"]
    assert (points["available"], points["entries"], points["isFrozen"]) == (180, 2, False)
    answer = await api.run("playground/AdjustPoints", input=given)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_member_reads_why_they_were_adjusted(desk: Desk):
    await desk.adjust(50)
    await desk.adjust(-20, reasonCode="CORRECTION")
    me = member(desk.purse.database, desk.purse.member_id)
    edges = (await me.read("PointsEntries"))["edges"]
    assert [(each["node"]["text"], each["node"]["change"]) for each in edges] == [
        ("Adjusted by our staff: a correction", -20),
        ("Adjusted by our staff: a compensation", 50),
    ]


async def test_what_is_beyond_the_limit_waits_for_somebody_else(desk: Desk):
    adjustment = await desk.waiting(1_001)
    assert await desk.available() == 0
    refused = await desk.asker.act("ApprovePointsAdjustment", adjustmentId=adjustment)
    assert refused["__typename"] == "OwnAdjustment"
    refused = await desk.asker.act("RejectPointsAdjustment", adjustmentId=adjustment)
    assert refused["__typename"] == "OwnAdjustment"
    request_id = str(make.an_id())
    for _ in range(2):
        approved = await desk.other.act(
            "ApprovePointsAdjustment", requestId=request_id, adjustmentId=adjustment
        )
        assert approved["adjustment"]["status"] == "APPLIED"
        assert approved["adjustment"]["decidedBy"] == "小周"
    assert await desk.available() == 1_001
    again = await desk.other.act("RejectPointsAdjustment", adjustmentId=adjustment)
    assert (again["__typename"], again["status"]) == ("AdjustmentDecided", "APPLIED")
    assert await desk.actions() == ["points.approve", "points.request"]
    await stands(desk)


async def test_what_is_rejected_moves_nothing(desk: Desk):
    adjustment = await desk.waiting(5_000)
    rejected = await desk.other.act("RejectPointsAdjustment", adjustmentId=adjustment)
    assert rejected["adjustment"]["status"] == "REJECTED"
    again = await desk.other.act("ApprovePointsAdjustment", adjustmentId=adjustment)
    assert again["__typename"] == "AdjustmentDecided"
    assert await desk.available() == 0
    await stands(desk)


async def test_what_one_person_adjusts_of_a_member_in_a_day_counts_together(desk: Desk):
    await desk.adjust(600)
    await desk.adjust(-400)
    assert (await desk.adjust(1))["adjustment"]["status"] == "WAITING"
    assert (await desk.adjust(-1))["adjustment"]["status"] == "WAITING"
    # Of somebody else, and by the owner, other sums count.
    assert (await desk.adjust(1_000, by=desk.other))["adjustment"]["status"] == "APPLIED"
    owner = staff(desk.purse.database)
    assert (await desk.adjust(10_000, by=owner))["adjustment"]["status"] == "APPLIED"
    assert (await desk.adjust(1, by=owner))["adjustment"]["status"] == "WAITING"


async def test_two_at_once_do_not_pass_the_limit_together(desk: Desk):
    answers = await at_once(*(desk.adjust(400) for _ in range(5)))
    states = Counter(each["adjustment"]["status"] for each in answers)
    assert states == {"APPLIED": 2, "WAITING": 3}
    assert await desk.available() == 800
    await stands(desk)


async def test_more_than_there_is_cannot_be_taken_and_nothing_is_changed(desk: Desk):
    await desk.adjust(50)
    before = await desk.state()
    refused = await desk.adjust(-51)
    assert (refused["__typename"], refused["available"], refused["needed"]) == (
        "PointsShort", 50, 51,
    )  # fmt: skip
    assert await desk.state() == before
    adjustment = await desk.waiting(-2_000)
    before = await desk.state()
    refused = await desk.other.act("ApprovePointsAdjustment", adjustmentId=adjustment)
    assert refused["__typename"] == "PointsShort"
    assert await desk.state() == before
    # It goes on waiting, and is done once there is enough.
    await desk.purse.grant(3_000)
    approved = await desk.other.act("ApprovePointsAdjustment", adjustmentId=adjustment)
    assert approved["adjustment"]["status"] == "APPLIED"
    assert await desk.available() == 1_050
    await stands(desk)


async def test_a_wrong_adjustment_names_everything_that_is_wrong(desk: Desk):
    before = await desk.state()
    cases: tuple[tuple[int, dict[str, Any], list[str]], ...] = (
        (5, {"validDays": None}, ["validDays"]),
        (5, {"validDays": 0}, ["validDays"]),
        (-5, {"validDays": 3}, ["validDays"]),
        (0, {"reason": " "}, ["points", "reason"]),
        (5, {"ticket": "x" * 61}, ["ticket"]),
        (1_000_000_001, {}, ["points"]),
    )
    for points, more, paths in cases:
        refused = await desk.adjust(points, **more)
        assert refused["__typename"] == "InvalidInput"
        assert [each["path"] for each in refused["problems"]] == paths
    unknown = await desk.adjust(5, memberId=public_id(MEMBER, make.an_id()))
    assert unknown["__typename"] == "MemberUnavailable"
    nothing = {"adjustmentId": public_id("points_adjustment", make.an_id())}
    assert (await desk.other.act("ApprovePointsAdjustment", **nothing))["__typename"] == (
        "AdjustmentUnavailable"
    )
    assert await desk.state() == before


async def test_twin_requests_adjust_once(desk: Desk):
    request_id = str(make.an_id())
    answers = await at_once(*(desk.adjust(70, requestId=request_id) for _ in range(6)))
    assert len({each["adjustment"]["id"] for each in answers}) == 1
    assert await desk.available() == 70
    # Long after the answer was forgotten, the request is still known by what it did.
    await desk.owner.execute("DELETE FROM request_answers")
    given = {"memberId": desk.member_id, "points": 70, "validDays": 30, "reasonCode": "OTHER"}
    given |= {"requestId": request_id, "reason": "再来一次"}
    assert await desk.asker.code("playground/AdjustPoints", input=given) == "KEY_REUSED"
    assert await desk.available() == 70


async def test_two_who_approve_at_once_apply_once(desk: Desk):
    third = staff(desk.purse.database, THIRD)
    for _ in range(8):
        adjustment = await desk.waiting(1_500)
        before = await desk.available()
        answers = await at_once(
            desk.other.act("ApprovePointsAdjustment", adjustmentId=adjustment),
            third.act("ApprovePointsAdjustment", adjustmentId=adjustment),
        )
        assert kinds(answers) == {"PointsAdjustmentSaved": 1, "AdjustmentDecided": 1}
        assert await desk.available() == before + 1_500
    await stands(desk)


async def test_yes_and_no_at_once_are_one_of_them(desk: Desk):
    third = staff(desk.purse.database, THIRD)
    for _ in range(8):
        adjustment = await desk.waiting(1_500)
        before = await desk.available()
        answers = await at_once(
            desk.other.act("ApprovePointsAdjustment", adjustmentId=adjustment),
            third.act("RejectPointsAdjustment", adjustmentId=adjustment),
        )
        assert kinds(answers) == {"PointsAdjustmentSaved": 1, "AdjustmentDecided": 1}
        is_applied = answers[0]["__typename"] == "PointsAdjustmentSaved"
        assert await desk.available() == before + (1_500 if is_applied else 0)
    await stands(desk)


async def test_those_that_wait_are_listed_page_by_page_in_one_statement(desk: Desk):
    waiting = [await desk.waiting(2_000 + number) for number in range(3)]
    await desk.adjust(10)
    found: list[str] = []
    after = None
    while True:
        before = statements_run()
        page = await desk.other.see("PointsAdjustments", waitingOnly=True, first=2, after=after)
        assert statements_run() == before + 1
        found += [each["node"]["id"] for each in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    # Ids of one moment sort by chance.
    assert found == sorted(waiting)
    of_member = await desk.other.see("PointsAdjustments", memberId=desk.member_id)
    assert len(of_member["edges"]) == 4
    of_nobody = public_id(MEMBER, make.an_id())
    assert (await desk.other.see("PointsAdjustments", memberId=of_nobody))["edges"] == []


async def test_who_may_adjust_and_decide(desk: Desk):
    given = {"requestId": str(make.an_id()), "memberId": desk.member_id, "points": 1}
    given |= {"reasonCode": "OTHER", "reason": "x", "validDays": 1}
    for role, code in ((Role.GUIDE, "FORBIDDEN"), (Role.FINANCE, "FORBIDDEN")):
        caller = staff(desk.purse.database, Staff(make.an_id(), "某人", role))
        assert await caller.code("playground/AdjustPoints", input=given) == code
    guide = staff(desk.purse.database, Staff(make.an_id(), "导购", Role.GUIDE))
    assert await guide.code("playground/PointsAdjustments") == "FORBIDDEN"
    assert (await guide.see("MemberPoints", memberId=desk.member_id))["available"] == 0


async def test_a_frozen_account_spends_nothing_and_is_let_go(desk: Desk):
    order = await desk.purse.order()
    await desk.purse.grant(40)
    for _ in range(2):
        frozen = await desk.asker.act("FreezePoints", memberId=desk.member_id)
        assert frozen["points"]["isFrozen"]
    with pytest.raises(AssertionError, match="PointsFrozen"):
        await desk.purse.hold(order, 10)
    me = member(desk.purse.database, desk.purse.member_id)
    assert (await me.read("PointsBalance"))["points"]["isFrozen"]
    for _ in range(2):
        free = await desk.asker.act("UnfreezePoints", memberId=desk.member_id)
        assert not free["points"]["isFrozen"]
    await desk.purse.hold(order, 10)
    assert await desk.actions() == ["points.freeze", "points.unfreeze"]
    unknown = {"memberId": public_id(MEMBER, make.an_id())}
    assert (await desk.asker.act("FreezePoints", **unknown))["__typename"] == "MemberUnavailable"
    blank = await desk.asker.act("FreezePoints", memberId=desk.member_id, reason=" ")
    assert blank["__typename"] == "InvalidInput"


async def test_the_staff_see_lots_holds_and_the_source_of_each_movement(desk: Desk):
    order = await desk.purse.order()
    await desk.purse.earn(order, 25)
    await desk.purse.grant(40)
    await desk.purse.hold(order, 15)
    await desk.adjust(5)
    given = {"memberId": desk.member_id}
    seen: dict[str, list[Any]] = {}
    for document in ("MemberPointsEntries", "MemberPointsLots", "MemberPointsHolds"):
        before = statements_run()
        page = await desk.asker.see(document, **given)
        assert statements_run() == before + 1
        seen[document] = [each["node"] for each in page["edges"]]
    (hold,) = seen["MemberPointsHolds"]
    assert (hold["points"], hold["sourceKind"], hold["orderNumber"]) == (15, "ORDER", order.number)
    lots = {each["sourceKind"]: each for each in seen["MemberPointsLots"]}
    assert lots["ORDER"]["orderNumber"] == order.number
    assert (lots["EVENT"]["remaining"], lots["EVENT"]["held"]) == (25, 15)
    assert lots["ADJUSTMENT"]["validity"] == "days:30"
    entries = seen["MemberPointsEntries"]
    assert [(each["sourceKind"], each["fromBucket"], each["toBucket"]) for each in entries] == [
        ("ADJUSTMENT", "ISSUED", "AVAILABLE"),
        ("HOLD", "AVAILABLE", "HELD"),
        ("EVENT", "ISSUED", "AVAILABLE"),
        ("ORDER", "ISSUED", "PENDING"),
    ]
    assert entries[1]["orderNumber"] == order.number
    assert {each["lotId"] for each in entries} == {each["id"] for each in lots.values()}
    nobody = public_id(MEMBER, UUID(int=9))
    assert await desk.asker.see("MemberPoints", memberId=nobody) is None


async def test_postgresql_itself_wants_a_second_person(desk: Desk):
    await desk.waiting(2_000)
    with pytest.raises(asyncpg.CheckViolationError, match="decided_by_another"):
        await desk.owner.execute(
            "UPDATE points_adjustments SET status = 'applied', ended_at = now(), "
            "decided_by = requested_by, decider_name = 'x', decision = 'x'"
        )
