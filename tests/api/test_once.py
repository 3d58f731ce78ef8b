"""A keyed mutation from end to end: carried out once, answered the same each time."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, text

from api.auth import DEVELOPER
from domain.kernel.db import Database, WriteSession
from domain.kernel.idempotency import RequestAnswer
from domain.members.models import Member
from tests import make
from tests.api import toy_mutations
from tests.api.client import AS_STAFF
from tests.api.contexts import app_of, context_of
from tests.api.toy_mutations import Joined
from tests.patience import make_hasty, until_somebody_waits_for_a_lock

JOIN = """mutation ($input: JoinInput!) { join(input: $input) {
    __typename
    ... on JoinSuccess { name joinedAt }
    ... on NameTaken { holderId }
    ... on InvalidInput { problems { path code message } }
    ... on Refusal { message } } }"""


@pytest.fixture
async def mall(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """The toy behind ``/graphql``, called by the staff."""
    app = app_of(database, toy_mutations.documents(), toy_mutations.EXECUTOR)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mall.test", headers=AS_STAFF
    ) as client:
        yield client


async def join(
    mall: httpx.AsyncClient, request_id: UUID, *, language: str = "en", **given: object
) -> Any:
    """Send the mutation; answers with the whole response."""
    variables = {"input": {"requestId": str(request_id), "name": "小满", **given}}
    response = await mall.post(
        "/graphql",
        json={"query": JOIN, "variables": variables},
        headers={"accept-language": language},
    )
    return response.json()


async def members(database: Database) -> int:
    """How many members there are."""
    async with database.writes() as session:
        return (await session.scalars(select(func.count()).select_from(Member))).one()


async def answers(database: Database) -> list[RequestAnswer]:
    """What is remembered."""
    async with database.writes() as session:
        return list(await session.scalars(select(RequestAnswer)))


def code_of(response: Any) -> str:
    """The code of the one error of a response without data."""
    assert response["data"] is None
    (error,) = response["errors"]
    return error["extensions"]["code"]


async def test_a_repeat_gets_the_first_answer_and_does_nothing(
    mall: httpx.AsyncClient, database: Database
):
    request_id = make.an_id()
    first = await join(mall, request_id)
    assert first["data"]["join"] == {
        "__typename": "JoinSuccess",
        "name": "小满",
        "joinedAt": make.NOON.isoformat(),
    }
    assert await join(mall, request_id) == first
    assert await members(database) == 1
    (answer,) = await answers(database)
    assert (answer.actor, answer.operation) == (DEVELOPER.key, "join")


async def test_another_request_of_the_same_input_is_carried_out(
    mall: httpx.AsyncClient, database: Database
):
    await join(mall, make.an_id(), name="小满")
    await join(mall, make.an_id(), name="芒种")
    assert await members(database) == 2


@pytest.mark.parametrize("other", [{"name": "芒种"}, {"motto": "慢"}, {"motto": None}])
async def test_the_same_key_with_another_input_is_refused(
    mall: httpx.AsyncClient, database: Database, other: dict[str, object]
):
    request_id = make.an_id()
    await join(mall, request_id)
    response = await join(mall, request_id, language="zh-CN", **other)
    assert code_of(response) == "KEY_REUSED"
    assert response["errors"][0]["message"].startswith("此 requestId 已用于")
    assert await members(database) == 1


async def test_a_refusal_is_undone_remembered_and_told_in_each_language(
    mall: httpx.AsyncClient, database: Database
):
    await join(mall, make.an_id())
    request_id = make.an_id()
    refused = (await join(mall, request_id))["data"]["join"]
    assert refused["__typename"] == "NameTaken"
    assert refused["message"] == '"小满" is somebody else\'s.'
    assert refused["holderId"].startswith("member_")
    assert await members(database) == 1

    async with database.writes.begin() as session:
        await session.execute(text("DELETE FROM members"))
    again = (await join(mall, request_id, language="zh-CN"))["data"]["join"]
    assert again == {**refused, "message": "“小满”已有人使用。"}
    assert await members(database) == 0


async def test_problems_are_remembered_and_told_in_each_language(
    mall: httpx.AsyncClient, database: Database
):
    request_id, name = make.an_id(), "一二三四五六七八九十一"
    problem = {"path": "name", "code": "too_long", "message": "Must have at most 10 characters."}
    first = (await join(mall, request_id, name=name))["data"]["join"]
    assert first["__typename"] == "InvalidInput"
    assert first["problems"] == [problem]
    again = (await join(mall, request_id, name=name, language="zh-CN"))["data"]["join"]
    assert again["problems"] == [{**problem, "message": "不能超过 10 个字。"}]
    assert again["message"] == "输入有误，请按提示修改。"
    assert await members(database) == 0


@pytest.mark.parametrize(("name", "code"), [("bug", "INTERNAL"), ("fault", "BUSY")])
async def test_a_bug_or_a_fault_leaves_nothing_behind(
    mall: httpx.AsyncClient, database: Database, name: str, code: str
):
    assert code_of(await join(mall, make.an_id(), name=name)) == code
    assert await members(database) == 0
    assert await answers(database) == []


async def test_a_request_without_a_key_is_no_request(mall: httpx.AsyncClient):
    variables = {"input": {"name": "小满"}}
    response = await mall.post("/graphql", json={"query": JOIN, "variables": variables})
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "data" not in response.json()


async def test_of_twins_at_once_one_is_carried_out_and_both_get_its_answer(
    mall: httpx.AsyncClient, database: Database
):
    request_id = make.an_id()
    first, *others = await asyncio.gather(*(join(mall, request_id) for _ in range(4)))
    assert first["data"]["join"]["__typename"] == "JoinSuccess"
    assert all(other == first for other in others)
    assert await members(database) == 1


async def test_a_twin_waits_for_the_answer_of_the_one_that_runs(database: Database):
    is_running, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_session: WriteSession) -> Joined:
        is_running.set()
        await may_end.wait()
        return Joined(make.an_id(), "first", make.NOON)

    async def never(_session: WriteSession) -> Joined:
        raise AssertionError

    context, request_id = context_of(database, actor=DEVELOPER), make.an_id()
    first = asyncio.create_task(context.once("join", request_id, {}, slow, answer=Joined))
    await is_running.wait()
    twin = asyncio.create_task(context.once("join", request_id, {}, never, answer=Joined))
    await until_somebody_waits_for_a_lock(database)
    may_end.set()
    assert await twin == await first


async def test_a_twin_that_waits_too_long_is_told_to_come_back(
    mall: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
):
    make_hasty(monkeypatch, "TWIN_WAIT_SECONDS")
    is_running, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_session: WriteSession) -> Joined:
        is_running.set()
        await may_end.wait()
        return Joined(make.an_id(), "小满", make.NOON)

    context, request_id = context_of(database, actor=DEVELOPER), make.an_id()
    given = {"name": "小满"}
    first = asyncio.create_task(context.once("join", request_id, given, slow, answer=Joined))
    await is_running.wait()
    assert code_of(await join(mall, request_id)) == "BUSY"
    may_end.set()
    await first
    assert (await join(mall, request_id))["data"]["join"]["name"] == "小满"
    assert await members(database) == 0
