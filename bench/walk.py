"""Compiled plans beside graphql-core, in this process: an answer of 400 leaves, already read."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from inspect import isawaitable
from statistics import median
from typing import Any, cast
from uuid import UUID

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute,
    parse,
    print_schema,
    validate,
)

from api.compiled.library import Plans
from api.compiled.plans import Plan
from api.paging import ConnectionView, connection, place_by_id
from api.schema import SCHEMA
from bench.benchmark import Column, Effort, Outcome
from bench.goals import Goal
from domain.catalog.content import ProductKind
from domain.catalog.views.structs import (
    CATEGORY,
    PRODUCT,
    VARIANT,
    Category,
    Image,
    Product,
    Variant,
)
from domain.kernel.garbage import settle
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place

PRODUCTS, VARIANTS = 20, 3
LEAVES = 400
DOCUMENT = """
query Walk($first: Int! = 20) {
  products(first: $first) {
    edges {
      node {
        id
        kind
        title
        image { url alt }
        fromPrice
        category { id title }
        variants { id sku title price }
      }
    }
  }
}
"""
_LEAST = 20
PLAIN, INTERPRETED, COMPILED = "graphql-core", "graphql-core, our types", "compiled plan"
_AT_ONCE = 10
COLUMNS = (
    Column("executed by", "contender"),
    Column("leaves", "leaves"),
    Column("us", "us", 1),
    Column("us per leaf", "us_per_leaf", 3),
    Column("times graphql-core", "times", 1),
)
NOTES = (
    "us: processor time of this process for each answer, from variables to the dictionary that is",
    "sent, the root's value already there. graphql-core: on a schema without strawberry, over",
    "dictionaries, which is the best that it can do; our types: as it answers what no plan covers.",
    "times: of the same round. All figures are medians.",
)


@dataclass(slots=True)
class Case:
    """A way to execute the document, and what each round's answers took."""

    contender: str
    run: Callable[[], Awaitable[ExecutionResult]]
    us: list[float] = field(default_factory=list[float])


def run(effort: Effort) -> Outcome:
    """Measure all ways in turns."""

    async def measured() -> Outcome:
        cases = await ways()
        settle()
        return await measure(cases, effort)

    return asyncio.run(measured())


async def measure(cases: list[Case], effort: Effort) -> Outcome:
    """Measure all ways in turns, for the time of half a volley each."""
    plain, *_, compiled = cases
    for case in cases:
        await _spent(case, effort.volley_seconds / 4)
    for _ in range(effort.rounds):
        for case in cases:
            case.us.append(await _spent(case, effort.volley_seconds / 2))
    leaves = sum(1 for _ in leaves_of((await compiled.run()).data))
    rows = [_row(case, plain, leaves) for case in cases]
    times = _times(plain, compiled)
    goal = Goal(f"compiled: times as fast as graphql-core on {leaves} leaves", _LEAST, (times,))
    return Outcome(f"walk: an answer of {leaves} leaves", COLUMNS, rows, NOTES, (goal,))


async def ways() -> list[Case]:
    """All ways to execute the document, graphql-core's best first and the compiled plan last."""
    schema, parsed = _schema(_page()), parse(DOCUMENT)
    assert not validate(schema, parsed)
    plan = _plan(schema, parsed)

    async def compiled() -> ExecutionResult:
        return await plan.run({}, None, hide_suggestions=True)

    answer = (await compiled()).data
    assert not plan.fallbacks
    plain = build_schema(print_schema(schema))
    return [
        Case(PLAIN, _interpreted(plain, parsed, answer)),
        Case(INTERPRETED, _interpreted(schema, parsed, None)),
        Case(COMPILED, compiled),
    ]


def _interpreted(
    schema: GraphQLSchema, parsed: DocumentNode, root: object
) -> Callable[[], Awaitable[ExecutionResult]]:
    async def interpreted() -> ExecutionResult:
        running = execute(schema, parsed, root, variable_values={}, hide_suggestions=True)
        return await running if isawaitable(running) else running

    return interpreted


def leaves_of(value: object) -> Iterator[object]:
    """All values of an answer that hold no other."""
    if isinstance(value, dict):
        for each in cast("dict[str, object]", value).values():
            yield from leaves_of(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from leaves_of(each)
    else:
        yield value


def _plan(schema: GraphQLSchema, parsed: DocumentNode) -> Plan:
    (operation,) = parsed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    plan = Plans(schema).of(parsed, operation)
    assert plan
    return plan


def _schema(page: ConnectionView[Product]) -> GraphQLSchema:
    """The mall's types and arguments below a root that answers with the page, whatever is asked."""
    assert SCHEMA.query_type
    theirs = SCHEMA.query_type.fields["products"]

    def products(_source: None, _info: Any, **_arguments: object) -> ConnectionView[Product]:
        return page

    ours = GraphQLField(theirs.type, args=theirs.args, resolve=products)
    return GraphQLSchema(GraphQLObjectType("Query", {"products": ours}))


def _page() -> ConnectionView[Product]:
    products = [_product(number) for number in range(PRODUCTS)]
    return connection(Page(products, has_next=True), "newest", _place, after=None)


def _place(product: Product) -> Place:
    return place_by_id(product.id, PRODUCT)


def _product(number: int) -> Product:
    key = UUID(int=number + 1)
    return Product(
        id=public_id(PRODUCT, key),
        code=f"YG-{number:06}",
        kind=ProductKind.PHYSICAL,
        title=f"屿光精华 {number}",
        image=Image(f"https://mall.example/media/products/{number}.jpg", f"屿光精华 {number}"),
        from_price_fen=Fen(28_900),
        member_limit=None,
        category=Category(public_id(CATEGORY, key), "护肤"),
        variants=[_variant(number, place) for place in range(VARIANTS)],
        tags=None,
        pictures=None,
        options=None,
        description=None,
        personalisation=None,
        place=number,
    )


def _variant(number: int, place: int) -> Variant:
    return Variant(
        id=public_id(VARIANT, UUID(int=number * VARIANTS + place + 1)),
        sku=f"YG-{number:06}-{place}",
        title=f"{30 * (place + 1)} ml",
        choices=[place],
        price_fen=Fen(28_900 + 10_000 * place),
        weight_grams=0,
        is_in_stock=None,
        lowest_recent_price_fen=None,
    )


async def _spent(case: Case, seconds: float) -> float:
    """Answer until so much processor time is spent; microseconds of it for each answer."""
    begun = used = time.process_time()
    answers = 0
    while used < begun + seconds:
        for _ in range(_AT_ONCE):
            await case.run()
        answers += _AT_ONCE
        used = time.process_time()
    return (used - begun) / answers * 1e6


def _times(plain: Case, case: Case) -> float:
    pairs = zip(plain.us, case.us, strict=True)
    return median(theirs / ours for theirs, ours in pairs)


def _row(case: Case, plain: Case, leaves: int) -> dict[str, object]:
    us = median(case.us)
    return {
        "contender": case.contender,
        "leaves": leaves,
        "us": us,
        "us_per_leaf": us / leaves,
        "times": _times(plain, case),
        "rounds": list(case.us),
    }
