"""Runs one valid operation and says how it went."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from inspect import isawaitable
from typing import cast

import msgspec
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    subscribe,
)

from api.compiled.library import plans_of
from api.context import Context
from api.cost import CostWeigher
from api.documents import Document
from api.errors import ErrorView, error_view
from api.limits import HIGHEST_COST
from domain.kernel.errors import BadInput, Fault
from domain.kernel.language import Language, Sentence

# Python 3.11 looks a member of an enumeration up for as long as a function takes to call.
_SUBSCRIPTION = OperationType.SUBSCRIPTION
_BY_ONE_ANSWER = Sentence(
    zh="订阅请使用 WebSocket（graphql-transport-ws）或 text/event-stream。",
    en="A subscription runs over a WebSocket (graphql-transport-ws) or as text/event-stream.",
)
_BY_A_STREAM = Sentence(
    zh="这里只执行订阅，查询和变更请用 POST /graphql。",
    en="Only subscriptions run here; send queries and mutations by POST to /graphql.",
)


class NotSubscribed(Exception):
    """A subscription that does not begin, or breaks off: its errors as they are sent."""

    def __init__(self, errors: list[ErrorView]) -> None:
        super().__init__(errors)
        self.errors = errors


class Answer(msgspec.Struct, frozen=True):
    """A GraphQL response: ``body`` is what is sent.

    ``fault`` is what left it without data: of the whole request where ``is_request_error``
    (nothing ran), else of a root field.
    """

    body: Mapping[str, object]
    fault: Fault | None = None
    is_request_error: bool = False


class Executor:
    """Executes operations against the schema, within the cost limit.

    Trusted documents are answered by their compiled plans (`api.compiled`).
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._weigher = CostWeigher(schema)
        self._plans = plans_of(schema)

    async def run(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, object],
        context: Context,
        *,
        trace_id: str,
    ) -> Answer:
        """Run one operation; raises BAD_INPUT and TOO_COSTLY `Fault`s before it has run."""
        operation = document.operation(operation_name)
        if operation.operation is _SUBSCRIPTION:
            raise BadInput(_BY_ONE_ANSWER)
        weigh = self._weigher.cost_of_known if document.is_trusted else self._weigher.cost
        cost = weigh(document.parsed, operation, variables)
        result = await self._execute(document, operation, variables, context)
        extensions: dict[str, object] = {"cost": {"requested": cost, "limit": HIGHEST_COST}}
        if result.data is not None and not result.errors:
            return Answer({"data": result.data, "extensions": extensions})
        errors = result.errors or []
        body: dict[str, object] = {}
        if errors:
            body["errors"] = [error_view(each, context.language, trace_id) for each in errors]
        # Without a path it is no field that failed: the variables did not fit, nothing ran.
        is_request_error = result.data is None and all(each.path is None for each in errors)
        if not is_request_error:
            body["data"] = result.data
        body["extensions"] = extensions
        faults = [each.original_error for each in errors if isinstance(each.original_error, Fault)]
        fault = faults[0] if faults and result.data is None else None
        return Answer(body, fault, is_request_error)

    async def subscribe(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, object],
        context: Context,
        *,
        trace_id: str,
    ) -> AsyncGenerator[Answer]:
        """Run one subscription: an answer for each event, until the generator is closed.

        Raises BAD_INPUT and TOO_COSTLY `Fault`s, `NotSubscribed` where it cannot begin, and
        whatever the source of the events raises.
        """
        operation = document.operation(operation_name)
        if operation.operation is not OperationType.SUBSCRIPTION:
            raise BadInput(_BY_A_STREAM)
        self._weigher.cost(document.parsed, operation, variables)
        subscribing = subscribe(
            self._schema,
            document.parsed,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation_name,
            hide_suggestions=document.is_trusted,
        )
        begun = await subscribing if isawaitable(subscribing) else subscribing
        if isinstance(begun, ExecutionResult):
            errors = begun.errors or []
            raise NotSubscribed([error_view(each, context.language, trace_id) for each in errors])
        # What graphql-core calls an iterator is a generator, which has to be closed.
        async with aclosing(cast("AsyncGenerator[ExecutionResult]", begun)) as results:
            async for result in results:
                yield _event(result, context.language, trace_id)

    async def _execute(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
        context: Context,
    ) -> ExecutionResult:
        plan = self._plans.of(document.parsed, operation) if document.is_trusted else None
        if plan is not None:
            return await plan.run(variables, context, hide_suggestions=True)
        name = operation.name
        running = execute(
            self._schema,
            document.parsed,
            context_value=context,
            variable_values=dict(variables),
            operation_name=name.value if name else None,
            hide_suggestions=document.is_trusted,
        )
        return await running if isawaitable(running) else running


def request_error(errors: list[ErrorView]) -> Answer:
    """The answer to a request of which nothing ran."""
    return Answer({"errors": errors}, is_request_error=True)


def _event(result: ExecutionResult, language: Language, trace_id: str) -> Answer:
    body: dict[str, object] = {"data": result.data}
    if result.errors:
        body["errors"] = [error_view(each, language, trace_id) for each in result.errors]
    return Answer(body)
