"""Documents that are not trusted, in production: for staff in a browser, and for nobody else."""

import pytest
from graphql import get_introspection_query
from joserfc.jwk import ECKey
from redis.asyncio import Redis

from api.auth import DEVELOPER
from api.documents import Documents
from api.limits import DEEPEST, MOST_TOKENS
from api.schema import ACCESS, SCHEMA
from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.errors import Fault, FaultCode
from tests import make
from tests.api.client import DOCUMENT_IDS, Api
from tests.api.oauth.desk import as_member, bearer
from tests.api.oauth.office import as_staff, hire
from tests.api.oauth.test_forged import changed

PAD = {"id": str(make.an_id()), "store": str(make.an_id()), "sid": str(make.an_id())}
PROBE = "{ products(first: 1) { edges { node { id } } } }"


@pytest.fixture
async def guide(production_api: Api, database: Database, redis: Redis) -> dict[str, str]:
    """The header of the least of the staff, in a browser."""
    person = await hire(database, role=Role.GUIDE)
    return await as_staff(production_api, database, person)


async def test_staff_run_any_document(production_api: Api, guide: dict[str, str]):
    answer = await production_api.query(PROBE, guide)
    assert answer["data"] == {"products": {"edges": []}}


async def test_staff_read_the_whole_schema(production_api: Api, guide: dict[str, str]):
    """Introspection is deeper than any other document may be (0.28)."""
    answer = await production_api.query(get_introspection_query(), guide)
    types = {each["name"] for each in answer["data"]["__schema"]["types"]}
    assert {"Query", "Mutation", "StaffViewer"} <= types


async def test_staff_are_told_what_they_may_have_meant(production_api: Api, guide: dict[str, str]):
    answer = await production_api.query("{ product { edges } }", guide)
    assert "Did you mean" in str(answer["errors"])


async def test_limits_are_for_the_staff_too(production_api: Api, guide: dict[str, str]):
    deep = "{ a " * (DEEPEST + 1) + "}" * (DEEPEST + 1)
    for text in (deep, "{ " + "a " * (MOST_TOKENS + 1) + "}"):
        answer = await production_api.query(text, guide)
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["TOO_COSTLY"]


async def test_a_document_of_theirs_needs_the_role_all_the_same(
    production_api: Api, guide: dict[str, str]
):
    text = "{ staffViewer { role } }"
    assert (await production_api.query(text, guide))["data"] == {"staffViewer": {"role": "GUIDE"}}
    document = "mutation($input: CreateTagInput!) { createTag(input: $input) { __typename } }"
    given = {
        "requestId": str(make.an_id()),
        "code": "new",
        "title": {"zh": "新品", "en": "New"},
        "reason": "上新",
    }
    answer = await production_api.query(document, guide, input=given)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("text", [PROBE, "{ nonsense", "{ __schema { types { name } } }", ""])
async def test_everybody_else_is_refused_as_before(
    production_api: Api,
    database: Database,
    guide: dict[str, str],
    signing_key: ECKey,
    text: str,
):
    """A member, a pad, the staff at a pad, a partner and a stranger: to the byte the same."""
    await production_api.query(PROBE, guide)
    member = await as_member(production_api, database)
    token = guide["authorization"].removeprefix("Bearer ")
    at_pad = changed(token, signing_key, scope="pad", pad=PAD)
    sub = f"pad:{make.an_id().hex}"
    pad = changed(token, signing_key, scope="pad", sub=sub, staff=None, pad=PAD)
    partner = changed(token, signing_key, scope="catalog:read", sub="client:erp", staff=None)
    stranger = await production_api.post({"query": text})
    assert stranger.status_code == 400
    if text:
        assert stranger.json()["errors"] == [
            {"message": "此接口只执行已登记的查询文档。", "extensions": {"code": "NOT_TRUSTED"}}
        ]
    for header in (member, bearer(at_pad), bearer(pad), bearer(partner)):
        answer = await production_api.post({"query": text}, header)
        assert (answer.status_code, answer.content) == (400, stranger.content)
    # They are who they are: what is trusted runs for them.
    body = {"documentId": DOCUMENT_IDS["playground/StaffViewer"]}
    assert "errors" not in (await production_api.post(body, bearer(at_pad))).json()


def test_the_token_of_development_alone_is_no_reason():
    with pytest.raises(Fault) as raised:
        Documents(SCHEMA, ACCESS, adhoc_allowed=False).adhoc(PROBE, DEVELOPER)
    assert raised.value.code is FaultCode.NOT_TRUSTED
