"""GraphQL over HTTP: media types, statuses, methods, headers, and answers that may be kept."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest

from api.documents import Documents
from api.execution import Executor
from api.schema import SCHEMA
from api.wire import LARGEST_BODY_BYTES
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.client import DOCUMENT_IDS, Api, statements_run
from tests.api.contexts import app_of

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
LIST = DOCUMENT_IDS["miniprogram/ProductList"]
DETAIL = DOCUMENT_IDS["miniprogram/ProductDetail"]
TYPENAME = {"query": "{ __typename }"}


async def get(
    api: Api, parameters: dict[str, str], headers: dict[str, str] | None = None
) -> httpx.Response:
    return await api.http.get("/graphql", params=parameters, headers=headers)


def code(response: httpx.Response) -> str:
    """The one code of an answer that has no data."""
    body = response.json()
    assert "data" not in body
    (error,) = body["errors"]
    assert error["message"]
    return error["extensions"]["code"]


@asynccontextmanager
async def without_public_fields(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """A mall whose root fields are all for somebody in particular."""
    documents = Documents(SCHEMA, {}, adhoc_allowed=False)
    app = app_of(database, documents, Executor(SCHEMA), running=1)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mall.test"
    ) as client:
        yield client


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
async def test_an_answer_has_the_media_type_that_was_asked_for(api: Api, media_type: str):
    response = await api.post(TYPENAME, {"accept": media_type})
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.1, {JSON};q=0.9", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.1", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
        (f"TEXT/HTML , {GRAPHQL.upper()} ; charset=utf-8 ; q=0.5", GRAPHQL),
        (f"{JSON};q=nonsense, {GRAPHQL}", GRAPHQL),
        (f"{JSON};q=nan, {GRAPHQL};q=0.1", GRAPHQL),
    ],
)
async def test_the_media_type_is_negotiated(api: Api, accept: str | None, media_type: str):
    request = api.http.build_request("POST", "/graphql", json=TYPENAME)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    response = await api.http.send(request)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"


@pytest.mark.parametrize(
    "accept", ["text/html", f"{JSON};q=0", f"{JSON};q=0, */*", "application/xml, image/*", ","]
)
async def test_a_client_that_reads_neither_type_gets_406(api: Api, accept: str):
    before = statements_run()
    response = await api.post({"documentId": LIST}, {"accept": accept})
    assert response.status_code == 406
    assert code(response) == "BAD_INPUT"
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert statements_run() == before


@pytest.mark.parametrize(("media_type", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": ""},
        {"query": "{ noSuchField }"},
        {"query": "query a { __typename } query b { __typename }"},
        {"query": "query a { __typename }", "operationName": "b"},
        {"query": "query ($id: ID!) { product(id: $id) { id } }"},
        {"documentId": LIST, "variables": {"first": "twenty"}},
    ],
    ids=["syntax", "empty", "field", "which", "other", "missing variable", "wrong variable"],
)
async def test_what_did_not_run_has_no_data_and_only_the_newer_type_says_400(
    api: Api, body: dict[str, object], media_type: str, status: int
):
    before = statements_run()
    response = await api.post(body, {"accept": media_type})
    assert response.status_code == status
    assert code(response) == "BAD_INPUT"
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert statements_run() == before


@pytest.mark.parametrize("media_type", [JSON, GRAPHQL])
async def test_a_field_that_failed_leaves_200_and_data(api: Api, media_type: str):
    body = {"documentId": DETAIL, "variables": {"id": "x"}}
    response = await api.post(body, {"accept": media_type})
    assert response.status_code == 200
    assert response.json()["data"] == {"product": None}
    assert response.json()["errors"][0]["path"] == ["product"]


async def test_an_operation_is_chosen_by_its_name(api: Api):
    text = "query a { a: __typename } query b { b: __typename }"
    response = await api.post({"query": text, "operationName": "b"})
    assert response.json()["data"] == {"b": "Query"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_another_method_gets_405_and_is_told_which_are_allowed(api: Api, method: str):
    response = await api.http.request(method, "/graphql", json=TYPENAME)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"
    assert code(response) == "BAD_INPUT"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/json; charset=latin1"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_a_body_of_another_type_gets_415(api: Api, headers: dict[str, str]):
    response = await api.http.post("/graphql", content=orjson.dumps(TYPENAME), headers=headers)
    assert response.status_code == 415
    assert code(response) == "BAD_INPUT"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", 'application/json; charset="UTF-8"',
     "application/json;charset=utf-8"],
)  # fmt: skip
async def test_json_is_recognised_however_it_is_written(api: Api, content_type: str):
    response = await api.post(orjson.dumps(TYPENAME), {"content-type": content_type})
    assert response.status_code == 200


def body_of(size: int) -> bytes:
    """A request of exactly so many bytes."""
    request = orjson.dumps(TYPENAME)
    return request + b" " * (size - len(request))


async def test_a_body_may_have_100_000_bytes_and_not_one_more(api: Api):
    assert LARGEST_BODY_BYTES == 100_000
    assert (await api.post(body_of(100_000))).status_code == 200
    response = await api.post(body_of(100_001))
    assert response.status_code == 413
    assert code(response) == "BAD_INPUT"


@pytest.mark.parametrize(("size", "status"), [(100_000, 200), (100_001, 413)])
async def test_a_body_without_a_declared_length_is_counted_as_it_arrives(
    api: Api, size: int, status: int
):
    async def chunks() -> AsyncGenerator[bytes]:
        body = body_of(size)
        for start in range(0, size, 7_000):
            yield body[start : start + 7_000]

    response = await api.http.post(
        "/graphql", content=chunks(), headers={"content-type": "application/json"}
    )
    assert response.status_code == status


async def test_a_declared_length_is_believed_before_the_body_arrives(api: Api):
    request = api.http.build_request("POST", "/graphql", content=b"{}", headers={})
    request.headers.update({"content-type": JSON, "content-length": "100001"})
    assert (await api.http.send(request)).status_code == 413


@pytest.mark.parametrize("accept_language", ["zh-CN", "en"])
async def test_an_answer_says_its_language_its_number_and_what_it_depends_on(
    api: Api, accept_language: str
):
    response = await api.post(TYPENAME, {"accept-language": accept_language})
    assert response.headers["content-language"] == accept_language
    assert response.headers["vary"] == "Accept, Accept-Encoding, Accept-Language, Authorization"
    assert response.headers["cache-control"] == "no-store"
    number = response.headers["x-request-id"]
    assert len(bytes.fromhex(number)) == 8
    assert (await api.post(TYPENAME)).headers["x-request-id"] != number


async def test_an_answer_says_what_it_cost(api: Api):
    body = {"documentId": LIST, "variables": {"first": 10}}
    extensions = (await api.post(body)).json()["extensions"]
    # edges: node: id, title, image: url, variants: 5 times (id, title, price); pageInfo: 2.
    assert extensions == {"cost": {"requested": 1 + 10 * (1 + 1 + 4 + 16 + 3), "limit": 5_000}}


async def test_a_public_document_is_read_by_get(production_api: Api, database: Database):
    async with database.writes.begin() as session:
        product = await make.product(session)
    variables = orjson.dumps({"id": public_id("product", product.id)}).decode()
    response = await get(production_api, {"documentId": DETAIL, "variables": variables})
    assert response.status_code == 200
    assert response.json()["data"]["product"]["title"] == "山茶淡香水"
    assert response.headers["cache-control"] == "public, max-age=1"
    assert response.headers["vary"] == "Accept, Accept-Encoding, Accept-Language, Authorization"


async def test_a_head_is_a_get_without_its_body(api: Api):
    by_get = await get(api, {"documentId": LIST})
    by_head = await api.http.head("/graphql", params={"documentId": LIST})
    assert by_head.status_code == 200
    assert by_head.content == b""
    assert by_head.headers["etag"] == by_get.headers["etag"]


@pytest.mark.parametrize(
    ("parameters", "status", "expected"),
    [
        ({}, 400, "BAD_INPUT"),
        ({"documentId": f"sha256:{'0' * 64}"}, 400, "NOT_TRUSTED"),
        ({"documentId": ""}, 400, "NOT_TRUSTED"),
        ({"query": "{ __typename }"}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "variables": "{"}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "variables": "[]"}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "variables": "7"}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "variables": '{"after": "\\u0000"}'}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "operationName": "\x00"}, 400, "BAD_INPUT"),
        ({"documentId": LIST, "variables": "[" * 8_000}, 414, "BAD_INPUT"),
    ],
)
async def test_a_get_that_cannot_be_is_refused(
    api: Api, parameters: dict[str, str], status: int, expected: str
):
    before = statements_run()
    response = await get(api, parameters)
    assert response.status_code == status
    assert code(response) == expected
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert statements_run() == before


async def test_a_get_with_wrong_variables_is_not_kept(api: Api):
    response = await get(api, {"documentId": LIST, "variables": '{"first": "twenty"}'})
    assert response.status_code == 200
    assert code(response) == "BAD_INPUT"
    assert response.headers["cache-control"] == "no-store"
    failed = await get(api, {"documentId": DETAIL, "variables": '{"id": "x"}'})
    assert failed.json()["data"] == {"product": None}
    assert failed.headers["cache-control"] == "no-store"


async def test_a_document_that_is_not_public_is_not_read_by_get(database: Database):
    before = statements_run()
    async with without_public_fields(database) as client:
        response = await client.get("/graphql", params={"documentId": LIST})
        assert response.status_code == 405
        assert code(response) == "BAD_INPUT"
        assert statements_run() == before
        by_post = await client.post("/graphql", json={"documentId": LIST})
    assert by_post.status_code == 200


async def test_a_get_that_must_be_a_post_is_told_so(database: Database):
    async with without_public_fields(database) as client:
        response = await client.get("/graphql", params={"documentId": LIST})
    assert response.headers["allow"] == "POST"


async def test_what_a_client_has_already_is_not_sent_again(api: Api, database: Database):
    first = await get(api, {"documentId": LIST})
    etag = first.headers["etag"]
    assert etag.startswith('"')
    again = await get(api, {"documentId": LIST}, {"if-none-match": f'"other", {etag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == etag
    assert again.headers["vary"] == first.headers["vary"]

    async with database.writes.begin() as session:
        await make.product(session)
    changed = await get(api, {"documentId": LIST}, {"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


async def test_an_etag_belongs_to_one_language(api: Api):
    chinese = await get(api, {"documentId": LIST}, {"accept-language": "zh-CN"})
    english = await get(api, {"documentId": LIST}, {"accept-language": "en"})
    assert chinese.json() == english.json()
    assert chinese.headers["etag"] != english.headers["etag"]


async def test_a_post_is_never_kept(api: Api):
    response = await api.post({"documentId": LIST}, {"if-none-match": "*"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize("accept_language", ["en; q=0.9", "fr, en ;q=0.8, zh ; q=0.1"])
async def test_a_language_may_have_spaces_before_its_weight(api: Api, accept_language: str):
    response = await api.post(TYPENAME, {"accept-language": accept_language})
    assert response.headers["content-language"] == "en"


@pytest.mark.parametrize("wished", ["gzip", "br;q=1, gzip;q=0.5", "*"])
async def test_a_long_answer_is_packed_for_those_who_take_that(
    api: Api, database: Database, wished: str
):
    async with database.writes.begin() as session:
        for _ in range(8):
            await make.product(session)
    plain = await get(api, {"documentId": LIST}, {"accept-encoding": "identity"})
    packed = await get(api, {"documentId": LIST}, {"accept-encoding": wished})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.headers["etag"] != plain.headers["etag"]
    again = {"accept-encoding": wished, "if-none-match": packed.headers["etag"]}
    assert (await get(api, {"documentId": LIST}, again)).status_code == 304


@pytest.mark.parametrize("wished", ["", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=x"])
async def test_nothing_is_packed_for_those_who_do_not(api: Api, wished: str):
    response = await get(api, {"documentId": LIST}, {"accept-encoding": wished})
    assert "content-encoding" not in response.headers


async def test_a_short_answer_travels_as_it_is(api: Api):
    response = await api.post(TYPENAME, {"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers
    assert response.json()["data"] == {"__typename": "Query"}
