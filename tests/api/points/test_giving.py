"""Points that members give to each other: off by default, by a code, within limits, once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from sqlalchemy import update

from api.points.desk import PointsDesk
from domain.kernel.audit import violations
from domain.kernel.db import Database
from domain.kernel.language import Language
from domain.kernel.settings import Settings
from domain.members.models import Member
from domain.points.audit import INVARIANTS
from domain.points.giving.codes import LIFE, member_of, new_code
from domain.points.giving.rules import TransferTerms
from domain.points.models import PointsAccount
from tests import make, make_orders
from tests.api.client import DOCUMENT_IDS, running_api
from tests.api.contexts import VAULT, context_of
from tests.api.members.desk import Caller, member, schema
from tests.api.oauth.desk import as_member
from tests.api.points.purse import Purse
from tests.domain.points.replay import replay
from tests.domain.points.world import a_world
from tests.make import NOON

MANY = TransferTerms(is_open=True, times_a_day=10_000, points_a_day=1_000_000)


@dataclass
class Giver(Caller):
    """A member of a mall where points are given; ``terms`` are its, and ``at`` is when it is."""

    terms: TransferTerms = MANY
    at: Any = NOON

    async def run(self, document: str, **variables: object) -> Any:
        """Run a document and answer with the whole response."""
        documents, executor = schema()
        context = context_of(self.database, Language.EN, actor=self.actor, random=self.random)
        desk = PointsDesk(transfers=self.terms)
        context = msgspec.structs.replace(context, points=desk, clock=lambda: self.at)
        trusted = documents.trusted(DOCUMENT_IDS[document])
        answer = await executor.run(trusted, None, variables, context, trace_id="test")
        return answer.body

    async def give(self, to: "Giver", points: int, **more: object) -> Any:
        """Give points to somebody who shows their code."""
        code = await to.code_shown()
        return await self.do("TransferPoints", **{"code": code, "points": points} | more)

    async def code_shown(self) -> str:
        """The code that they show."""
        return (await self.read("PointsTransfers"))["receiveCode"]["code"]

    async def available(self) -> int:
        """What they can spend."""
        return (await self.read("PointsBalance"))["points"]["available"]


@dataclass
class Circle:
    """Some members, and who looks at the ledger."""

    purses: Sequence[Purse]
    givers: Sequence[Giver]
    owner: Any

    async def state(self) -> list[Any]:
        """All that there is of points."""
        rows: list[Any] = []
        for what in (
            "SELECT member_id, available, entries FROM points_accounts WHERE entries > 0 "
            "ORDER BY member_id",
            "SELECT id, remaining, consumed FROM points_lots ORDER BY id",
            "SELECT id FROM points_transfers ORDER BY id",
        ):
            rows += [tuple(row) for row in await self.owner.fetch(what)]
        return rows

    async def stands(self) -> None:
        """Prove that the ledger is sound, and that each transfer is a linked pair."""
        await replay(self.owner)
        database = self.purses[0].database
        async with database.writes() as session:
            for invariant in INVARIANTS:
                assert [row async for row in violations(session, invariant)] == [], invariant.name


@pytest.fixture
async def circle(database: Database, owner: Any) -> Circle:
    """Three members with nothing."""
    world = await a_world(database, 3)
    purses = [Purse(world, each) for each in world.members]
    return Circle(purses, [giver(database, each) for each in world.members], owner)


def giver(database: Database, member_id: UUID, terms: TransferTerms = MANY) -> Giver:
    """A member who is signed in, with ids of their own."""
    random = Random(member_id.int)
    return Giver(database, member(database, member_id).actor, random=random, terms=terms)


async def test_points_are_given_over_http_where_the_mall_lets_members(
    database: Database, settings: Settings
):
    opened = settings.model_copy(update={"points_transfers": True, "points_transferred_a_day": 70})
    world = await a_world(database, 2)
    giver_id, taker_id = world.members
    await Purse(world, giver_id).grant(100)
    async with running_api(opened) as api:
        me, other = [await as_member(api, database, each) for each in (giver_id, taker_id)]
        shown = (await api.run("miniprogram/PointsTransfers", other))["data"]
        given = {
            "requestId": str(make.an_id()),
            "code": shown["pointsTransfers"]["receiveCode"]["code"],
            "points": 60,
        }
        for _ in range(2):
            answer = await api.run("miniprogram/TransferPoints", me, input=given)
            told = answer["data"]["transferPoints"]
            assert (told["points"], told["account"]["available"]) == (60, 40)
        again = given | {"requestId": str(make.an_id()), "points": 11}
        answer = await api.run("miniprogram/TransferPoints", me, input=again)
        assert answer["data"]["transferPoints"]["left"] == 10
        theirs = await api.run("miniprogram/PointsEntries", other)
        (edge,) = theirs["data"]["pointsEntries"]["edges"]
        assert (edge["node"]["text"], edge["node"]["change"]) == ("收到其他会员转赠的积分", 60)


async def test_it_is_off_unless_the_mall_says_otherwise(circle: Circle):
    purse, (me, other, _) = circle.purses[0], circle.givers
    await purse.grant(10)
    code = await other.code_shown()
    me.terms = other.terms = TransferTerms()
    before = await circle.state()
    told = await other.read("PointsTransfers")
    assert (told["isOpen"], told["receiveCode"]) == (False, None)
    refused = await me.do("TransferPoints", code=code, points=1)
    assert refused["__typename"] == "TransfersOff"
    assert await circle.state() == before


async def test_given_points_keep_their_end_and_both_read_of_it(circle: Circle):
    purse, (me, other, _) = circle.purses[0], circle.givers
    await purse.grant(10, validity="days:2")
    await purse.grant(10, validity="days:9")
    told = await me.give(other, 15)
    assert (told["points"], told["account"]["available"]) == (15, 5)
    ends = [(each["lastDay"], each["points"]) for each in await other.read("ExpiringPoints")]
    assert ends == [("2026-11-13", 10), ("2026-11-20", 5)]
    entries = (await me.read("PointsEntries"))["edges"]
    assert [each["node"]["text"] for each in entries[:2]] == ["Given to another member"] * 2
    await circle.stands()


async def test_what_is_refused_changes_nothing(circle: Circle):
    purse, (me, other, third) = circle.purses[0], circle.givers
    await purse.grant(50)
    database = purse.database
    before = await circle.state()
    for points, name in ((51, "PointsShort"), (0, "InvalidInput"), (-5, "InvalidInput")):
        assert (await me.give(other, points))["__typename"] == name
    assert (await me.give(me, 1))["__typename"] == "ReceiveCodeUnusable"
    for code in ("", "x", "é", "A" * 76, "A" * 5_000):
        refused = await me.do("TransferPoints", code=code, points=1)
        assert refused["__typename"] == "ReceiveCodeUnusable"
    async with database.writes.begin() as session:
        blocked = update(Member).where(Member.id == circle.purses[2].member_id)
        await session.execute(blocked.values(blocked_at=NOON, block_reason="x"))
    assert (await me.give(third, 1))["__typename"] == "ReceiverUnavailable"
    assert await circle.state() == before


async def test_nothing_is_given_of_or_to_an_account_that_is_frozen_or_owes(circle: Circle):
    (purse, theirs, owing), (me, other, third) = circle.purses, circle.givers
    await purse.grant(50)
    await theirs.grant(50)
    order = await owing.order()
    await owing.earn(order, 9)
    await owing.receive(order, NOON)
    await owing.settle()
    await owing.hold(order, 9)
    await owing.capture(order)
    await owing.take_back(order, await owing.refund(order), 9)
    async with purse.database.writes.begin() as session:
        frozen = update(PointsAccount).where(PointsAccount.member_id == theirs.member_id)
        await session.execute(frozen.values(frozen_at=NOON))
    before = await circle.state()
    assert (await me.give(other, 1))["__typename"] == "ReceiverUnavailable"
    assert (await other.give(me, 1))["__typename"] == "PointsFrozen"
    assert (await me.give(third, 1))["__typename"] == "ReceiverUnavailable"
    assert await circle.state() == before


def test_a_code_holds_for_some_minutes_and_names_nobody():
    member_id = make.an_id()
    shown = new_code(VAULT, member_id, at=NOON, random=Random(1))
    assert shown.expires_at == NOON + LIFE
    assert member_of(shown.code, VAULT, at=NOON + LIFE - timedelta(seconds=1)) == member_id
    assert member_of(shown.code, VAULT, at=NOON + LIFE) is None
    again = new_code(VAULT, member_id, at=NOON, random=Random(2))
    assert again.code != shown.code
    for place in range(len(shown.code)):
        other = "A" if shown.code[place] != "A" else "B"
        changed = shown.code[:place] + other + shown.code[place + 1 :]
        # The last letter has bits that say nothing.
        if place < len(shown.code) - 1:
            assert member_of(changed, VAULT, at=NOON) is None


async def test_a_day_has_a_limit_of_times_and_of_points(circle: Circle):
    purse, (me, other, _) = circle.purses[0], circle.givers
    await purse.grant(500)
    me.terms = TransferTerms(is_open=True, times_a_day=3, points_a_day=100)
    assert (await me.give(other, 101))["left"] == 100
    assert (await me.give(other, 60))["points"] == 60
    assert (await me.give(other, 41))["left"] == 40
    assert (await me.give(other, 30))["points"] == 30
    assert (await me.give(other, 5))["points"] == 5
    refused = await me.give(other, 1)
    assert (refused["__typename"], refused["left"]) == ("TransferLimited", 0)
    me.at = other.at = NOON + timedelta(hours=12)
    assert (await me.give(other, 100))["points"] == 100
    assert await me.available() == 500 - 195


async def test_many_at_once_do_not_pass_a_limit_together(circle: Circle):
    purse, (me, other, third) = circle.purses[0], circle.givers
    await purse.grant(1_000)
    me.terms = TransferTerms(is_open=True, times_a_day=4, points_a_day=50)
    answers = await asyncio.gather(*(me.give(each, 20) for each in (other, third) * 4))
    assert Counter(each["__typename"] for each in answers) == {
        "PointsTransferred": 2,
        "TransferLimited": 6,
    }
    assert await me.available() == 960
    await circle.stands()


async def test_who_give_each_other_at_once_neither_lose_nor_make_points(circle: Circle):
    for purse in circle.purses:
        await purse.grant(30)
    random = Random(4)
    calls = [random.sample(list(circle.givers), 2) for _ in range(60)]
    answers = await asyncio.gather(*(one.give(two, random.randint(1, 9)) for one, two in calls))
    kinds = Counter(each["__typename"] for each in answers)
    assert set(kinds) <= {"PointsTransferred", "PointsShort"}
    assert kinds["PointsTransferred"] >= 20
    assert sum([await each.available() for each in circle.givers]) == 90
    await circle.stands()


async def test_points_are_not_given_twice(circle: Circle):
    purse, (me, other, _) = circle.purses[0], circle.givers
    await purse.grant(60)
    answers = await asyncio.gather(*(me.give(other, 9) for _ in range(12)))
    given = Counter(each["__typename"] for each in answers)
    assert given == {"PointsTransferred": 6, "PointsShort": 6}
    assert (await me.available(), await other.available()) == (6, 54)
    code = await other.code_shown()
    request = {"requestId": str(make.an_id()), "code": code, "points": 2}
    answers = await asyncio.gather(*(me.do("TransferPoints", **request) for _ in range(6)))
    assert all(each["points"] == 2 for each in answers)
    assert await me.available() == 4
    # Long after the answer was forgotten, the request is still known by what it did.
    await circle.owner.execute("DELETE FROM request_answers")
    assert await me.code("miniprogram/TransferPoints", input=request) == "KEY_REUSED"
    await circle.stands()


async def test_a_transfer_is_a_journal(circle: Circle, database_url: str):
    purse, (me, other, _) = circle.purses[0], circle.givers
    await purse.grant(5)
    await me.give(other, 5)
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE points_transfers SET points = 1")
    finally:
        await connection.close()


async def test_a_member_who_never_had_points_can_be_given_some(circle: Circle):
    async with circle.purses[0].database.writes.begin() as session:
        newcomer = await make_orders.a_member(session)
    purse, me = circle.purses[0], circle.givers[0]
    await purse.grant(5)
    other = giver(purse.database, newcomer)
    assert (await me.give(other, 5))["points"] == 5
    assert await other.available() == 5
    await circle.stands()
