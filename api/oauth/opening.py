"""The whole server put together, for as long as the API runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from starlette.routing import Route

from api.aftersales.desk import CaseDesk
from api.lock_outs import LockOuts
from api.members.desk import MemberDesk
from api.messages.desk import TemplateDesk
from api.oauth.authorize import Authorize, SignIns
from api.oauth.beginning import Beginning
from api.oauth.browsers import Browsers
from api.oauth.code_grant import AuthorizationCode, IdToken, OnlyS256
from api.oauth.device_pages import DevicePages
from api.oauth.devices import DeviceAuthorization
from api.oauth.driver import Driver
from api.oauth.endpoints import Introspection, Revocation
from api.oauth.grants import ClientCredentials, RefreshToken
from api.oauth.member_grants import PhoneCode, WeChatMiniProgram
from api.oauth.member_pages import MemberSignIn
from api.oauth.metadata import Metadata
from api.oauth.pad_grants import DeviceCode, StaffPin
from api.oauth.page_endpoint import Door
from api.oauth.phone_codes import PhoneCodes
from api.oauth.pins import Pins
from api.oauth.refusals import Refusals
from api.oauth.seen_pads import SeenPads
from api.oauth.server import MallServer
from api.oauth.staff_pages import StaffSignIn
from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from api.oauth.user_info import UserInfo
from api.oauth.views import OAuthViews
from api.orders.desk import TextDesk
from api.points.desk import PointsDesk
from api.staff.desk import StaffDesk
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.members.ports import WeChatLogin
from domain.payments.ports import PaymentGateway

PLAYGROUND_PATH = "/playground"
"""Where the staff's page is, which signs them in and comes back to this very address."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """What the rest of the API needs of the server."""

    tokens: AccessTokens
    standing: Standing
    routes: list[Route]


@dataclass(frozen=True, slots=True)
class Services:
    """What the server is given: its address, and who vouches for people outside.

    Staff have nobody outside: their passwords are hashed here, and ``lock_outs`` counts logins that
    nobody has. ``public_address`` is where pictures are below, with a slash at the end, and
    ``texts``, ``templates``, ``cases``, ``points`` and ``gateway`` are only handed on.
    """

    issuer: str
    wechat_app_id: str | None
    login: WeChatLogin | None
    members: MemberDesk
    staff: StaffDesk
    public_address: str
    lock_outs: LockOuts
    texts: TextDesk
    templates: TemplateDesk
    cases: CaseDesk
    points: PointsDesk
    gateway: PaymentGateway | None = None


@asynccontextmanager
async def open_oauth(
    database: Database, services: Services, *, clock: Clock, random: Random
) -> AsyncGenerator[OAuth]:
    """Put the server together, and keep its copy of what stands as long as the block runs.

    ``random`` must be a source that nobody can guess.
    """
    vault, issuer = services.members.vault, services.issuer
    standing = Standing(database, vault, clock, random)
    seen_pads = SeenPads(database.writes, clock)
    tokens = AccessTokens(standing, issuer, clock, random, seen_pads.note)
    server = _server(tokens, standing, issuer)
    driver, members = Driver(database.writes, vault, clock, random), services.members
    attempts, hashing, refusals = members.attempts, services.staff.hashing, Refusals()
    phone_codes = PhoneCodes(server, driver, members, attempts) if members.sms else None
    beginning = _beginning(database, standing, services, clock)
    views = OAuthViews(
        server,
        driver,
        beginning,
        attempts,
        login=services.login,
        phone_codes=phone_codes,
        pins=Pins(driver, tokens, attempts, hashing, refusals),
    )
    staff_sign_in = StaffSignIn(driver, hashing, services.lock_outs, refusals)
    sign_ins = SignIns(MemberSignIn(driver, phone_codes), staff_sign_in)
    door = Door(driver, Browsers(issuer, random), attempts, beginning)
    authorize = Authorize(door, server, sign_ins, issuer=issuer)
    device_pages = DevicePages(door, staff_sign_in)
    user_info = UserInfo(
        database.reads, tokens, attempts, clock, public_address=services.public_address
    )
    metadata = Metadata(standing, issuer)
    parts = (views, authorize, device_pages, user_info, metadata)
    routes = [each for part in parts for each in part.routes()]
    async with standing.kept(), seen_pads.kept():
        yield OAuth(tokens, standing, routes)


def _beginning(
    database: Database, standing: Standing, services: Services, clock: Clock
) -> Beginning:
    return Beginning(
        database.writes,
        standing,
        clock,
        wechat_app_id=services.wechat_app_id,
        sends_codes=services.members.sms is not None,
        playground=f"{services.issuer}{PLAYGROUND_PATH}",
    )


def _server(tokens: AccessTokens, standing: Standing, issuer: str) -> MallServer:
    """Authlib's server with all ways to a token, and the endpoints beside that of tokens."""
    server = MallServer(
        tokens,
        grants=[
            RefreshToken,
            ClientCredentials,
            WeChatMiniProgram,
            PhoneCode,
            DeviceCode,
            StaffPin,
        ],
        endpoints=[Revocation(tokens), Introspection(tokens), DeviceAuthorization(issuer)],
    )
    server.register_grant(AuthorizationCode, [OnlyS256(), IdToken(standing, issuer)])
    return server
