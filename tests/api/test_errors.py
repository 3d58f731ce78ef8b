"""What a client learns of an error: of a fault its code and a sentence, of a bug a number."""

from collections.abc import AsyncGenerator
from random import Random
from typing import Any

import asyncpg
import httpx
import pytest
import strawberry
from graphql import parse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from api.access import Access, root_field
from api.documents import ADHOC, Document, Documents
from api.execution import Answer, Executor
from api.middleware import TraceRequests
from api.scalars import MONEY
from api.schema import ACCESS, SCHEMA, MallSchema
from domain.kernel.db import Database, ReadPool
from domain.kernel.errors import BadInput, Busy, FaultCode
from domain.kernel.language import Language, Sentence
from domain.kernel.money import LARGEST_FEN, Fen
from tests import make
from tests.api.client import DOCUMENT_IDS, statements_run
from tests.api.contexts import app_of, context_of

SECRET = "password=hunter2 in relation members"  # noqa: S105 - what must not be told
TOO_MANY = Sentence(zh="最多 {most} 件。", en="At most {most}.")
LIST = DOCUMENT_IDS["miniprogram/ProductList"]


@strawberry.type
class Query:
    @root_field(access=Access.ANYONE, graphql_type=int, description="A bug.")
    async def broken(self) -> int:
        raise RuntimeError(SECRET)

    @root_field(access=Access.ANYONE, graphql_type=int | None, description="A bug beside a null.")
    async def cracked(self) -> int:
        raise asyncpg.PostgresError(SECRET)

    @root_field(access=Access.ANYONE, graphql_type=int, description="A wrong type.")
    async def crooked(self) -> str:
        return SECRET

    @root_field(access=Access.ANYONE, graphql_type=int | None, description="A fault.")
    async def refused(self) -> int:
        raise BadInput(TOO_MANY, most=3)

    @root_field(access=Access.ANYONE, graphql_type=int, description="No capacity.")
    async def busy(self) -> int:
        raise Busy(7)

    @root_field(access=Access.ANYONE, graphql_type=int | None, description="No capacity for this.")
    async def partly_busy(self) -> int:
        raise Busy(7)

    @root_field(access=Access.ANYONE, graphql_type=Fen, description="The amount again.")
    async def amount(self, amount: Fen) -> Fen:
        return amount


TOY = MallSchema(Query, config=StrawberryConfig(scalar_map={Fen: MONEY}))
EXECUTOR = Executor(TOY.executable)


async def run(
    database: Database, text: str, language: Language = Language.EN, **variables: object
) -> Answer:
    """Run a document on the toy."""
    context = context_of(database, language)
    document = Document(ADHOC, parse(text))
    return await EXECUTOR.run(document, None, variables, context, trace_id="trace-7")


def errors_of(answer: Answer) -> Any:
    """The answer's errors."""
    return answer.body["errors"]


@pytest.fixture
async def busy_mall(
    database: Database, database_url: str, hasty: None
) -> AsyncGenerator[httpx.AsyncClient]:
    """A mall whose one connection for reads is in other hands."""
    async with asyncpg.create_pool(database_url, min_size=0, max_size=1) as pool:
        documents = Documents(SCHEMA, ACCESS, adhoc_allowed=True)
        app = app_of(database, documents, Executor(SCHEMA), reads=ReadPool(pool))
        transport = httpx.ASGITransport(app)
        async with (
            pool.acquire(),
            httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client,
        ):
            yield client


@pytest.mark.parametrize(("field", "data"), [("broken", None), ("cracked", {"cracked": None})])
@pytest.mark.parametrize(
    ("language", "message"),
    [
        (Language.EN, "Unexpected error. Its number: trace-7"),
        (Language.ZH, "系统出错了，请稍后再试。错误编号：trace-7"),
    ],
)
async def test_a_bug_is_logged_whole_and_told_as_a_number(
    database: Database, field: str, data: object, language: Language, message: str
):
    with capture_logs() as events:
        answer = await run(database, f"{{ {field} }}", language)
    assert answer.body["data"] == data
    assert errors_of(answer) == [
        {
            "message": message,
            "locations": [{"line": 1, "column": 3}],
            "path": [field],
            "extensions": {"code": "INTERNAL", "traceId": "trace-7"},
        }
    ]
    (event,) = events
    assert (event["event"], event["log_level"]) == ("graphql.bug", "error")
    assert SECRET in str(event["exc_info"])
    assert event["path"] == [field]


