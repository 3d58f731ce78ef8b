"""Who may call each root field: declared for all of them, and reviewed as a list."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import ClassVar

import pytest
import strawberry
from graphql import parse

from api.access import (
    Access,
    AccessNotDeclared,
    access_by_root_field,
    root_field,
    subscription_field,
)
from api.documents import Document
from api.execution import Executor, NotSubscribed
from api.schema import ACCESS, MallSchema
from domain.kernel.db import Database
from tests.api.contexts import context_of

SNAPSHOT = Path(__file__).with_name("access.txt")


@strawberry.type
class Open:
    """A root with one field that says who may call it."""

    @root_field(access=Access.ANYONE, graphql_type=int, description="A number.")
    async def number(self) -> int:
        return 1


@strawberry.type
class Forgetful(Open):
    """A root with a field beside it that does not."""

    @strawberry.field
    async def secret(self) -> int:
        return 2


@strawberry.type
class Watched:
    """A root of subscriptions, one of which is for members and would tell that it has begun."""

    begun: ClassVar[list[str]] = []

    @subscription_field(access=Access.ANYONE, graphql_type=int, description="Numbers.")
    async def numbers(self) -> AsyncGenerator[int, None]:
        Watched.begun.append("numbers")
        for number in range(2):
            yield number

    @subscription_field(access=Access.MEMBER, graphql_type=int, description="Secrets.")
    async def secrets(self) -> AsyncGenerator[int, None]:
        Watched.begun.append("secrets")
        yield 7


@strawberry.type
class Careless:
    """A root of subscriptions that does not say whose."""

    @strawberry.subscription
    async def secrets(self) -> AsyncGenerator[int, None]:
        yield 7


def test_each_root_field_answers_whom_the_reviewed_list_says():
    lines = sorted(f"{field} {access}" for field, access in ACCESS.items())
    assert SNAPSHOT.read_text() == "".join(f"{line}\n" for line in lines)


def test_a_root_field_says_who_may_call_it():
    schema = MallSchema(Open).executable
    assert access_by_root_field(schema.query_type, None) == {"Open.number": Access.ANYONE}


@pytest.mark.parametrize("is_mutation", [False, True])
def test_a_root_field_that_declares_nothing_stops_the_schema(*, is_mutation: bool):
    schema = (MallSchema(Open, Forgetful) if is_mutation else MallSchema(Forgetful)).executable
    with pytest.raises(AccessNotDeclared, match=r"^Forgetful\.secret$"):
        access_by_root_field(schema.query_type, schema.mutation_type, schema.subscription_type)


def test_a_subscription_that_declares_nothing_stops_the_schema():
    schema = MallSchema(Open, subscription=Careless).executable
    with pytest.raises(AccessNotDeclared, match=r"^Careless\.secrets$"):
        access_by_root_field(schema.query_type, schema.mutation_type, schema.subscription_type)


async def test_a_guard_refuses_before_the_generator_of_the_events_begins(database: Database):
    executor = Executor(MallSchema(Open, subscription=Watched).executable)
    context = context_of(database)

    async def told(field: str) -> list[object]:
        document = Document("toy", parse(f"subscription {{ {field} }}"))
        answers = executor.subscribe(document, None, {}, context, trace_id="t")
        return [answer.body["data"] async for answer in answers]

    with pytest.raises(NotSubscribed) as refused:
        await told("secrets")
    assert [each["extensions"] for each in refused.value.errors] == [{"code": "UNAUTHENTICATED"}]
    assert Watched.begun == []
    assert await told("numbers") == [{"numbers": 0}, {"numbers": 1}]
