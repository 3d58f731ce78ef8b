"""Kept answers over HTTP: as any others, without a statement, and never somebody's own."""

from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import REGISTRY
from structlog.typing import EventDict

from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.caching.malls import Seconds, until_kept
from tests.api.client import AS_STAFF, DOCUMENT_IDS, Api, statements_run
from tests.api.oauth.desk import as_member

LIST = DOCUMENT_IDS["miniprogram/ProductList"]
DETAIL = DOCUMENT_IDS["miniprogram/ProductDetail"]
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
ALIKE = ("x-request-id",)
"""Headers that differ from one request to the next."""


def told(response: httpx.Response) -> tuple[object, ...]:
    """All that a client is told, with what it weighed on the way."""
    headers = {name: value for name, value in response.headers.items() if name not in ALIKE}
    return response.status_code, headers, response.content


async def get(
    api: Api, headers: dict[str, str] | None = None, **variables: object
) -> httpx.Response:
    parameters = {"documentId": LIST, "variables": orjson.dumps(variables).decode()}
    return await api.http.get("/graphql", params=parameters, headers=headers)


async def eight_products(database: Database) -> list[str]:
    """A list that is worth packing."""
    async with database.writes.begin() as session:
        made = [await make.product(session) for _ in range(8)]
    return [public_id("product", each.id) for each in made]


@pytest.mark.parametrize("accept_encoding", ["identity", "gzip"])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_a_kept_answer_is_to_the_byte_what_it_would_be_if_it_ran(
    mall: Api, api: Api, database: Database, method: str, accept: str, accept_encoding: str
):
    await eight_products(database)
    await until_kept(mall, "ProductList")
    headers = {"accept": accept, "accept-encoding": accept_encoding}

    async def asked(of: Api) -> httpx.Response:
        if method == "POST":
            return await of.post({"documentId": LIST}, headers)
        return await of.http.request(
            method, "/graphql", params={"documentId": LIST}, headers=headers
        )

    before = statements_run()
    kept, again = await asked(mall), await asked(mall)
    assert statements_run() == before
    assert told(kept) == told(again) == told(await asked(api))
    if method == "GET":
        again = {**headers, "if-none-match": kept.headers["etag"]}
        assert told(await get(mall, again)) == told(await get(api, again))
        assert (await get(mall, again)).status_code == 304
        assert statements_run() == before + 2


async def test_a_hit_sends_no_statement_whichever_way_its_variables_are_written(
    mall: Api, database: Database
):
    await eight_products(database)
    variables: dict[str, Any] = {"first": 3, "after": None}
    kept = await until_kept(mall, "ProductList", **variables)
    before = statements_run()
    turned = dict(reversed(variables.items()))
    assert await mall.run("miniprogram/ProductList", **turned) == kept
    assert (await get(mall, **turned)).json() == kept
    assert statements_run() == before
    other = await mall.run("miniprogram/ProductList", first=4)
    assert len(other["data"]["products"]["edges"]) == 4
    assert statements_run() == before + 1


async def test_each_language_has_answers_of_its_own(mall: Api, database: Database):
    (product_id, *_) = await eight_products(database)
    await until_kept(mall, "ProductDetail", id=product_id)

    async def title(language: str) -> str:
        headers = {"accept-language": language}
        answer = await mall.run("miniprogram/ProductDetail", headers, id=product_id)
        return answer["data"]["product"]["title"]

    async def title_by_get(language: str) -> str:
        variables = orjson.dumps({"id": product_id}).decode()
        answer = await mall.http.get(
            "/graphql",
            params={"documentId": DETAIL, "variables": variables},
            headers={"accept-language": language},
        )
        return answer.json()["data"]["product"]["title"]

    for _ in range(2):
        for ask in (title, title_by_get):
            assert (await ask("en"), await ask("zh")) == ("Camellia Eau de Toilette", "山茶淡香水")