async def test_a_value_that_its_type_cannot_hold_is_a_bug_like_any_other(database: Database):
    with capture_logs() as events:
        answer = await run(database, "{ crooked }")
    assert errors_of(answer)[0]["extensions"] == {"code": "INTERNAL", "traceId": "trace-7"}
    assert SECRET not in str(answer.body)
    assert [event["event"] for event in events] == ["graphql.bug"]


async def test_an_argument_that_may_not_be_null_is_bad_input(database: Database):
    text = "query ($fen: Money = 1) { amount(amount: $fen) }"
    with capture_logs() as events:
        answer = await run(database, text, fen=None)
    assert errors_of(answer)[0]["extensions"] == {"code": "BAD_INPUT"}
    assert not events


@pytest.mark.parametrize(
    ("language", "message"), [(Language.EN, "At most 3."), (Language.ZH, "最多 3 件。")]
)
async def test_a_fault_has_a_code_and_a_sentence_in_the_callers_language(
    database: Database, language: Language, message: str
):
    with capture_logs() as events:
        answer = await run(database, "{ refused }", language)
    (error,) = errors_of(answer)
    assert error["message"] == message
    assert error["extensions"] == {"code": "BAD_INPUT"}
    assert answer.fault is None
    assert not events


async def test_a_fault_that_left_data_leaves_the_rest(database: Database):
    answer = await run(database, "{ partlyBusy refused }")
    assert answer.body["data"] == {"partlyBusy": None, "refused": None}
    assert [error["path"] for error in errors_of(answer)] == [["partlyBusy"], ["refused"]]
    assert answer.fault is None


async def test_busy_says_when_to_come_again(database: Database):
    answer = await run(database, "{ busy }")
    assert answer.body["data"] is None
    assert answer.fault is not None
    assert answer.fault.code is FaultCode.BUSY
    (error,) = errors_of(answer)
    assert error["message"] == "Too busy right now; try again in 7 s."
    assert error["extensions"] == {"code": "BUSY", "retryAfterSeconds": 7}


async def test_a_mall_without_a_free_connection_is_busy_over_http(busy_mall: httpx.AsyncClient):
    before = statements_run()
    response = await busy_mall.post("/graphql", json={"documentId": LIST})
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.json()["data"] is None
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BUSY", "retryAfterSeconds": 1}
    assert error["message"] == "系统繁忙，请在 1 秒后重试。"
    assert statements_run() == before


async def test_a_field_that_may_be_null_is_busy_alone(busy_mall: httpx.AsyncClient):
    text = f'{{ product(id: "product_{make.an_id().hex}") {{ id }} }}'
    response = await busy_mall.post("/graphql", json={"query": text})
    assert response.status_code == 200
    assert response.json()["data"] == {"product": None}
    assert response.json()["errors"][0]["extensions"]["code"] == "BUSY"


@pytest.mark.parametrize("fen", [-LARGEST_FEN, 0, LARGEST_FEN])
async def test_money_goes_in_and_out_as_whole_fen(database: Database, fen: int):
    answer = await run(database, "query ($fen: Money!) { amount(amount: $fen) }", fen=fen)
    assert answer.body["data"] == {"amount": fen}


@pytest.mark.parametrize("fen", [LARGEST_FEN + 1, 1.5, "1", True, None])
async def test_an_amount_that_is_none_is_bad_input_and_no_bug(database: Database, fen: object):
    with capture_logs() as events:
        answer = await run(database, "query ($fen: Money!) { amount(amount: $fen) }", fen=fen)
    assert "data" not in answer.body
    assert [error["extensions"]["code"] for error in errors_of(answer)] == ["BAD_INPUT"]
    assert not events


async def test_a_bug_outside_graphql_is_a_500_with_a_number_and_no_word_of_it(random: Random):
    async def broken(_request: Request) -> Response:
        raise RuntimeError(SECRET)

    app = Starlette(
        routes=[Route("/broken", broken)], middleware=[Middleware(TraceRequests, random=random)]
    )
    transport = httpx.ASGITransport(app)
    with capture_logs() as events:
        async with httpx.AsyncClient(transport=transport, base_url="http://mall.test") as client:
            response = await client.get("/broken")
    assert response.status_code == 500
    number = response.headers["x-request-id"]
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "traceId": number}
    assert error["message"] == "系统出错了，请稍后再试。 Unexpected error."
    (event,) = events
    assert (event["event"], event["path"]) == ("http.bug", "/broken")


async def test_a_bug_after_the_answer_began_is_logged_and_cut_off(random: Random):
    async def breaks_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(SECRET)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with capture_logs() as events, pytest.raises(RuntimeError):
        await TraceRequests(breaks_off, random)({"type": "http", "path": "/"}, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [event["event"] for event in events] == ["http.bug"]
