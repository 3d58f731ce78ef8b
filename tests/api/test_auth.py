"""Who a request is from: nobody, the development staff, or somebody who is refused."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from api.auth import DEVELOPER, Authenticator
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.errors import Unauthenticated
from tests.api import toy_mutations
from tests.api.client import AS_STAFF, DOCUMENT_IDS, STAFF_TOKEN, Api, statements_run
from tests.api.contexts import app_of, nobody

LIST = DOCUMENT_IDS["miniprogram/ProductList"]
WRONG = [
    "",
    "Bearer",
    "Bearer ",
    STAFF_TOKEN,
    f"Basic {STAFF_TOKEN}",
    f"Bearer {STAFF_TOKEN}x",
    f"Bearer {STAFF_TOKEN[:-1]}",
    f"Bearer {STAFF_TOKEN.upper()}",
    f"Bearer x {STAFF_TOKEN}",
    "Bearer 令牌",
]


@pytest.fixture
async def toy(database: Database) -> AsyncGenerator[httpx.AsyncClient]:
    """The toy behind ``/graphql``."""
    app = app_of(database, toy_mutations.documents(), toy_mutations.EXECUTOR)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mall.test"
    ) as client:
        yield client


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_is_the_developers(scheme: str):
    assert Authenticator(nobody, STAFF_TOKEN).actor([f"{scheme} {STAFF_TOKEN}"]) == DEVELOPER
    assert (DEVELOPER.role, DEVELOPER.name) == (Role.OWNER, "开发者")
    assert DEVELOPER.key == f"staff:{DEVELOPER.id.hex}"


def test_who_says_nothing_is_nobody():
    assert Authenticator(nobody, STAFF_TOKEN).actor([]) is None
    assert Authenticator(nobody, None).actor([]) is None


@pytest.mark.parametrize("header", WRONG)
def test_whatever_else_is_said_is_refused(header: str):
    with pytest.raises(Unauthenticated):
        Authenticator(nobody, STAFF_TOKEN).actor([header])


def test_two_headers_are_refused_and_without_a_token_every_one():
    with pytest.raises(Unauthenticated):
        Authenticator(nobody, STAFF_TOKEN).actor([f"Bearer {STAFF_TOKEN}"] * 2)
    for header in ("Bearer ", f"Bearer {STAFF_TOKEN}", "Bearer None"):
        with pytest.raises(Unauthenticated):
            Authenticator(nobody, None).actor([header])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_token_refuses_public_fields_too(api: Api, method: str):
    before = statements_run()
    headers = {"authorization": "Bearer wrong", "accept-language": "en"}
    request = {"documentId": LIST}
    if method == "GET":
        response = await api.http.get("/graphql", params=request, headers=headers)
    else:
        response = await api.post(request, headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert error["message"] == "The token is not valid; sign in again."
    assert statements_run() == before


async def test_production_takes_no_token(production_api: Api):
    response = await production_api.post({"documentId": LIST}, AS_STAFF)
    assert response.status_code == 401


async def test_what_staff_read_is_kept_by_nobody(api: Api):
    parameters = {"documentId": LIST}
    public = await api.http.get("/graphql", params=parameters)
    assert "authorization" in public.headers["vary"].lower()
    headers = {**AS_STAFF, "if-none-match": public.headers["etag"]}
    response = await api.http.get("/graphql", params=parameters, headers=headers)
    assert response.status_code == 200
    assert response.json() == public.json()
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    "document",
    [
        "{ joined }",
        "{ a: joined number }",
        "query { ...f } fragment f on Query { joined }",
        'mutation { join(input: {requestId: "00000000-0000-7000-8000-000000000000", name: "x"})'
        " { __typename } }",
    ],
)
async def test_a_field_for_staff_refuses_a_stranger_before_it_begins(
    toy: httpx.AsyncClient, document: str, count_statements: dict[str, int]
):
    response = await toy.post("/graphql", json={"query": document})
    assert response.status_code == 401
    assert response.json()["data"] is None
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert error["message"] == "请先登录。"
    assert not count_statements


async def test_a_field_for_staff_answers_staff_and_a_public_one_everybody(toy: httpx.AsyncClient):
    asked = {"query": "{ joined asker }"}
    answer = (await toy.post("/graphql", json=asked, headers=AS_STAFF)).json()
    assert answer["data"] == {"joined": 0, "asker": "开发者"}
    assert (await toy.post("/graphql", json={"query": "{ asker }"})).json()["data"] == {
        "asker": "anybody"
    }
