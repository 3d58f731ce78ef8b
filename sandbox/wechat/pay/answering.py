"""How a call of the merchant is answered: noted, spoiled where asked, verified, done, signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wechat.answering import AFTER_IT_HAPPENED, answered
from sandbox.wechat.calls import Call
from sandbox.wechat.faults import Fault, FaultKind
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.entry import check_signature
from sandbox.wechat.pay.refusals import PayRefusal, bad_parameter, system_error, too_often
from sandbox.wechat.pay.signing import Signer, new_nonce
from sandbox.wechat.sent import Sent
from sandbox.wechat.world import World

Answer = Mapping[str, object] | bytes | None
"""What is answered; None is HTTP 204, and bytes are a file, which the vendor does not sign."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call of the merchant, verified."""

    world: World
    desk: PayDesk
    cashier: Cashier
    sent: Sent
    signer: Signer
    """Of WeChat Pay's keys the one that the merchant wants to be answered with."""


Handler = Callable[[Asked], Answer]
"""Does what a call asks for, in one step that no other call comes between; or `PayRefusal`."""


def pay_route(world: World, cashier: Cashier, method: str, path: str, handler: Handler) -> Route:
    """Return the route of an endpoint of WeChat Pay."""
    endpoint = _Endpoint(world, cashier, path, handler)
    return Route(path, endpoint.answer, methods=[method])


@dataclass(frozen=True, slots=True)
class _Endpoint:
    world: World
    cashier: Cashier
    path: str
    handler: Handler

    async def answer(self, request: Request) -> Response:
        sent = Sent(
            request.method,
            request.query_params,
            request.headers,
            await request.body(),
            target=_target(request),
            parts=request.path_params,
        )
        return await answered(self.world, self.path, request, sent, self._response)

    def _response(self, sent: Sent, fault: Fault | None, call: Call) -> Response:
        desk = self.world.pay
        assert desk, "there are such routes only where there are keys"
        try:
            answer = self._perform(desk, sent, fault)
        except PayRefusal as refusal:
            call.code = refusal.code
            told = {"code": refusal.code, "message": refusal.message}
            return self._signed(desk, sent, refusal.status, told, fault)
        if isinstance(answer, bytes):
            return Response(answer, media_type="application/octet-stream")
        status = HTTPStatus.NO_CONTENT if answer is None else HTTPStatus.OK
        return self._signed(desk, sent, status, answer, fault)

    def _perform(self, desk: PayDesk, sent: Sent, fault: Fault | None) -> Answer:
        if fault and fault.kind not in AFTER_IT_HAPPENED:
            raise _instead(fault)
        check_signature(desk, sent)
        if not (signer := desk.ring.signer(sent.headers.get("wechatpay-serial"))):
            raise bad_parameter("Wechatpay-Serial 有误")
        return self.handler(Asked(self.world, desk, self.cashier, sent, signer))

    def _signed(
        self, desk: PayDesk, sent: Sent, status: int, answer: Answer, fault: Fault | None
    ) -> Response:
        body = b"" if answer is None else msgspec.json.encode(answer)
        # Refusals are signed too: what cannot be verified may be anybody's.
        ring = desk.ring
        signer = ring.signer(sent.headers.get("wechatpay-serial")) or ring.by_certificate
        if fault and fault.kind is FaultKind.FORGED:
            is_public = signer is ring.by_public_key
            other = ring.by_certificate if is_public else ring.by_public_key
            signer = Signer(signer.serial, other.key)
        now = int(desk.clock().timestamp())
        headers = signer.headers(body, timestamp=now, nonce=new_nonce(desk.random))
        headers["Request-ID"] = f"{desk.random.getrandbits(128):032X}"
        media_type = None if answer is None else "application/json"
        return Response(body, status, headers, media_type)


def _instead(fault: Fault) -> PayRefusal:
    match fault.kind:
        case FaultKind.BUSY:
            return system_error()
        case FaultKind.LIMITED:
            return too_often()
        case _:
            return PayRefusal(fault.status, fault.code, "按要求拒绝")


def _target(request: Request) -> str:
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")
