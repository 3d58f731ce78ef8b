"""Server-sent events at ``/graphql``: graphql-sse, one connection for each subscription."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing, suppress
from http import HTTPStatus

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from api.arriving import HttpRequest, first_header
from api.endpoint import plain_refusal
from api.errors import fault_view
from api.execution import NotSubscribed
from api.gate import Gate
from api.language import language_of
from api.media_types import wants_events
from api.sockets import endings
from api.sockets.connections import Connections, Full, Protocol, Seat
from api.sockets.endings import Closing, Ending
from api.sockets.operations import Operations
from api.sockets.tasks import cancelled
from api.wire import GraphQLRequest, Unreadable, read_post
from domain.kernel.errors import Busy, Fault
from domain.kernel.language import Language
from domain.kernel.logs import logger

_LOG = logger(__name__)
KEEP_ALIVE_SECONDS = 12.0
"""How long a stream is silent at the most, so that nothing between takes it for dead."""
SEND_SECONDS = 10.0
"""How long a client may take to make room for an event."""
_CLOSE_SECONDS = 1.0
_RETRY_AFTER_SECONDS = 5
_KEEP_ALIVE = b":\n\n"
_AGAIN_MILLISECONDS = 1_000
"""After which a client comes again, which by then finds another process."""
_COMPLETE = b"event: complete\ndata:\n\n"


class EventsOrAnswers:
    """Passes a POST that asks for events to one application, and everything else to another."""

    def __init__(self, events: ASGIApp, answers: ASGIApp) -> None:
        self._events = events
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        is_events = scope["method"] == "POST" and wants_events(first_header(scope, b"accept"))
        await (self._events if is_events else self._answers)(scope, receive, send)


class EventStreamEndpoint:
    """The ASGI application behind requests that ask for events."""

    def __init__(self, connections: Connections, operations: Operations, receiving: Gate) -> None:
        self._connections = connections
        self._operations = operations
        self._receiving = receiving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open one stream, or refuse to as any other request would be refused."""
        request = HttpRequest(scope, receive)
        language = language_of(request.header(b"accept-language"))
        try:
            with self._connections.seat(Protocol.SSE) as seat:
                async with self._receiving.turn():
                    asked = await read_post(request)
                stream = _Stream(request, send, seat, language)
                await stream.run(self._connections, self._operations, asked)
                return
        except ClientDisconnect:
            return
        except Unreadable as unreadable:
            status, fault = unreadable.status, unreadable.fault
        except (Busy, Full):
            status, fault = HTTPStatus.SERVICE_UNAVAILABLE, Busy(_RETRY_AFTER_SECONDS)
        await plain_refusal(status, fault, language)(scope, receive, send)


class _Stream:
    """One response that goes on: events as they come, and a comment where none does."""

    def __init__(self, request: HttpRequest, send: Send, seat: Seat, language: Language) -> None:
        self._request = request
        self._to_client = send
        self._seat = seat
        self._language = language
        self._sending = asyncio.Lock()

    async def run(
        self, connections: Connections, operations: Operations, asked: GraphQLRequest
    ) -> None:
        """Send the events of a subscription until it ends, the client leaves, or may not stay."""
        await self._to_client(_start(self._language))
        working = asyncio.create_task(self._work(connections, operations, asked))
        leaving = asyncio.create_task(self._gone())
        beating = asyncio.create_task(self._keep_alive())
        try:
            await asyncio.wait(
                {working, leaving, self._seat.over}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            await cancelled([working, leaving, beating])
        self._seat.end(endings.LEFT if working.cancelled() else working.result())
        await self._close(self._seat.over.result())

    async def _work(
        self, connections: Connections, operations: Operations, asked: GraphQLRequest
    ) -> Ending:
        """Send the events; how the stream has to end after the last."""
        try:
            authorization = self._request.all_of(b"authorization")
            actor = connections.introduce(self._seat, authorization)
            self._seat.subscriptions += 1
            async with aclosing(operations.run(asked, self._language, actor)) as bodies:
                async for body in bodies:
                    await self._send(_next(body))
        except NotSubscribed as ended:
            await self._send(_next({"errors": ended.errors}))
        except Closing as closing:
            return closing.ending
        except Fault as fault:
            return endings.refused(fault)
        except Exception:
            _LOG.exception("stream.bug")
            return endings.BROKEN
        return endings.DONE

    async def _gone(self) -> None:
        """Wait until the client has left: its body has been read, so nothing else can come."""
        with suppress(ClientDisconnect):
            while True:
                async for _ in self._request.parts():
                    continue

    async def _keep_alive(self) -> None:
        try:
            while True:
                await asyncio.sleep(KEEP_ALIVE_SECONDS)
                await self._send(_KEEP_ALIVE)
        except Closing as closing:
            self._seat.end(closing.ending)

    async def _close(self, ending: Ending) -> None:
        """End the response; without a last event where the client should come again.

        Then a comment has the reason, and a field how soon it comes.
        """
        self._seat.ending = ending
        if ending is endings.LEFT:
            return
        last = b""
        if ending.fault is not None:
            last = _next({"errors": [fault_view(ending.fault, self._language)]}) + _COMPLETE
        elif ending is endings.DONE:
            last = _COMPLETE
        else:
            last = _again(ending)
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._to_client({"type": "http.response.body", "body": last})

    async def _send(self, piece: bytes) -> None:
        """Send a piece; raises `Closing` where the client makes no room for it in time."""
        message = {"type": "http.response.body", "body": piece, "more_body": True}
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self._to_client(message)
        except TimeoutError as error:
            raise Closing(endings.TOO_SLOW) from error


def _again(ending: Ending) -> bytes:
    """What no client takes for an event, though people read it and an ``EventSource`` heeds it."""
    return f": {int(ending.code)} {ending.words}\nretry: {_AGAIN_MILLISECONDS}\n\n".encode()


def _next(body: Mapping[str, object]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(body) + b"\n\n"


def _start(language: Language) -> dict[str, object]:
    headers = {
        "content-type": "text/event-stream; charset=utf-8",
        "content-language": language,
        "vary": "Accept, Accept-Language, Authorization",
        "cache-control": "no-store",
        # Events are passed on as they come, by whatever lies between.
        "x-accel-buffering": "no",
    }
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": HTTPStatus.OK, "headers": pairs}
