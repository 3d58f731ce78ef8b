"""Random documents on hostile data: a plan answers what graphql-core answers, key by key."""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from api.compiled.collecting import operation_of
from api.compiled.errors import Uncovered
from api.compiled.plans import Plan
from api.compiled.replay import interpreted
from api.schema import SCHEMA
from tests.api.compiled.hostile import Awaited, Sources
from tests.api.compiled.writing import Writer, Written

IN_THE_SUITE, IN_A_SOAK = 1_000, 10_000
ROUNDS = 2
HOSTILITY = (0.0, 0.01, 0.03, 0.03, 0.1)
SEED = 20261128


@dataclass
class Stage:
    """What root fields answer with, by response name, and how often they were asked."""

    answers: dict[str, object] = field(default_factory=dict[str, object])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def staged(schema: GraphQLSchema) -> GraphQLSchema:
    """The mall's schema, whose root fields answer with what stands on the stage."""

    def root(of_type: GraphQLObjectType | None) -> GraphQLObjectType:
        assert of_type
        return GraphQLObjectType(
            of_type.name,
            {
                name: GraphQLField(
                    each.type, args=each.args, resolve=_answer, extensions=each.extensions
                )
                for name, each in of_type.fields.items()
            },
        )

    roots = {"Query", "Mutation", "Subscription"}
    types = [each for name, each in schema.type_map.items() if name not in roots]
    query, mutation = root(schema.query_type), root(schema.mutation_type)
    return GraphQLSchema(query, mutation, types=types, directives=schema.directives)


async def _answer(_source: object, info: GraphQLResolveInfo[Stage], **arguments: object) -> object:
    stage = info.context
    key = str(info.path.key)
    stage.asked.append((key, repr(sorted(arguments.items()))))
    answer = stage.answers[key]
    if isinstance(answer, Exception):
        raise answer
    return answer


STAGED = staged(SCHEMA)


@pytest.fixture
def documents(*, is_soak: bool) -> int:
    return IN_A_SOAK if is_soak else IN_THE_SUITE


# Where a null goes up past them, graphql-core itself lets coroutines of its own fall that it had
# not begun to wait for; which ones a document has is chance.
@pytest.mark.filterwarnings(r"ignore:coroutine 'Executor\..* was never awaited:RuntimeWarning")
async def test_random_documents_on_hostile_data_are_answered_as_by_graphql_core(
    documents: int,
) -> None:
    seen: Counter[str] = Counter()
    for number in range(documents):
        random = Random(SEED + number)
        hostility = random.choice(HOSTILITY)
        written = Writer(STAGED, random, hostility).document()
        parsed = parse(written.text)
        if validate(STAGED, parsed, max_errors=1):
            seen["invalid"] += 1
            continue
        operation = next(
            each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)
        )
        try:
            plan = Plan(operation_of(STAGED, parsed, operation))
        except Uncovered:
            seen["uncovered"] += 1
            continue
        sources = Sources(STAGED, random, hostility)
        seen["compiled"] += 1
        for _ in range(ROUNDS):
            await compared(plan, written, sources, random, seen)
            written = _otherwise(written, random)
    # A share that dwindles would leave nothing compared.
    assert seen["compiled"] > documents * 0.6, seen
    assert seen["answered by the plan"] > documents * 0.6, seen
    assert seen["with errors"] > documents * 0.2, seen


async def compared(
    plan: Plan, written: Written, sources: Sources, random: Random, seen: Counter[str]
) -> None:
    """Answer both ways and compare what is answered, and what was asked of root fields."""
    answers = _answers(plan, written, sources, random)
    ours, theirs = Stage(answers), Stage(answers)
    fallbacks = plan.fallbacks
    by_plan = await plan.run(written.variables, ours, hide_suggestions=True)
    by_core = await interpreted(
        plan.operation, written.variables, theirs, {}, hide_suggestions=True
    )
    assert _told(by_plan) == _told(by_core), written
    assert sorted(ours.asked) == sorted(theirs.asked), written
    seen["answered by the plan"] += plan.fallbacks == fallbacks
    seen["with errors"] += bool(by_core.errors)


def _answers(plan: Plan, written: Written, sources: Sources, random: Random) -> dict[str, object]:
    answers: dict[str, object] = {}
    fields = plan.operation.root_type.fields
    for name, each in fields.items():
        for key in (name, *(f"{name}_{number}" for number in range(3))):
            if key in written.text:
                answer = sources.value(each.type)
                if isinstance(answer, Awaited) and random.random() < 0.5:
                    answer = RuntimeError("raised")
                answers[key] = answer
    return answers


def _otherwise(written: Written, random: Random) -> Written:
    """The same document with its conditions drawn again."""
    variables = {
        name: random.random() < 0.5 if name.startswith("c") else value
        for name, value in written.variables.items()
    }
    return Written(written.text, variables)


def _told(result: ExecutionResult) -> tuple[str, list[Any]]:
    """An answer as text, in which the order of keys shows, and its errors."""
    return json.dumps(result.data), [each.formatted for each in result.errors or ()]
