"""Plans: one for each operation of a document, with a variant for each value of its conditions."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    OperationType,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel
from graphql.pyutils.is_awaitable import is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from api.compiled.calling import call_of
from api.compiled.collecting import Collected, Operation
from api.compiled.errors import Uncovered, Unexpected
from api.compiled.replay import Outcome, interpreted
from api.compiled.values import Arguments, Variables
from api.compiled.walking import TYPENAME, Walk

MOST_VARIANTS = 32
"""Of one plan: as many as five conditions make. graphql-core executes what goes beyond."""


class PlannedInfo(GraphQLResolveInfo[Any]):
    """graphql-core's info of a root field, with what the plan knows of it.

    ``selected`` are the dotted paths of the fields below it that this request answers with.
    """

    selected: frozenset[str]


class _Root:
    """A root field of a variant."""

    def __init__(self, key: str, details: list[FieldDetails], collected: Collected) -> None:
        operation = collected.operation
        self._operation = operation
        self._nodes = [each.node for each in details]
        name = self._nodes[0].name.value
        parent = operation.root_type
        self._field: Any = _root_field(operation, name)
        self._name = name
        self._parent = parent
        self._path = Path(None, key, parent.name)
        self._arguments = Arguments(self._field, self._nodes[0])
        self._call = call_of(operation.schema, self._field)
        walk = Walk(collected)
        self._complete, self.source = walk.compiled(name, self._field.type, details)
        self.selected = frozenset(walk.selected)

    def info(self, variables: VariableValues, context: object) -> PlannedInfo:
        """What the resolver is told of the request."""
        operation = self._operation
        info = PlannedInfo(
            self._name,
            self._nodes,
            self._field.type,
            self._parent,
            self._path,
            operation.schema,
            operation.fragments,
            None,
            operation.node,
            variables,
            context,
            is_awaitable,
            None,
            _HELPERS,
        )
        info.selected = self.selected
        return info

    async def outcome(self, variables: VariableValues, info: PlannedInfo) -> Outcome:
        """Run the resolver; raises where it cannot even be called."""
        arguments = self._arguments.values(variables)
        try:
            return Outcome(await self._call(info, arguments))
        except Exception as error:
            return Outcome(error=error)

    def completed(self, outcome: Outcome, info: PlannedInfo) -> object:
        """Complete what the resolver answered with, or raise anything."""
        if outcome.error is not None:
            raise Unexpected
        return self._complete(outcome.value, info)


class _Variant:
    """A plan while its conditions have certain values."""

    def __init__(self, collected: Collected) -> None:
        operation = collected.operation
        selected = collected.of_root()
        self._typename = operation.root_type.name
        self.roots: dict[str, _Root | None] = {
            key: None if _name(details) == TYPENAME else _Root(key, details, collected)
            for key, details in selected.items()
        }
        fields = sum(root is not None for root in self.roots.values())
        self._one_by_one = fields == 1 or operation.node.operation is OperationType.MUTATION

    async def data(
        self, variables: VariableValues, context: object, outcomes: dict[str, Outcome]
    ) -> dict[str, object]:
        """Answer, or raise anything; ``outcomes`` are entered as soon as they are known."""
        infos = {key: root.info(variables, context) for key, root in self.roots.items() if root}
        if not self._one_by_one:
            await self._together(variables, infos, outcomes)
        data: dict[str, object] = {}
        for key, root in self.roots.items():
            if root is None:
                data[key] = self._typename
                continue
            if key not in outcomes:
                outcomes[key] = await root.outcome(variables, infos[key])
            data[key] = root.completed(outcomes[key], infos[key])
        return data

    async def _together(
        self,
        variables: VariableValues,
        infos: Mapping[str, PlannedInfo],
        outcomes: dict[str, Outcome],
    ) -> None:
        async def run(key: str, root: _Root) -> None:
            outcomes[key] = await root.outcome(variables, infos[key])

        # Whoever fails, the others end: what has begun is not begun again by graphql-core.
        running = [run(key, root) for key, root in self.roots.items() if root]
        failed = await asyncio.gather(*running, return_exceptions=True)
        for each in failed:
            if each is not None:
                raise each


class Plan:
    """How one operation is answered. `Uncovered` is raised where it cannot be compiled."""

    def __init__(self, operation: Operation) -> None:
        if operation.node.operation is OperationType.SUBSCRIPTION:
            raise Uncovered("a subscription")
        self.operation = operation
        self._variables = Variables(operation.schema, operation.node.variable_definitions or ())
        self._conditions = operation.conditions()
        self._variants: dict[tuple[object, ...], _Variant | None] = {}
        self.fallbacks = 0
        if not self._conditions:
            self._variants[()] = _Variant(Collected(operation, VariableValues({}, {})))

    async def run(
        self, variables: Mapping[str, object], context: object, *, hide_suggestions: bool
    ) -> ExecutionResult:
        """Answer one request as graphql-core would."""
        outcomes: dict[str, Outcome] = {}
        # Whatever is raised here, graphql-core meets it again and says what it is.
        with suppress(Exception):
            coerced = self._variables.values(variables)
            variant = self._variant(coerced)
            if variant is not None:
                return ExecutionResult(await variant.data(coerced, context, outcomes), None)
        self.fallbacks += 1
        return await interpreted(
            self.operation, variables, context, outcomes, hide_suggestions=hide_suggestions
        )

    def sources(self, variables: Mapping[str, object]) -> list[str]:
        """The source texts of the functions that would answer such a request, for reading."""
        variant = self._variant(self._variables.values(variables))
        return [root.source for root in variant.roots.values() if root] if variant else []

    def _variant(self, variables: VariableValues) -> _Variant | None:
        key = tuple(variables.coerced.get(name) for name in self._conditions)
        if key in self._variants:
            return self._variants[key]
        if len(self._variants) >= MOST_VARIANTS:
            return None
        try:
            variant = _Variant(Collected(self.operation, variables))
        except (Uncovered, GraphQLError):
            # A condition without a value, or a field that only this variant has.
            variant = None
        self._variants[key] = variant
        return variant


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


def _track(values: Sequence[object]) -> None:
    """Let what a resolver has begun and does not wait for come to its end."""
    begun: list[Any] = [each for each in values if is_awaitable(each)]
    if begun:
        ending: asyncio.Future[Any] = asyncio.gather(*begun, return_exceptions=True)
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)


_ENDING: set[asyncio.Future[Any]] = set()
_HELPERS = GraphQLResolveInfoHelpers(_gather, _track)


def _name(details: list[FieldDetails]) -> str:
    return details[0].node.name.value


def _root_field(operation: Operation, name: str) -> GraphQLField:
    field = operation.root_type.fields.get(name)
    if field is None or field.resolve is None:
        raise Uncovered(f"{name} has no resolver of its own")
    return field
