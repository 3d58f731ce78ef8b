"""What members see of their points: the balance, the statement, what is to come and to go."""

from datetime import timedelta
from random import Random
from typing import Any

from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.orders.views.structs import ORDER
from domain.points.words import Reason
from tests.api.client import Api, statements_run
from tests.api.members.desk import Caller, member
from tests.api.oauth.desk import as_member
from tests.api.points.purse import Purse, a_purse
from tests.domain.points.test_machine import STEPS
from tests.domain.points.world import a_world
from tests.make import NOON


def caller(purse: Purse, language: Language = Language.EN) -> Caller:
    """The member, signed in."""
    return member(purse.database, purse.member_id, language=language)


async def page(of: Caller, document: str, **variables: object) -> tuple[list[Any], Any]:
    """The nodes of a page, and where it lies; of one statement."""
    before = statements_run()
    found = await of.read(document, **variables)
    assert statements_run() == before + 1
    return [edge["node"] for edge in found["edges"]], found["pageInfo"]


async def a_history(purse: Purse) -> tuple[str, str]:
    """Earn 90, spend 60 of them, and give 45 back; the numbers of the orders."""
    first, second = await purse.order(), await purse.order()
    refund_id = await purse.refund(first)
    await purse.earn(first, 90)
    await purse.receive(first, NOON + timedelta(days=1))
    purse.world.at = NOON + timedelta(days=1)
    await purse.settle()
    await purse.hold(second, 60)
    await purse.capture(second)
    await purse.take_back(first, refund_id, 45)
    return first.number, second.number


async def test_a_member_reads_their_points_over_http(api: Api, database: Database):
    purse = await a_purse(database)
    headers = await as_member(api, database, purse.member_id)
    nothing = {
        "available": 0, "pending": 0, "held": 0, "debt": 0, "isFrozen": False,
        "lifetimeEarned": 0, "lifetimeSpent": 0, "growth": 0, "expiresNext": None,
    }  # fmt: skip
    answer = await api.run("miniprogram/PointsBalance", headers)
    assert answer["data"]["viewer"]["points"] == nothing
    order = await purse.order()
    await purse.earn(order, 30)
    await purse.grant(20, validity="never")
    await purse.hold(order, 15)
    answer = await api.run("miniprogram/PointsBalance", headers)
    assert answer["data"]["viewer"]["points"] == nothing | {
        "available": 5, "pending": 30, "held": 15, "lifetimeEarned": 50,
    }  # fmt: skip
    english = {**headers, "accept-language": "en"}
    (entry, *rest) = (await api.run("miniprogram/PointsEntries", english))["data"]["pointsEntries"][
        "edges"
    ]
    assert len(rest) == 2
    assert entry["node"]["text"] == f"Reserved for order {order.number}"
    assert entry["node"]["orderId"] == public_id(ORDER, order.id)


async def test_a_statement_says_why_and_what_is_left_after_each_movement(database: Database):
    purse = await a_purse(database)
    first, second = await a_history(purse)
    nodes, _ = await page(caller(purse), "PointsEntries")
    assert [(each["text"], each["change"], each["availableAfter"]) for each in nodes] == [
        (
            "Owed, since points to be taken back were not there any more: "
            f"the refund of order {first}",
            0,
            0,
        ),
        (f"Taken back: the refund of order {first}", -30, 0),
        (f"Spent, as reserved: order {second}", 0, 30),
        (f"Reserved for order {second}", -60, 30),
        (f"Settled, and good to spend: earned by order {first}", 90, 90),
        (f"Earned by order {first}", 0, 0),
    ]
    assert [each["debtAfter"] for each in nodes][:2] == [15, 0]
    assert nodes[-1]["pendingAfter"] == 90
    in_chinese, _ = await page(caller(purse, Language.ZH), "PointsEntries")
    assert [each["text"] for each in in_chinese] == [
        f"应收回的积分不足，记为欠积分：订单 {first} 退款",
        f"收回所获积分：订单 {first} 退款",
        f"占用的积分已使用：订单 {second}",
        f"下单占用积分：订单 {second}",
        f"积分到账：订单 {first}",
        f"获得积分：订单 {first}",
    ]


