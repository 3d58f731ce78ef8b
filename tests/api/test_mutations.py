"""What holds for any document with a mutation, before anything of it runs."""

import httpx
import pytest

from domain.kernel.db import Database
from domain.kernel.errors import Fault, FaultCode
from tests.api import toy_mutations
from tests.api.client import AS_STAFF, DOCUMENT_IDS
from tests.api.contexts import app_of

JOIN = 'join(input: {{requestId: "00000000-0000-7000-8000-00000000000{0}", name: "{0}"}})'
ONE, TWO = (f"{JOIN.format(number)} {{ __typename }}" for number in (1, 2))

ALLOWED = [
    f"mutation {{ {ONE} }}",
    f"mutation {{ __typename {ONE} }}",
    f"mutation {{ ...f }} fragment f on Mutation {{ {ONE} }}",
    f"mutation a {{ {ONE} }} mutation b {{ {TWO} }}",
    "{ number joined asker }",
]
REFUSED = [
    f"mutation {{ a: {ONE} b: {TWO} }}",
    f"mutation {{ {ONE} {ONE} }}",
    f"mutation {{ {ONE} ... {{ b: {TWO} }} }}",
    f"mutation {{ {ONE} ...f }} fragment f on Mutation {{ b: {TWO} }}",
    f"mutation {{ ...f ...f }} fragment f on Mutation {{ {ONE} }}",
    f"mutation {{ a: {ONE} ... @skip(if: true) {{ b: {TWO} }} }}",
    f"query q {{ number }} mutation {{ a: {ONE} b: {TWO} }}",
]


@pytest.mark.parametrize("document", ALLOWED)
def test_one_mutation_for_each_request_is_allowed(document: str):
    toy_mutations.documents().adhoc(document)


@pytest.mark.parametrize("document", REFUSED)
async def test_two_mutations_in_one_document_are_refused_before_anything_runs(
    database: Database, document: str, count_statements: dict[str, int]
):
    with pytest.raises(Fault) as caught:
        toy_mutations.documents().adhoc(document)
    assert caught.value.code is FaultCode.TOO_COSTLY
    assert not count_statements


@pytest.mark.parametrize(
    ("document", "is_public"),
    [
        ("{ number }", True),
        ("{ number joined }", False),
        ("{ joined }", False),
        (f"mutation {{ {ONE} }}", False),
        (f"query q {{ number }} mutation m {{ {ONE} }}", False),
    ],
)
def test_only_public_queries_travel_by_get(document: str, *, is_public: bool):
    documents = toy_mutations.documents()
    assert documents.is_public_read(documents.adhoc(document)) is is_public


async def test_a_get_runs_no_text_and_so_no_mutation(
    database: Database, count_statements: dict[str, int]
):
    app = app_of(database, toy_mutations.documents(), toy_mutations.EXECUTOR)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mall.test", headers=AS_STAFF
    ) as client:
        for parameters in (
            {"query": f"mutation {{ {ONE} }}"},
            {
                "documentId": DOCUMENT_IDS["miniprogram/ProductList"],
                "query": f"mutation {{ {ONE} }}",
            },
        ):
            response = await client.get("/graphql", params=parameters)
            assert response.status_code in {200, 400}
            assert "join" not in response.text
    assert not count_statements
