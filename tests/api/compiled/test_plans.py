"""What a plan promises beside equal answers: who runs, how often, in which order."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import ExecutionResult

from api.compiled.errors import Uncovered
from api.compiled.plans import MOST_VARIANTS, Plan
from tests.api.compiled.toy import Asked, plan_of


async def run(
    plan: Plan, asked: Asked | None = None, variables: Mapping[str, object] | None = None
) -> ExecutionResult:
    return await plan.run(variables or {}, asked or Asked(), hide_suggestions=True)


async def test_a_root_field_does_not_run_again_when_its_value_cannot_be_completed() -> None:
    plan, asked = plan_of('{ shell(name: "null") { name } }'), Asked()
    result = await run(plan, asked)
    assert plan.fallbacks == 1
    assert result.errors
    assert result.errors[0].path == ["shell", "name"]
    assert asked.names == ["shell"]


async def test_root_fields_of_a_query_run_together_and_each_once_when_one_of_them_fails() -> None:
    plan, asked = plan_of("{ slow broken shell { name } }"), Asked()
    result = await run(plan, asked)
    assert result.data == {"slow": 1, "broken": None, "shell": {"name": "nautilus"}}
    assert asked.names == ["slow began", "broken", "shell", "slow ended"]


async def test_mutations_run_one_after_the_other_and_not_past_one_that_leaves_no_data() -> None:
    text = """mutation { a: change(name: "first") { ... on Shell { name } }
        b: change(name: "null") { ... on Shell { name } }
        c: change(name: "third") { ... on Shell { name } } }"""
    plan, asked = plan_of(text), Asked()
    result = await run(plan, asked)
    assert result.data is None
    assert asked.names == ["first", "null"]


async def test_a_member_of_a_union_is_told_by_its_own_fields() -> None:
    text = """mutation ($name: String!) { change(name: $name) {
        __typename ... on Shell { name } ... on Gone { why } } }"""
    plan = plan_of(text)
    gone, kept = await run(plan, variables={"name": "gone"}), await run(plan, None, {"name": "x"})
    assert gone.data == {"change": {"__typename": "Gone", "why": "sold"}}
    assert kept.data == {"change": {"__typename": "Shell", "name": "x"}}
    assert plan.fallbacks == 0


async def test_variables_that_do_not_fit_run_nothing() -> None:
    plan, asked = plan_of("query ($name: String!) { shell(name: $name) { name } }"), Asked()
    result = await run(plan, asked, {"name": 3})
    assert result.errors
    assert result.errors[0].path is None
    assert not asked.names


@pytest.mark.parametrize(
    ("skipped", "selected"),
    [(True, {"name"}), (False, {"name", "inner", "inner.name", "inner.__typename"})],
)
async def test_a_root_field_knows_what_this_very_request_selects(
    skipped: bool,  # noqa: FBT001 - a parameter
    selected: set[str],
) -> None:
    text = """query ($s: Boolean!) { shell { title: name ...F @skip(if: $s) } }
        fragment F on Shell { inner { name __typename } }"""
    asked = Asked()
    await run(plan_of(text), asked, {"s": skipped})
    assert asked.selected == selected


async def test_a_plan_has_no_more_variants_than_it_may() -> None:
    names = [f"c{number}" for number in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    plan = plan_of(f"query ({declared}) {{ shell {{ __typename {fields} }} }}")
    answered: list[Any] = []
    for number in range(2**6):
        values = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        result = await run(plan, variables=values)
        assert result.data
        answered.append(list(result.data["shell"]))
        assert answered[-1] == ["__typename", *(name for name in names if values[name])]
    assert plan.fallbacks == 2**6 - MOST_VARIANTS


def test_what_a_plan_runs_can_be_read() -> None:
    source = plan_of("{ shell { name } }").sources({})[0]
    assert source.startswith("def complete(value, info):\n")
    assert "value.name" in source


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ shell { shout } }", "Shell.shout has a resolver"),
        ("{ __schema { description } }", "__schema has no resolver of its own"),
    ],
)
def test_what_is_not_compiled_is_known_beforehand(text: str, reason: str) -> None:
    with pytest.raises(Uncovered, match=reason):
        plan_of(text)
