"""The control API (``/_control/…``), with which tests and people steer the fake platform."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated

import httpx
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.wechat.asked import Name, asked, refused, somebody, told
from sandbox.wechat.faults import LONGEST_SECONDS, Fault, FaultKind
from sandbox.wechat.keeping import Kept, put_back
from sandbox.wechat.loopback import leads_to_loopback
from sandbox.wechat.people import Person, PhoneNumber, unionid_of
from sandbox.wechat.push import ANSWER_SECONDS, PushAddress, Pusher, PushKeys
from sandbox.wechat.world import World

_PAY = "/v3/"
_TemplateId = Annotated[str, Meta(min_length=1, max_length=64)]


def control_routes(
    world: World, http: httpx.AsyncClient, paths: AbstractSet[str], more: Sequence[Route] = ()
) -> Mount:
    """Return the control API; the paths are those that can be made to fail.

    More of its routes may stand elsewhere.
    """
    control = _Control(world, http, paths)
    asking = {
        "/people": control.change_person,
        "/login-codes": control.login_code,
        "/phone-codes": control.phone_code,
        "/bind": control.bind,
        "/faults": control.fail,
        "/templates": control.add_template,
        "/permits": control.permit,
        "/push-address": control.set_push_address,
        "/push": control.push,
        "/reset": control.reset,
        "/history": control.remember,
    }
    telling = {
        "/people": control.people,
        "/calls": control.calls,
        "/messages": control.messages,
    }
    return Mount(
        "/_control",
        routes=[
            *(Route(path, endpoint, methods=["POST"]) for path, endpoint in asking.items()),
            *(Route(path, endpoint, methods=["GET"]) for path, endpoint in telling.items()),
            *more,
        ],
    )


class _PersonAsked(Struct, forbid_unknown_fields=True):
    """Of somebody who is known already, what is left out stays as it is."""

    name: Name
    unionid: str | bool | UnsetType | None = UNSET
    """True for the one that follows from the name."""
    phone: str | UnsetType | None = UNSET
    is_high_risk: bool | UnsetType = UNSET


class _PersonTold(Struct):
    name: str
    openid: str
    unionid: str | None
    phone: str | None
    is_high_risk: bool


class _CodeAsked(Struct, forbid_unknown_fields=True):
    person: Name
    appid: Annotated[str, Meta(pattern="^wx[0-9a-f]{16}$")] | None = None


class _BindAsked(Struct, forbid_unknown_fields=True):
    appid: str
    is_bound: bool = True


class _FaultAsked(Struct, forbid_unknown_fields=True):
    path: str
    kind: FaultKind
    times: Annotated[int, Meta(ge=1, le=1000)] = 1
    seconds: Annotated[float, Meta(ge=0, le=LONGEST_SECONDS)] = 10.0
    errcode: int = 0
    code: Annotated[str, Meta(pattern="^[A-Z_]{0,64}$")] = ""
    status: Annotated[int, Meta(ge=400, le=599)] = 400


class _TemplateAsked(Struct, forbid_unknown_fields=True):
    template_id: _TemplateId
    keys: Annotated[frozenset[str], Meta(min_length=1)] | None = None


class _PermitAsked(Struct, forbid_unknown_fields=True):
    person: Name
    template_id: _TemplateId
    count: Annotated[int, Meta(ge=1, le=1000)] = 1


class _PushAddressAsked(Struct, forbid_unknown_fields=True):
    url: str
    token: Annotated[str, Meta(pattern="^[A-Za-z0-9]{3,32}$")]
    key: Annotated[str, Meta(pattern="^[A-Za-z0-9+/]{43}$")]


class _PushAsked(Struct, forbid_unknown_fields=True):
    event: dict[str, object]
    person: Name | None = None
    """Who it is about; fills ``FromUserName``."""
    answer_seconds: Annotated[float, Meta(gt=0, le=ANSWER_SECONDS)] = ANSWER_SECONDS


class _Nothing(Struct, forbid_unknown_fields=True):
    pass


class _Control:
    def __init__(self, world: World, http: httpx.AsyncClient, paths: AbstractSet[str]) -> None:
        self._world = world
        self._http = http
        self._paths = paths

    async def change_person(self, request: Request) -> Response:
        change = await asked(request, _PersonAsked)
        try:
            phone = PhoneNumber.of(change.phone) if change.phone else None
        except ValueError as error:
            raise refused(str(error)) from None
        person = self._world.people.meet(change.name)
        if change.unionid is not UNSET:
            given = change.unionid
            person.unionid = unionid_of(change.name) if given is True else given or None
        if change.phone is not UNSET:
            person.phone = phone
        if change.is_high_risk is not UNSET:
            person.is_high_risk = change.is_high_risk
        return told(_told(person))

    async def people(self, _: Request) -> Response:
        return told([_told(person) for person in self._world.people])

    async def login_code(self, request: Request) -> Response:
        wanted = await asked(request, _CodeAsked)
        person = somebody(self._world, wanted.person)
        return told({"code": self._world.login_code(person, app_id=wanted.appid)})

    async def phone_code(self, request: Request) -> Response:
        wanted = await asked(request, _CodeAsked)
        person = somebody(self._world, wanted.person)
        if not person.phone:
            raise refused(f"{person.name} has no phone number")
        return told({"code": self._world.phone_code(person, app_id=wanted.appid)})

    async def bind(self, request: Request) -> Response:
        binding = await asked(request, _BindAsked)
        if binding.appid != self._world.app.app_id:
            raise refused(f"there is only the mini-program {self._world.app.app_id}")
        self._world.is_bound = binding.is_bound
        return told({"is_bound": binding.is_bound})

    async def fail(self, request: Request) -> Response:
        wanted = await asked(request, _FaultAsked)
        if wanted.path not in self._paths:
            raise refused(f"path: choose one of {', '.join(sorted(self._paths))}")
        is_pay = wanted.path.startswith(_PAY)
        if wanted.kind is FaultKind.FORGED and not is_pay:
            raise refused("kind: only answers of WeChat Pay are signed")
        if wanted.kind is FaultKind.REFUSED and not (wanted.code if is_pay else wanted.errcode):
            raise refused(f"{'code' if is_pay else 'errcode'}: a refusal has to have one")
        fault = Fault(wanted.kind, wanted.seconds, wanted.errcode, wanted.code, wanted.status)
        self._world.faults.plan(wanted.path, fault, times=wanted.times)
        return told({"planned": wanted.times})

    async def add_template(self, request: Request) -> Response:
        template = await asked(request, _TemplateAsked)
        self._world.permits.add_template(template.template_id, template.keys)
        return told({"template_id": template.template_id})

    async def permit(self, request: Request) -> Response:
        wanted = await asked(request, _PermitAsked)
        person = somebody(self._world, wanted.person)
        self._world.permits.accept(person.openid, wanted.template_id, wanted.count)
        return told({"accepted": wanted.count})

    async def set_push_address(self, request: Request) -> Response:
        """Take an address for events, when it answers the handshake, as the vendor's console."""
        wanted = await asked(request, _PushAddressAsked)
        if not leads_to_loopback(wanted.url):
            raise refused("url: must be an http address of this machine")
        keys = PushKeys(self._world.app.app_id, wanted.token, wanted.key)
        address = PushAddress(wanted.url, keys)
        if not await self._pusher(address).shake_hands():
            raise refused("url: does not answer the handshake")
        self._world.push = address
        return told({"url": address.url})

    async def push(self, request: Request) -> Response:
        """Send an event; say after how many attempts it was answered, null when it never was."""
        wanted = await asked(request, _PushAsked)
        if not self._world.push:
            raise refused("there is no address for events yet")
        person = somebody(self._world, wanted.person) if wanted.person else None
        event: dict[str, object] = {
            "ToUserName": f"gh_{self._world.app.app_id[-12:]}",
            "FromUserName": person.openid if person else "",
            "CreateTime": int(self._world.clock().timestamp()),
            "MsgType": "event",
            **wanted.event,
        }
        pusher = self._pusher(self._world.push, wanted.answer_seconds)
        return told({"attempts": await pusher.deliver(event)})

    async def reset(self, request: Request) -> Response:
        await asked(request, _Nothing)
        self._world.reset()
        return told({})

    async def remember(self, request: Request) -> Response:
        """Take people and payments of before for its own: nobody is told of them."""
        kept = await asked(request, Kept)
        if kept.payments and not self._world.pay:
            raise refused("payments: there is no WeChat Pay here")
        try:
            put_back(self._world, kept)
        except ValueError as error:
            raise refused(str(error)) from None
        return told({"payments": len(kept.payments)})

    async def calls(self, request: Request) -> Response:
        return told(self._world.calls.of(request.query_params.get("path")))

    async def messages(self, _: Request) -> Response:
        inbox = self._world.inbox
        return told({"sms": list(inbox.sms), "subscribe": list(inbox.subscribe)})

    def _pusher(self, address: PushAddress, answer_seconds: float = ANSWER_SECONDS) -> Pusher:
        world = self._world
        return Pusher(
            self._http,
            address,
            clock=world.clock,
            random=world.random,
            answer_seconds=answer_seconds,
        )


def _told(person: Person) -> _PersonTold:
    return _PersonTold(
        person.name,
        person.openid,
        person.unionid,
        person.phone.e164 if person.phone else None,
        person.is_high_risk,
    )
