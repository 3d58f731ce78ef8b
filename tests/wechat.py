"""The fake WeChat for tests: served on loopback, and asked for codes without a call."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import ClassVar, Literal

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from typing_extensions import override

from domain.kernel.clock import Clock, system_clock
from sandbox.wechat.app import create_app
from sandbox.wechat.calling import loopback_client
from sandbox.wechat.calls import Call
from sandbox.wechat.faults import Fault, FaultKind
from sandbox.wechat.inbox import Inbox
from sandbox.wechat.people import Person, PhoneNumber, unionid_of
from sandbox.wechat.world import MiniProgram, TrackingAccount, World
from tests.wechat_pay import FakePay, pay_keys

APP_ID = "wx00000000000000aa"
APP_SECRET = "the-secret-of-the-tests-mini-program"  # noqa: S105 - opens the fake WeChat only
SMS_TOKEN = "the-token-of-the-tests-sms-gateway"  # noqa: S105 - opens the fake gateway only

TRACKING = TrackingAccount("C0FFEE", "the-key-of-the-tests-customer")


class FakeWeChat:
    """A running fake WeChat and how tests steer it; its time is the system's at first."""

    app_id: ClassVar[str] = APP_ID
    app_secret: ClassVar[str] = APP_SECRET
    sms_token: ClassVar[str] = SMS_TOKEN

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.url = ""
        self.paths: set[str] = set()
        self._clock: Clock = system_clock
        self._ahead = timedelta()
        self.world = World(
            MiniProgram(APP_ID, APP_SECRET),
            clock=self._now,
            random=Random(20261122),
            sms_token=SMS_TOKEN,
            pay_keys=pay_keys(),
            tracking=TRACKING,
        )
        self.pay = FakePay(self.world, http)

    @property
    def sms_url(self) -> str:
        """Where the SMS gateway is."""
        return f"{self.url}/sms"

    def person(
        self,
        name: str,
        *,
        unionid: str | Literal[True] | None = None,
        phone: str | None = None,
        is_high_risk: bool = False,
    ) -> Person:
        """Return the person of this name as described, also when it was described otherwise.

        With ``True`` the unionid is the one that follows from the name. It is told to the mall as
        long as the mini-program is bound, which it is until `bind` says otherwise. The phone is
        like ``+8613800138000``.
        """
        person = self.world.people.meet(name)
        person.unionid = unionid_of(name) if unionid is True else unionid
        person.phone = PhoneNumber.of(phone) if phone else None
        person.is_high_risk = is_high_risk
        return person

    def login_code(self, person: Person, *, app_id: str | None = None) -> str:
        """Return what ``wx.login`` gives this person."""
        return self.world.login_code(person, app_id=app_id)

    def phone_code(self, person: Person, *, app_id: str | None = None) -> str:
        """Return what the button for the phone number gives this person, who has to have one."""
        assert person.phone
        return self.world.phone_code(person, app_id=app_id)

    def bind(self, *, is_bound: bool = True) -> None:
        """Bind the mini-program to an Open Platform account, or take it out of one."""
        self.world.is_bound = is_bound

    def permit(self, person: Person, template_id: str, count: int = 1) -> None:
        """Let a person accept messages of a template, which exists from then on."""
        self.world.permits.accept(person.openid, template_id, count)

    def fail(
        self,
        path: str,
        kind: FaultKind | str,
        *,
        times: int = 1,
        seconds: float = 10.0,
        errcode: int = 0,
        code: str = "",
        status: int = 400,
    ) -> None:
        """Let the next calls of a path (of ``/sms`` too) go wrong, as `FaultKind` tells."""
        assert path in self.paths, f"{path} is not one of {sorted(self.paths)}"
        fault = Fault(FaultKind(kind), seconds, errcode, code, status)
        self.world.faults.plan(path, fault, times=times)

    def calls(self, path: str | None = None) -> list[Call]:
        """Return what arrived, oldest first, without secrets."""
        return self.world.calls.of(path)

    def messages(self) -> Inbox:
        """Return the short messages and the subscribe messages that were sent."""
        return self.world.inbox

    def use_clock(self, clock: Clock) -> None:
        """Live by another clock from now on, until the reset."""
        self._clock = clock

    def pass_time(self, duration: timedelta) -> None:
        """Let it be later here."""
        self._ahead += duration

    def reset(self) -> None:
        """Forget everything; the time is the system's again.

        The randomness goes on: a token of the next test must not be one that WeChat has refused.
        """
        self._clock, self._ahead = system_clock, timedelta()
        self.world.reset()

    def _now(self) -> datetime:
        return self._clock() + self._ahead


@asynccontextmanager
async def running_wechat() -> AsyncGenerator[FakeWeChat]:
    """Serve a fake WeChat on a free loopback port, by the event loop that this is called on."""
    async with loopback_client() as http:
        wechat = FakeWeChat(http)
        app = create_app(wechat.world, http)
        wechat.paths = {route.path for route in app.routes if isinstance(route, Route)}
        async with serving(app) as port:
            wechat.url = f"http://127.0.0.1:{port}"
            yield wechat


@asynccontextmanager
async def serving(app: Starlette) -> AsyncGenerator[int]:
    """Serve any application on a free loopback port, by this event loop; answers with the port."""
    config = uvicorn.Config(
        app,
        port=0,
        log_config=None,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        # Longer than clients keep a connection: it must not end at the moment at which one asks.
        timeout_keep_alive=60,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the fake WeChat did not start"
        await asyncio.sleep(0.001)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process to the tests."""

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
