"""Texts on the way into the cart, judged by the fake WeChat or left to people."""

import asyncio
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest

from api.orders.desk import TextDesk
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.orders.cart.actions import ToCheck
from domain.orders.cart.checking import UNASKED, Review
from domain.orders.cart.models import CartLine, EngravedText
from domain.orders.words import ReviewStatus
from domain.sessions import clients
from tests import make
from tests.api.client import Api, running_api
from tests.api.contexts import attempts_alone
from tests.api.orders.desk import Shopper, a_shopper, by_wechat, engraved
from tests.domain.members.people import rows
from tests.domain.orders.carts import goods
from tests.domain.orders.test_checking import Judge
from tests.make_orders import FIELDS
from tests.wechat import FakeWeChat

CHECK = "/wxa/msg_sec_check"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
async def shopper(api: Api, database: Database, wechat: FakeWeChat) -> Shopper:
    """A member who has just opened the mini-program."""
    own = clients.own_clients(wechat_app_id=wechat.app_id, sends_codes=True, playground="")
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=system_clock())
    return await by_wechat(api, wechat, wechat.person("林晓"))


async def add(shopper: Shopper, database: Database, **texts: str) -> Any:
    (variant,) = await goods(database, fields=FIELDS)
    return await shopper.add(variant, personalisation=engraved(**texts))


def review_in(added: Any) -> str:
    """What was found of the newest line's texts."""
    return added["cart"]["lines"][0]["review"]


async def test_what_wechat_passes_has_passed_with_its_trace(shopper: Shopper, database: Database):
    added = await add(shopper, database, name="林小满", date="0526")
    assert review_in(added) == "PASSED"
    (line,) = await rows(database, CartLine)
    assert line.review is ReviewStatus.PASSED
    assert len(line.check_trace.split()) == 2


async def test_the_same_texts_again_are_not_judged_again(
    shopper: Shopper, database: Database, wechat: FakeWeChat
):
    (variant,) = await goods(database, fields=FIELDS)
    await shopper.add(variant, personalisation=engraved(name="林小满"))
    asked = len(wechat.calls(CHECK))
    added = await shopper.add(variant, personalisation=engraved(name="林小满"))
    assert (added["cart"]["lines"][0]["units"], review_in(added)) == (2, "PASSED")
    assert len(wechat.calls(CHECK)) == asked > 0


async def test_what_somebody_should_see_waits(shopper: Shopper, database: Database):
    assert review_in(await add(shopper, database, name="review me")) == "PENDING"


async def test_what_is_risky_is_refused_by_its_field_and_remembered(
    shopper: Shopper, database: Database, wechat: FakeWeChat
):
    (variant,) = await goods(database, fields=FIELDS)
    given: dict[str, Any] = {
        "requestId": str(make.an_id()),
        "personalisation": engraved(name="risky"),
    }
    refused = await shopper.add(variant, **given)
    assert (refused["__typename"], refused["codes"]) == ("PersonalisationNotAllowed", ["name"])
    assert refused["message"] == "刻字内容未通过审核，请修改后再试。"
    asked = len(wechat.calls(CHECK))
    assert await shopper.add(variant, **given) == refused
    assert len(wechat.calls(CHECK)) == asked > 0
    assert (await shopper.cart())["lines"] == []


@pytest.mark.parametrize("kind", ["busy", "limited", "broken", "garbage", "lost"])
async def test_where_wechat_is_away_the_text_waits_and_the_member_goes_on(
    shopper: Shopper, database: Database, wechat: FakeWeChat, kind: str
):
    wechat.fail(CHECK, kind, seconds=0.1)
    assert review_in(await add(shopper, database, name="risky")) == "PENDING"
    assert wechat.calls(CHECK)


async def test_who_has_not_opened_the_mini_program_for_two_hours_waits(
    shopper: Shopper, database: Database, wechat: FakeWeChat
):
    wechat.pass_time(timedelta(hours=2, minutes=1))
    assert review_in(await add(shopper, database, name="林小满")) == "PENDING"


async def test_who_has_no_openid_waits_and_wechat_is_not_asked(
    api: Api, database: Database, wechat: FakeWeChat
):
    shopper = await a_shopper(api, database)
    assert review_in(await add(shopper, database, name="risky")) == "PENDING"
    assert wechat.calls(CHECK) == []


async def test_a_mall_without_wechat_leaves_every_text_to_people(
    database: Database, settings: Settings
):
    alone = settings.model_copy(update={"wechat_app_id": None, "wechat_app_secret": None})
    async with running_api(alone) as api:
        shopper = await a_shopper(api, database)
        assert review_in(await add(shopper, database, name="林小满")) == "PENDING"


async def test_what_breaks_a_rule_of_the_mall_is_refused_before_wechat_is_asked(
    shopper: Shopper, database: Database, wechat: FakeWeChat
):
    refused = await add(shopper, database, name="shit", date="五月", colour="red")
    assert refused["__typename"] == "InvalidInput"
    assert [(each["path"], each["code"]) for each in refused["problems"]] == [
        ("personalisation.0.text", "denied"),
        ("personalisation.1.text", "wrong_alphabet"),
        ("personalisation.2.code", "not_found"),
    ]
    assert refused["problems"][0]["message"] == "此内容不能刻制。"
    assert wechat.calls(CHECK) == []


async def test_who_has_had_sixty_texts_judged_goes_on_without():
    judge, attempts = Judge(), attempts_alone()
    desk = TextDesk(judge, "wx-1")
    given = ToCheck((EngravedText("name", "林"), EngravedText("date", "0526")), "o-1", None)
    for _ in range(30):
        review = await desk.review(attempts, "member:1", given)
        assert review == Review(ReviewStatus.PASSED, "trace-林 trace-0526")
    assert await desk.review(attempts, "member:1", given) == UNASKED
    assert await desk.review(attempts, "member:2", given) != UNASKED
    assert len(judge.asked) == 62


async def test_no_transaction_is_open_while_a_text_is_judged(
    shopper: Shopper, database: Database, wechat: FakeWeChat, owner: Connection
):
    wechat.fail(CHECK, "slow", seconds=1.0)
    adding = asyncio.create_task(add(shopper, database, name="林小满"))
    while not wechat.calls(CHECK):
        await asyncio.sleep(0.01)
    waiting = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
    )
    # Others begin and end meanwhile; one that waited for the judgement would be there each time.
    first, *others = [{int(row["pid"]) for row in await owner.fetch(waiting)} for _ in range(20)]
    assert first.intersection(*others) == set()
    assert review_in(await adding) == "PASSED"