async def test_a_hit_is_logged_and_measured_as_any_answer(
    mall: Api, database: Database, logged: list[EventDict]
):
    await until_kept(mall, "ProductList")

    def measured(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    labels = {"document": "miniprogram/ProductList", "outcome": "ok"}
    answered = measured("mall_graphql_answered_seconds_count", **labels)
    kept = measured("mall_public_answers_total", how="kept")
    logged.clear()
    await mall.run("miniprogram/ProductList")
    for _ in range(2):
        await get(mall)
    lines = [each for each in logged if each["event"] == "graphql.answered"]
    for line in lines:
        told = line["document"], line["outcome"], line["status"]
        assert told == (labels["document"], "ok", 200)
    assert len(lines) == 3
    assert measured("mall_graphql_answered_seconds_count", **labels) == answered + 3
    assert measured("mall_public_answers_total", how="kept") == kept + 3


@pytest.mark.parametrize("authorization", ["Bearer of-nobody", "Basic YTpi", "Bearer ", "nonsense"])
async def test_a_token_that_is_none_is_refused_also_where_the_answer_is_kept(
    mall: Api, database: Database, authorization: str
):
    await until_kept(mall, "ProductList")
    headers = {"authorization": authorization}
    for _ in range(2):
        assert (await get(mall)).status_code == 200
        for refused in (await mall.post({"documentId": LIST}, headers), await get(mall, headers)):
            assert refused.status_code == 401
            assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_whoever_is_signed_in_has_the_same_answer_and_nobody_may_keep_it_on_the_way(
    mall: Api, database: Database
):
    member = await as_member(mall, database)
    kept = await until_kept(mall, "ProductList")
    before = statements_run()
    for headers in (member, AS_STAFF):
        seen = await get(mall, headers)
        assert seen.json() == kept
        assert seen.headers["cache-control"] == "no-store"
        assert "etag" not in seen.headers
    assert statements_run() == before


async def test_what_is_a_members_own_is_never_kept(mall: Api, database: Database):
    members = [await as_member(mall, database) for _ in range(2)]
    for document in ("Viewer", "CartView", "AddressList", "FavouriteList", "Sessions"):
        seen: list[Any] = []
        for headers in (*members, *members):
            before = statements_run()
            answer = await mall.run(f"miniprogram/{document}", headers)
            assert "errors" not in answer, answer
            assert statements_run() > before
            seen.append(answer["data"])
        if document == "Viewer":
            assert seen[0] != seen[1]
        assert seen[:2] == seen[2:]


async def test_an_answer_with_errors_is_not_kept(mall: Api, database: Database):
    await until_kept(mall, "ProductList")
    for _ in range(2):
        failed = await mall.post({"documentId": DETAIL, "variables": {"id": "x"}})
        assert failed.status_code == 200
        assert failed.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
        unfit = await mall.post({"documentId": DETAIL}, {"accept": GRAPHQL})
        assert unfit.status_code == 400
    parameters = {"documentId": DETAIL, "variables": '{"id": "x"}'}
    by_get = await mall.http.get("/graphql", params=parameters)
    assert by_get.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "variables",
    [{"first": 3, "somethingElse": 1}, {"after": None, "categoryId": None, "x" * 1_000: 1}],
    ids=["not declared", "long"],
)
async def test_unusual_variables_are_answered_and_not_kept(
    mall: Api, database: Database, variables: dict[str, Any]
):
    await eight_products(database)
    await until_kept(mall, "ProductList")
    for _ in range(2):
        before = statements_run()
        answer = await mall.run("miniprogram/ProductList", **variables)
        assert "errors" not in answer
        assert statements_run() == before + 1


async def test_a_document_of_somebody_elses_is_not_kept(mall: Api, database: Database):
    await eight_products(database)
    for _ in range(2):
        before = statements_run()
        await mall.query("{ products { edges { node { id } } } }")
        assert statements_run() > before


async def test_an_answer_is_made_anew_after_a_second(
    mall: Api, database: Database, seconds: Seconds
):
    await eight_products(database)
    kept = await until_kept(mall, "ProductList")
    before = statements_run()
    seconds.now += 1
    assert await mall.run("miniprogram/ProductList") == kept
    assert statements_run() == before + 1
    assert await mall.run("miniprogram/ProductList") == kept
    assert statements_run() == before + 1
