"""Refusals as members of a mutation's union, on a schema of the test's own."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import strawberry
from graphql import parse
from structlog.testing import capture_logs

import domain
from api.access import Access, root_field
from api.documents import ADHOC, Document
from api.execution import Executor
from api.refusals import Refusal, RefusalsAsData, is_told, refusal
from api.schema import MallSchema
from domain.kernel.db import Database
from domain.kernel.errors import BadInput, Refused
from domain.kernel.language import Language, Sentence
from tests.api.contexts import context_of


@dataclass
class ShelfEmpty(Refused):
    """Fewer are left than were asked for."""

    left: int
    wanted: int


@dataclass
class NeverTold(Refused):
    """A refusal that nobody gave a type."""

    reason: str


@refusal(ShelfEmpty, Sentence(zh="只剩 {left} 件。", en="Only {left} of {wanted} are left."))
@strawberry.type(name="ShelfEmpty")
class ShelfEmptyType(Refusal):
    left: int
    wanted: int


@strawberry.type
class Taken:
    count: int


@strawberry.type
class Query:
    @root_field(access=Access.ANYONE, graphql_type=int, description="How many are left.")
    async def left(self) -> int:
        return 3


@strawberry.type
class Mutation:
    @strawberry.mutation(extensions=[RefusalsAsData()])
    async def take(
        self, count: int
    ) -> Annotated[Taken | ShelfEmptyType, strawberry.union("TakeResult")]:
        if count == 0:
            raise BadInput(Sentence(zh="至少一件。", en="At least one."))
        if count < 0:
            raise NeverTold(reason="the till is open")
        if count > 3:
            raise ShelfEmpty(left=3, wanted=count)
        return Taken(count=count)


UNTOLD: set[str] = set()
"""Refusals of use cases that no mutation calls yet."""

EXECUTOR = Executor(MallSchema(Query, Mutation, types=[ShelfEmptyType]).executable)
TAKE = Document(
    ADHOC,
    parse(
        """mutation ($count: Int!) { take(count: $count) {
            __typename
            ... on Taken { count }
            ... on ShelfEmpty { left wanted }
            ... on Refusal { message } } }"""
    ),
)


async def take(database: Database, count: int, language: Language) -> Any:
    context = context_of(database, language)
    return (await EXECUTOR.run(TAKE, None, {"count": count}, context, trace_id="t1")).body


async def test_what_is_not_refused_is_the_success(database: Database):
    body = await take(database, 2, Language.ZH)
    assert body["data"] == {"take": {"__typename": "Taken", "count": 2}}


@pytest.mark.parametrize(
    ("language", "message"),
    [(Language.ZH, "只剩 3 件。"), (Language.EN, "Only 3 of 4 are left.")],
)
async def test_a_refusal_is_data_with_a_message_and_its_particulars(
    database: Database, language: Language, message: str
):
    body = await take(database, 4, language)
    assert "errors" not in body
    assert body["data"]["take"] == {
        "__typename": "ShelfEmpty",
        "left": 3,
        "wanted": 4,
        "message": message,
    }


async def test_a_fault_stays_an_error(database: Database):
    body = await take(database, 0, Language.EN)
    assert body["data"] is None
    (error,) = body["errors"]
    assert error["message"] == "At least one."
    assert error["extensions"] == {"code": "BAD_INPUT"}


async def test_a_refusal_without_a_type_is_a_bug_and_tells_nothing(database: Database):
    with capture_logs() as events:
        body = await take(database, -1, Language.EN)
    assert body["data"] is None
    (error,) = body["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "traceId": "t1"}
    assert "till" not in str(body)
    assert "NeverTold" not in str(body)
    assert [event["event"] for event in events] == ["graphql.bug"]


def test_every_refusal_of_the_domain_has_its_type():
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    refusals = [each for each in Refused.BY_NAME.values() if each.__module__.startswith("domain.")]
    assert len(refusals) > len(UNTOLD)
    assert {each.__name__ for each in refusals if not is_told(each)} == UNTOLD


def test_two_refusals_cannot_have_one_name():
    with pytest.raises(TypeError, match="both have ShelfEmpty"):
        type("ShelfEmpty", (Refused,), {"__module__": "domain.elsewhere"})
    assert Refused.BY_NAME["ShelfEmpty"] is ShelfEmpty
