"""What is worked out once about resolvers and classes changes nothing of what they are given."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from inspect import isawaitable
from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema, OperationDefinitionNode, execute, parse
from strawberry.extensions import FieldExtension
from strawberry.relay import GlobalID
from typing_extensions import override

from api.compiled.collecting import operation_of
from api.compiled.plans import Plan
from api.schema import MallSchema


class Around(FieldExtension):
    """Notes in which order extensions see a request, and with which arguments."""

    def __init__(self, name: str) -> None:
        self._name = name

    @override
    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: object,
        info: strawberry.Info[list[str], None],
        **kwargs: Any,
    ) -> Any:
        info.context.append(f"{self._name} {info.python_name} {kwargs!r}")
        return f"{await next_(source, info, **kwargs)} in {self._name}"


class Doubling(FieldExtension):
    """Changes arguments before the resolver has them."""

    @override
    def map_arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {name: value * 2 for name, value in kwargs.items()}


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.input
class Wish:
    size: Size = Size.SMALL
    words: list[str] | None = None


class Kept:
    """The class behind `Thing`."""

    def __init__(self, name: str) -> None:
        self.name = name


class Other(Kept):
    """A class that is not."""


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Thing(Named):
    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the class behind the type."""
        return type(source) is Kept


@strawberry.type
class Query:
    @strawberry.field(extensions=[Around("inner"), Around("outer")])
    async def told(
        self,
        info: strawberry.Info[list[str], None],
        size: Size = Size.LARGE,
        wish: Wish | None = None,
        maybe: strawberry.Maybe[str | None] = None,
        key: GlobalID | None = None,
        many: list[int] | None = None,
        *,
        spelled_otherwise: str = "as it comes",
    ) -> str:
        info.context.append("resolver")
        return repr((size, wish, maybe, key, many, spelled_otherwise))

    @strawberry.field(extensions=[Doubling()])
    async def doubled(self, number: int) -> int:
        return number

    @strawberry.field
    async def without_info(self, number: int = 7) -> int:
        return number

    @strawberry.field
    def at_once(self, number: int = 7) -> int:
        return number

    @strawberry.field(graphql_type=list[Thing])
    async def things(self, *, are_wrong: bool = False) -> list[Kept]:
        return [Kept("a"), Kept("b"), Other("c") if are_wrong else Kept("c")]


SCHEMA: GraphQLSchema = MallSchema(Query).executable
KEY = "VGhpbmc6MQ=="
DOCUMENTS: list[tuple[str, Mapping[str, object]]] = [
    ("{ told }", {}),
    ("{ told(size: SMALL, wish: {size: LARGE, words: []}, many: 3) }", {}),
    ("query ($w: Wish) { told(wish: $w) }", {"w": {"words": ["x"]}}),
    ("query ($w: Wish) { told(wish: $w) }", {"w": None}),
    ("query ($w: Wish) { told(wish: $w) }", {}),
    ("{ told(maybe: null) }", {}),
    ("query ($m: String) { told(maybe: $m) }", {"m": None}),
    ("query ($m: String) { told(maybe: $m) }", {"m": "x"}),
    ("query ($k: ID) { told(key: $k) }", {"k": KEY}),
    ("query ($k: ID) { told(key: $k) }", {"k": "none"}),
    ('{ told(spelledOtherwise: "x") }', {}),
    ("query ($n: [Int!]) { told(many: $n) }", {"n": [1, 2]}),
    ("{ doubled(number: 4) }", {}),
    ("{ withoutInfo }", {}),
    ("query ($n: Int!) { withoutInfo(number: $n) }", {"n": 3}),
    ("{ atOnce(number: 4) }", {}),
    ("{ things { name } }", {}),
    ("{ things(areWrong: true) { name } }", {}),
    ("query ($i: ID) { told(key: $i) }", {"i": 3}),
    ("query ($s: String) { told(maybe: $s) }", {"s": True}),
]


def told(result: Any) -> list[object]:
    """The errors of a result as they are sent."""
    errors: list[Any] = result.errors or []
    return [each.formatted for each in errors]


@pytest.mark.parametrize(("text", "variables"), DOCUMENTS)
async def test_a_plan_gives_resolvers_what_strawberry_would(
    text: str, variables: Mapping[str, object]
) -> None:
    parsed = parse(text)
    (node,) = (each for each in parsed.definitions if isinstance(each, OperationDefinitionNode))
    plan = Plan(operation_of(SCHEMA, parsed, node))
    expected_log: list[str] = []
    running: Any = execute(
        SCHEMA, parsed, context_value=expected_log, variable_values=dict(variables)
    )
    expected: Any = await running if isawaitable(running) else running
    for _ in range(2):
        log: list[str] = []
        answered: Any = await plan.run(variables, log, hide_suggestions=False)
        assert answered.data == expected.data
        assert told(answered) == told(expected)
        assert log == expected_log
    assert plan.fallbacks == (2 if expected.errors else 0)
