"""The fake WeChat as one application."""

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from sandbox.wechat.answering import gateway_route, platform_route
from sandbox.wechat.asked import told_refusal
from sandbox.wechat.carrier.queries import QUERY, query_parcel
from sandbox.wechat.carrier.steering import carrier_control_routes
from sandbox.wechat.control import control_routes
from sandbox.wechat.guard import LoopbackOnly
from sandbox.wechat.identity import code_to_session, phone_number
from sandbox.wechat.mall import Mall
from sandbox.wechat.messages import send_message
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.control import pay_control_routes
from sandbox.wechat.pay.phone import pay_phone_routes
from sandbox.wechat.pay.routes import pay_routes
from sandbox.wechat.phone import phone_routes
from sandbox.wechat.phone_messages import message_phone_routes
from sandbox.wechat.qrcodes import unlimited_code
from sandbox.wechat.shipping.endpoints import (
    GET_ORDER,
    SPECIAL_ORDER,
    UPLOAD,
    get_order,
    report_special_order,
    upload_shipping_info,
)
from sandbox.wechat.shipping.steering import shipping_control_routes, shipping_phone_routes
from sandbox.wechat.sms import send_code
from sandbox.wechat.texts import check_text
from sandbox.wechat.tokens import stable_token
from sandbox.wechat.world import World


def create_app(world: World, http: httpx.AsyncClient, mall: Mall | None = None) -> Starlette:
    """Return what serves this world: WeChat, the SMS gateway, the carriers and what steers them.

    The client is what the platform itself calls the mall with; the mall is the one that the page
    of the phone signs in at, if any.
    """
    cashier = Cashier(http, world.app.app_id)
    endpoints = [*_endpoints(world), *pay_routes(world, cashier)]
    paths = {route.path for route in endpoints}
    steering = [
        *pay_control_routes(world, cashier),
        *shipping_control_routes(world),
        *carrier_control_routes(world),
    ]
    control = control_routes(world, http, paths, steering)
    return Starlette(
        routes=[
            *endpoints,
            control,
            *phone_routes(world, mall),
            *message_phone_routes(world, mall),
            *pay_phone_routes(world, cashier, mall),
            *shipping_phone_routes(world),
        ],
        middleware=_middleware(mall.url if mall else None),
        exception_handlers={HTTPException: told_refusal},
    )


def _middleware(mall_origin: str | None) -> list[Middleware]:
    guard = Middleware(LoopbackOnly, mall_origin=mall_origin)
    if mall_origin is None:
        return [guard]
    # The guard decides who may ask; this lets the mall's page read the answer.
    readable = Middleware(
        CORSMiddleware,
        allow_origins=[mall_origin],
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
    )
    return [guard, readable]


def _endpoints(world: World) -> list[Route]:
    return [
        platform_route(world, "GET", "/sns/jscode2session", code_to_session),
        platform_route(world, "POST", "/cgi-bin/stable_token", stable_token),
        platform_route(world, "POST", "/wxa/business/getuserphonenumber", phone_number),
        platform_route(world, "POST", "/wxa/getwxacodeunlimit", unlimited_code),
        platform_route(world, "POST", "/wxa/msg_sec_check", check_text),
        platform_route(world, "POST", "/cgi-bin/message/subscribe/send", send_message),
        platform_route(world, "POST", UPLOAD, upload_shipping_info),
        platform_route(world, "POST", GET_ORDER, get_order),
        platform_route(world, "POST", SPECIAL_ORDER, report_special_order),
        gateway_route(world, "/sms", send_code),
        gateway_route(world, QUERY, query_parcel),
    ]
