"""The SMS gateway that a brand would have: ``POST /sms`` with a bearer token."""

import hmac
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import JSONResponse, Response

from sandbox.wechat.inbox import ShortMessage
from sandbox.wechat.refusals import gateway_refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.world import World


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    phone: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
    code: Annotated[str, Meta(pattern="^[0-9]{4,8}$")]
    language: Literal["zh", "en"]
    purpose: Literal["sign_in", "bind_phone"]


def send_code(world: World, sent: Sent) -> Response:
    """Answer ``POST /sms``: 202, and the message is on the phone."""
    wanted = f"Bearer {world.sms_token}"
    if not hmac.compare_digest(sent.headers.get("authorization", "").encode(), wanted.encode()):
        raise gateway_refusal(HTTPStatus.UNAUTHORIZED, "wrong token")
    try:
        request = msgspec.json.decode(sent.body, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise gateway_refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
    world.inbox.sms.append(
        ShortMessage(world.clock(), request.phone, request.code, request.language, request.purpose)
    )
    return JSONResponse({}, HTTPStatus.ACCEPTED)
