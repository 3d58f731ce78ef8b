"""The fake WeChat as one application."""

from starlette.applications import Starlette

from sandbox.wechat.answering import gateway_route, platform_route
from sandbox.wechat.identity import code_to_session, phone_number
from sandbox.wechat.messages import send_message
from sandbox.wechat.qrcodes import unlimited_code
from sandbox.wechat.sms import send_code
from sandbox.wechat.texts import check_text
from sandbox.wechat.tokens import stable_token
from sandbox.wechat.world import World


def create_app(world: World) -> Starlette:
    """Return what serves this world: the endpoints of WeChat and the SMS gateway."""
    return Starlette(
        routes=[
            platform_route(world, "GET", "/sns/jscode2session", code_to_session),
            platform_route(world, "POST", "/cgi-bin/stable_token", stable_token),
            platform_route(world, "POST", "/wxa/business/getuserphonenumber", phone_number),
            platform_route(world, "POST", "/wxa/getwxacodeunlimit", unlimited_code),
            platform_route(world, "POST", "/wxa/msg_sec_check", check_text),
            platform_route(world, "POST", "/cgi-bin/message/subscribe/send", send_message),
            gateway_route(world, "/sms", send_code),
        ]
    )
