"""How a call is answered: noted, spoiled by the fault that is due, refused as the vendor does."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.wechat.calls import Call
from sandbox.wechat.faults import Fault, FaultKind
from sandbox.wechat.refusals import Refusal, busy, gateway_refusal, limited
from sandbox.wechat.sent import Sent
from sandbox.wechat.world import World

Answer = Mapping[str, object] | Response
Handler = Callable[[World, Sent], Answer]
"""Does what a call asks for, in one step that no other call comes between; or raises `Refusal`."""

Respond = Callable[[Sent, Fault | None, Call], Response]
"""Answers a call that is noted, with the fault that is due, and notes what it was refused with."""

# Neither JSON nor text in any encoding.
_GARBAGE = b'{"errcode": 0, \xff\xfe'
AFTER_IT_HAPPENED = {FaultKind.SLOW, FaultKind.LOST, FaultKind.GARBAGE, FaultKind.FORGED}
"""The kinds of faults of which only the answer suffers."""


def platform_route(world: World, method: str, path: str, handler: Handler) -> Route:
    """Return the route of an endpoint of WeChat, where refusals are HTTP 200."""
    endpoint = _Endpoint(world, path, handler, busy=busy(), limited=limited(), method=method)
    return Route(path, endpoint.answer, methods=["GET", "POST"])


def gateway_route(world: World, path: str, handler: Handler) -> Route:
    """Return the route of the SMS gateway, where refusals have an HTTP status."""
    endpoint = _Endpoint(
        world,
        path,
        handler,
        busy=gateway_refusal(HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
        limited=gateway_refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many messages"),
        method="POST",
    )
    return Route(path, endpoint.answer, methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Endpoint:
    world: World
    path: str
    handler: Handler
    busy: Refusal
    limited: Refusal
    method: str

    async def answer(self, request: Request) -> Response:
        sent = Sent(request.method, request.query_params, request.headers, await request.body())
        return await answered(self.world, self.path, request, sent, self._response)

    def _response(self, sent: Sent, fault: Fault | None, call: Call) -> Response:
        try:
            answer = self._perform(sent, fault)
        except Refusal as refusal:
            call.errcode = refusal.errcode
            return _refused(refusal, self.world.random)
        call.errcode = 0
        return answer if isinstance(answer, Response) else JSONResponse(dict(answer))

    def _perform(self, sent: Sent, fault: Fault | None) -> Answer:
        if fault and fault.kind not in AFTER_IT_HAPPENED:
            raise self._instead(fault)
        if sent.method != self.method:
            code = 43002 if self.method == "POST" else 43001
            raise Refusal(code, f"require {self.method} method")
        return self.handler(self.world, sent)

    def _instead(self, fault: Fault) -> Refusal:
        match fault.kind:
            case FaultKind.BUSY:
                return self.busy
            case FaultKind.LIMITED:
                return self.limited
            case _:
                return Refusal(fault.errcode, "refused", status=self._status_of_refusals)

    @property
    def _status_of_refusals(self) -> int:
        is_gateway = self.busy.status != HTTPStatus.OK
        return HTTPStatus.BAD_REQUEST if is_gateway else HTTPStatus.OK


async def answered(
    world: World, path: str, request: Request, sent: Sent, respond: Respond
) -> Response:
    """Note a call, and answer it; what all endpoints suffer alike of a fault happens here."""
    call = world.calls.record(path, sent, world.clock())
    fault = world.faults.take(path)
    kind = fault.kind if fault else None
    if fault and kind is FaultKind.SLOW:
        await _wait_as_long_as_client(request, fault.seconds)
    if kind is FaultKind.BROKEN:
        response = Response("Internal Server Error", HTTPStatus.INTERNAL_SERVER_ERROR)
    else:
        response = respond(sent, fault, call)
    if fault and kind is FaultKind.LOST:
        await _wait_as_long_as_client(request, fault.seconds)
        response = Response(status_code=HTTPStatus.GATEWAY_TIMEOUT)
    if kind is FaultKind.GARBAGE:
        response = Response(_GARBAGE, media_type="application/json")
    call.status = response.status_code
    return response


async def _wait_as_long_as_client(request: Request, seconds: float) -> None:
    """Wait, but no longer than the client does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _refused(refusal: Refusal, random: Random) -> Response:
    if refusal.status != HTTPStatus.OK:
        return JSONResponse({"error": refusal.message}, refusal.status)
    message = f"{refusal.message} rid: {_request_id(random)}"
    return JSONResponse({"errcode": refusal.errcode, "errmsg": message})


def _request_id(random: Random) -> str:
    return "-".join(f"{random.getrandbits(32):08x}" for _ in range(3))
