"""Who may call each root field: declared for all of them, and reviewed as a list."""

from pathlib import Path

import pytest
import strawberry

from api.access import Access, AccessNotDeclared, access_by_root_field, root_field
from api.schema import ACCESS, MallSchema

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
