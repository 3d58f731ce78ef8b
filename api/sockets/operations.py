"""Runs a subscription, whichever protocol it came by: found, weighed, allowed, and its errors told.

The document is found by the rule of HTTP: a trusted one by its id, and text where that is allowed.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from graphql import GraphQLError

from api.context import Context
from api.documents import Document, Documents, InvalidDocument
from api.endpoint import REQUEST_SECONDS, ContextOf, Gates
from api.errors import ErrorView, error_view, fault_view, invalid_view
from api.execution import Executor, NotSubscribed
from api.middleware import trace_id
from api.wire import GraphQLRequest
from domain.kernel.actors import Actor
from domain.kernel.errors import Busy, Fault
from domain.kernel.language import Language
from domain.kernel.logs import logger
from domain.kernel.metrics import SUBSCRIPTION_EVENTS, SUBSCRIPTIONS_OPEN

_LOG = logger(__name__)
Body = Mapping[str, object]
"""A GraphQL response as it is sent."""


class Operations:
    """The subscriptions that a process may run."""

    def __init__(
        self, documents: Documents, executor: Executor, gates: Gates, context_of: ContextOf
    ) -> None:
        self._documents = documents
        self._executor = executor
        self._gates = gates
        self._context_of = context_of

    async def run(
        self, asked: GraphQLRequest, language: Language, actor: Actor | None
    ) -> AsyncGenerator[Body]:
        """Run a subscription: one response for each event.

        Raises `NotSubscribed` with errors as they are sent, where it cannot begin or breaks off.
        """
        context = self._context_of(language, actor)
        try:
            document = await self._found(asked, actor)
            async with aclosing(self._events(document, asked, context)) as events:
                async for event in events:
                    yield event
        except Exception as error:
            errors = _told(error, language)
            _LOG.info("subscription.refused", errors=[each.get("extensions") for each in errors])
            raise NotSubscribed(errors) from error

    async def _found(self, asked: GraphQLRequest, actor: Actor | None) -> Document:
        """The document, found and validated within the bounds of any request's."""
        try:
            async with (
                asyncio.timeout(REQUEST_SECONDS),
                self._gates.of(asked, self._documents).turn(),
            ):
                return self._documents.asked_for(asked, actor)
        except TimeoutError as error:
            raise Busy from error

    async def _events(
        self, document: Document, asked: GraphQLRequest, context: Context
    ) -> AsyncGenerator[Body]:
        answers = self._executor.subscribe(
            document, asked.operation_name, asked.variables, context, trace_id=trace_id()
        )
        running = SUBSCRIPTIONS_OPEN.labels(document.name)
        sent = SUBSCRIPTION_EVENTS.labels(document.name)
        running.inc()
        try:
            async with aclosing(answers):
                async for answer in answers:
                    sent.inc()
                    yield answer.body
        finally:
            running.dec()


def _told(error: Exception, language: Language) -> list[ErrorView]:
    """What a client is told of whatever ended a subscription; a bug is logged and masked."""
    if isinstance(error, NotSubscribed):
        return error.errors
    if isinstance(error, InvalidDocument):
        return [invalid_view(each, language) for each in error.errors]
    if isinstance(error, Fault):
        return [fault_view(error, language)]
    bug = GraphQLError(str(error), path=[], original_error=error)
    return [error_view(bug, language, trace_id())]
