"""What a document leaves out is not fetched, and changes nothing of what it asks for."""

from typing import Any, cast

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, parse
from sqlalchemy import select

from api.compiled.library import plans_of
from api.documents import ADHOC, Document
from api.execution import Executor
from api.schema import SCHEMA
from domain.catalog.models import Variant
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.contexts import context_of

EXECUTOR = Executor(SCHEMA)


def fields_of(name: str) -> list[str]:
    """Each field of a type, with a whole selection below it where there are fields below."""
    of_type = SCHEMA.get_type(name)
    assert isinstance(of_type, GraphQLObjectType)
    return [f"{each}{_all_below(field.type)}" for each, field in of_type.fields.items()]


def _all_below(of_type: Any) -> str:
    named = cast("object", get_named_type(of_type))
    if is_leaf_type(named):
        return ""
    assert isinstance(named, GraphQLObjectType)
    fields = (f"{name}{_all_below(field.type)}" for name, field in named.fields.items())
    return f" {{ {' '.join(fields)} }}"


SELECTIONS = [
    *fields_of("Product"),
    *(f"variants {{ {each} }}" for each in fields_of("Variant")),
    "image { url }",
    "image { alt }",
    "named: title variants { id }",
]
MAY_BE_NULL = {"memberLimit", "variants { lowestRecentPrice }"}
assert set(SELECTIONS) >= MAY_BE_NULL


async def answers(database: Database, text: str) -> tuple[object, object]:
    """What its plan makes of a document, and what graphql-core does, which fetches everything."""
    known, other = Document("toy", parse(text)), Document(ADHOC, parse(text))
    told = [
        (await EXECUTOR.run(each, None, {}, context_of(database), trace_id="")).body
        for each in (known, other)
    ]
    plan = plans_of(SCHEMA).of(known.parsed, known.operation(None))
    assert plan is not None
    assert plan.fallbacks == 0
    return told[0], told[1]


@pytest.mark.parametrize("selection", SELECTIONS)
async def test_a_field_alone_is_told_as_among_all_others(database: Database, selection: str):
    async with database.writes.begin() as session:
        shelf = await make.category(session)
        product = await make.product(session, shelf, prices_fen=(100, 200))
        product.member_limit = 3
        variants = await session.scalars(select(Variant.id).where(Variant.product_id == product.id))
        session.add_all(map(make.price_entry, variants))
        await make.product(session, shelf, prices_fen=(100,), minutes_after_noon=-1)
    listed, listed_whole = await answers(
        database, f"{{ products {{ edges {{ node {{ {selection} }} }} }} }}"
    )
    assert listed == listed_whole
    key = public_id("product", product.id)
    one, one_whole = await answers(database, f'{{ product(id: "{key}") {{ {selection} }} }}')
    assert one == one_whole
    assert "errors" not in str(one)
    # What may be null is not, or it would be the same where it is left out.
    assert "None" not in str(one) or selection not in MAY_BE_NULL
