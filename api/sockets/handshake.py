"""The WebSocket at ``/graphql``: who may open one, and by which protocol."""

from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.sockets.connections import Connections, Full, Protocol, Seat
from api.sockets.endings import LEFT, WRONG_SUBPROTOCOL
from api.sockets.operations import Operations
from api.sockets.origins import Origins
from api.sockets.socket import PROTOCOL, Socket
from domain.kernel.logs import logger
from domain.kernel.metrics import SOCKETS_REFUSED

_LOG = logger(__name__)
_RETRY_AFTER_SECONDS = "5"


class SocketEndpoint:
    """The ASGI application behind the WebSocket."""

    def __init__(self, connections: Connections, operations: Operations, origins: Origins) -> None:
        self._connections = connections
        self._operations = operations
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open one WebSocket, or refuse to."""
        websocket = WebSocket(scope, receive, send)
        origin = websocket.headers.getlist("origin")
        if not self._origins.admit(origin):
            SOCKETS_REFUSED.labels("origin").inc()
            _LOG.info("socket.refused", origin=[each[:100] for each in origin])
            await websocket.send_denial_response(Response(status_code=HTTPStatus.FORBIDDEN))
            return
        try:
            with self._connections.seat(Protocol.WEBSOCKET) as seat:
                await self._serve(websocket, seat)
        except Full:
            later = {"retry-after": _RETRY_AFTER_SECONDS}
            await websocket.send_denial_response(
                Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=later)
            )
        except WebSocketDisconnect:
            # It left while the handshake was answered.
            return

    async def _serve(self, websocket: WebSocket, seat: Seat) -> None:
        if PROTOCOL not in websocket.scope["subprotocols"]:
            # Refused in the way in which a browser can tell why.
            await websocket.accept()
            await websocket.close(int(WRONG_SUBPROTOCOL.code), WRONG_SUBPROTOCOL.words)
            seat.ending = WRONG_SUBPROTOCOL
            return
        await websocket.accept(subprotocol=PROTOCOL)
        seat.ending = LEFT
        await Socket(websocket, seat, self._connections, self._operations).run()
