"""The way back to graphql-core, with what has run already."""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo, execute

from api.compiled.collecting import Operation


class Outcome:
    """What a root field's resolver answered with, or the exception that it raised."""

    __slots__ = ("error", "value")

    def __init__(self, value: object = None, error: Exception | None = None) -> None:
        self.value = value
        self.error = error

    async def again(self) -> object:
        """Answer the same once more."""
        if self.error is not None:
            raise self.error
        return self.value


async def interpreted(
    operation: Operation,
    variables: Mapping[str, object],
    context: object,
    outcomes: Mapping[str, Outcome],
    *,
    hide_suggestions: bool,
) -> ExecutionResult:
    """Execute by graphql-core; root fields that have run, by response name, do not run again."""

    def replayed(
        resolve: Callable[..., Any], source: object, info: GraphQLResolveInfo[Any], **arguments: Any
    ) -> object | Awaitable[object]:
        if info.path.prev is None and info.path.key in outcomes:
            return outcomes[str(info.path.key)].again()
        return resolve(source, info, **arguments)

    name = operation.node.name
    running = execute(
        operation.schema,
        operation.document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=name.value if name else None,
        middleware=[replayed] if outcomes else None,
        hide_suggestions=hide_suggestions,
    )
    return await running if isawaitable(running) else running