async def test_a_statement_is_read_page_by_page_and_its_balance_runs(database: Database):
    purse = await a_purse(database)
    await a_history(purse)
    await purse.grant(70)
    whole, _ = await page(caller(purse), "PointsEntries", first=100)
    found: list[Any] = []
    after = None
    while True:
        nodes, info = await page(caller(purse), "PointsEntries", first=3, after=after)
        found += nodes
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert found == whole
    assert [each["number"] for each in whole] == list(range(len(whole), 0, -1))
    balance = 0
    for each in reversed(whole):
        balance += each["change"]
        assert each["availableAfter"] == balance
    assert await caller(purse).code("miniprogram/PointsEntries", first=101) == "BAD_INPUT"
    assert await caller(purse).code("miniprogram/PointsEntries", after="x_1.1") == "BAD_INPUT"


async def test_what_is_pending_says_until_when_or_what_it_waits_for(database: Database):
    purse = await a_purse(database)
    sent, received, disputed = [await purse.order() for _ in range(3)]
    for order in (sent, received, disputed):
        await purse.earn(order, 10)
        # Ids of one moment sort by chance.
        purse.world.at += timedelta(minutes=1)
    for order in (received, disputed):
        await purse.receive(order, NOON + timedelta(days=7))
    await purse.defer(disputed)
    nodes, _ = await page(caller(purse), "PendingPoints")
    assert [(each["orderNumber"], each["waitsFor"], each["points"]) for each in nodes] == [
        (disputed.number, "CASE", 10),
        (received.number, "DATE", 10),
        (sent.number, "RECEIPT", 10),
    ]
    assert [each["settlesAt"] is not None for each in nodes] == [False, True, False]
    assert nodes[1]["text"] == f"Earned by order {received.number}; settles on 2026-11-18"
    entries, _ = await page(caller(purse, Language.ZH), "PointsEntries")
    assert [each["text"] for each in entries] == [
        f"获得积分：订单 {disputed.number}，售后处理完成后到账",
        f"获得积分：订单 {received.number}，预计 2026-11-18 到账",
        f"获得积分：订单 {sent.number}，确认收货并过退货期后到账",
    ]
    one, info = await page(caller(purse), "PendingPoints", first=1)
    assert info["hasNextPage"]
    rest, _ = await page(caller(purse), "PendingPoints", first=2, after=info["endCursor"])
    assert [*one, *rest] == nodes


async def test_what_expires_is_told_by_day_the_first_in_front(database: Database):
    purse = await a_purse(database)
    await purse.grant(5, validity="days:9")
    await purse.grant(7, validity="days:2")
    purse.world.at += timedelta(hours=1)
    await purse.grant(11, validity="days:2")
    await purse.grant(13, validity="never")
    before = statements_run()
    found = await caller(purse).read("ExpiringPoints")
    assert statements_run() == before + 1
    assert [(each["lastDay"], each["points"]) for each in found] == [
        ("2026-11-13", 18),
        ("2026-11-20", 5),
    ]
    assert found[0]["expiresAt"] == "2026-11-13T16:00:00+00:00"
    told = (await caller(purse).read("PointsBalance"))["points"]
    assert told["expiresNext"] == found[0]
    assert told["available"] == 36


async def test_nobody_reads_the_points_of_another_member(api: Api, database: Database):
    purse = await a_purse(database)
    await a_history(purse)
    other = await a_purse(database)
    assert (await page(caller(other), "PointsEntries"))[0] == []
    assert (await page(caller(other), "PendingPoints"))[0] == []
    assert await caller(other).read("ExpiringPoints") == []
    answer = await api.run("miniprogram/PointsEntries")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_any_history_is_told_and_its_balance_runs(database: Database, owner: Any):
    world = await a_world(database, 3)
    random = Random(1)
    for _ in range(1_200):
        step = random.choice(STEPS)
        await getattr(world, step)(random.randrange(3), random.randint(1, 90), random.randrange(31))
    seen: set[str] = set()
    for member_id in world.members:
        for language in Language:
            me = member(database, member_id, language=language)
            entries: list[Any] = []
            after = None
            while after is not None or not entries:
                nodes, info = await page(me, "PointsEntries", first=100, after=after)
                entries += nodes
                after = info["endCursor"] if info["hasNextPage"] else None
            balance = 0
            for each in reversed(entries):
                balance += each["change"]
                assert each["availableAfter"] == balance
                assert not set("{}") & set(each["text"])
            account = (await me.read("PointsBalance"))["points"]
            assert account["available"] == balance
            pending, _ = await page(me, "PendingPoints", first=100)
            assert sum(each["points"] for each in pending) == account["pending"]
            seen |= {each["reason"] for each in entries}
    assert seen == {reason.name for reason in Reason}
