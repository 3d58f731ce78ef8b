"""One WebSocket that speaks graphql-transport-ws."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.errors import ErrorView, fault_view
from api.execution import NotSubscribed
from api.language import language_of
from api.sockets import endings
from api.sockets.connections import Connections, Seat
from api.sockets.endings import Closing, Ending
from api.sockets.messages import Complete, ConnectionInit, Message, Ping, Subscribe, message_in
from api.sockets.operations import Body, Operations
from api.sockets.pace import Pace
from api.sockets.tasks import cancelled
from api.wire import Unreadable, asked_by, refuse_nul
from domain.kernel.actors import Actor
from domain.kernel.errors import Fault, FaultCode
from domain.kernel.language import Sentence
from domain.kernel.logs import logger

_LOG = logger(__name__)
PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5.0
"""How long a client may take to say who it is."""
SEND_SECONDS = 10.0
"""How long a client may take to make room for a message."""
_CLOSE_SECONDS = 1.0
MOST_SUBSCRIPTIONS = 10
_MESSAGES_EACH_SECOND = 20.0
_MESSAGES_AT_ONCE = 50
_TOO_MANY = Sentence(
    zh="一个连接上的订阅过多，上限 {most} 个。",
    en="A connection may have {most} subscriptions, and no more.",
)


class Socket:
    """Reads messages, runs subscriptions beside each other, and ends in exactly one way.

    Nothing waits in here: an event is asked for when the one before was sent, and a message is
    read when the one before was answered.
    """

    def __init__(
        self, websocket: WebSocket, seat: Seat, connections: Connections, operations: Operations
    ) -> None:
        self._websocket = websocket
        self._seat = seat
        self._connections = connections
        self._operations = operations
        self._language = language_of(websocket.headers.get("accept-language"))
        self._actor: Actor | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        """Also those that are only ending."""
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Serve the client until it leaves, breaks a rule, or may not be here any more."""
        loop = asyncio.get_running_loop()
        waiting = loop.call_later(INIT_SECONDS, self._end_uninitialised)
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({reading, self._seat.over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            await cancelled([reading, *self._tasks])
        self._seat.end(reading.result() if not reading.cancelled() else endings.BROKEN)
        await self._close(self._seat.over.result())

    def _end_uninitialised(self) -> None:
        if not self._seat.has_introduced_itself:
            self._seat.end(endings.NOT_INITIALISED_IN_TIME)

    async def _read(self) -> Ending:
        """Answer messages until the connection has to be closed; how."""
        pace = Pace(each_second=_MESSAGES_EACH_SECOND, burst=_MESSAGES_AT_ONCE)
        try:
            while True:
                await self._answer(message_in(await self._frame()))
                await pace.next()
        except Closing as closing:
            return closing.ending
        except WebSocketDisconnect:
            return endings.LEFT
        except Exception:
            _LOG.exception("socket.bug")
            return endings.BROKEN

    async def _frame(self) -> str:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = received.get("text")
        if text is None:
            raise Closing(endings.invalid_message("only text is taken"))
        return text

    async def _answer(self, message: Message) -> None:
        match message:
            case ConnectionInit():
                await self._begin(message)
            case Ping():
                await self._send({"type": "pong"})
            case Subscribe():
                self._subscribe(message)
            case Complete():
                self._forget(message.id)
            case _:
                # A pong, which answers nothing that was asked.
                return

    async def _begin(self, message: ConnectionInit) -> None:
        if self._seat.has_introduced_itself:
            raise Closing(endings.INITIALISED_TWICE)
        language, authorization = message.text("language"), message.text("authorization")
        if language is not None:
            self._language = language_of(language)
        given = [] if authorization is None else [authorization]
        try:
            self._actor = self._connections.introduce(self._seat, given)
        except Fault as fault:
            raise Closing(endings.refused(fault)) from fault
        await self._send({"type": "connection_ack"})

    def _subscribe(self, message: Subscribe) -> None:
        if not self._seat.has_introduced_itself:
            raise Closing(endings.NOT_INITIALISED)
        if message.id in self._running:
            raise Closing(endings.subscriber_exists(message.id))
        task = asyncio.create_task(self._run(message))
        self._running[message.id] = task
        self._seat.subscriptions += 1
        self._tasks.add(task)
        task.add_done_callback(self._count_out)

    def _count_out(self, task: asyncio.Task[None]) -> None:
        """Note that a subscription has ended, also one that was cancelled before it began."""
        self._tasks.discard(task)
        self._seat.rest()

    def _forget(self, subscription_id: str) -> None:
        """End a subscription, of which nothing more is said; an unknown one has just ended."""
        task = self._running.pop(subscription_id, None)
        if task is not None:
            task.cancel()

    async def _run(self, message: Subscribe) -> None:
        """Run one subscription, and let the connection end where it cannot be told of it."""
        try:
            await self._tell(message)
        except Closing as closing:
            self._seat.end(closing.ending)
        except WebSocketDisconnect:
            self._seat.end(endings.LEFT)

    async def _tell(self, message: Subscribe) -> None:
        """Send the events of a subscription, and how it ended."""
        last: dict[str, object] = {"id": message.id, "type": "complete"}
        try:
            async with aclosing(self._events(message)) as events:
                async for body in events:
                    await self._send({"id": message.id, "type": "next", "payload": body})
        except NotSubscribed as ended:
            last = {"id": message.id, "type": "error", "payload": ended.errors}
        finally:
            if self._running.get(message.id) is asyncio.current_task():
                del self._running[message.id]
        await self._send(last)

    async def _events(self, message: Subscribe) -> AsyncGenerator[Body]:
        if len(self._running) > MOST_SUBSCRIPTIONS:
            fault = Fault(
                FaultCode.RATE_LIMITED, _TOO_MANY, particulars={"most": MOST_SUBSCRIPTIONS}
            )
            raise NotSubscribed(self._told(fault))
        try:
            refuse_nul(message.payload)
            asked = asked_by(message.parameters)
        except Unreadable as unreadable:
            raise NotSubscribed(self._told(unreadable.fault)) from unreadable
        async with aclosing(self._operations.run(asked, self._language, self._actor)) as bodies:
            async for body in bodies:
                yield body

    def _told(self, fault: Fault) -> list[ErrorView]:
        return [fault_view(fault, self._language)]

    async def _send(self, message: Mapping[str, object]) -> None:
        """Send a message; raises `Closing` where the client makes no room for it in time."""
        text = orjson.dumps(message).decode()
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self._websocket.send_text(text)
        except TimeoutError as error:
            raise Closing(endings.TOO_SLOW) from error

    async def _close(self, ending: Ending) -> None:
        self._seat.ending = ending
        if ending is endings.LEFT:
            return
        with suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(int(ending.code), ending.reason(self._language))
