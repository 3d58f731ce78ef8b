"""Codes that open a page of the mini-program: ``/wxa/getwxacodeunlimit``."""

import io
import re

import msgspec
import segno
from PIL import Image
from starlette.responses import Response

from sandbox.wechat.pages import is_path, is_released
from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.tokens import check_token
from sandbox.wechat.world import World

MOST_SCENE_CHARACTERS = 32
NARROWEST, WIDEST = 280, 1280
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
_VERSIONS = {"release", "trial", "develop"}
_QUIET_MODULES = 4


class _Request(msgspec.Struct):
    scene: str = ""
    page: str = ""
    check_path: bool = True
    env_version: str = "release"
    width: int = 430


def unlimited_code(world: World, sent: Sent) -> Response:
    """Answer ``POST /wxa/getwxacodeunlimit`` with a PNG.

    It is a QR code of the scene, which any reader can read. The vendor's own, in its pattern, is
    read by WeChat alone.
    """
    check_token(world, sent)
    request = sent.json(_Request)
    _check_scene(request.scene)
    _check_page(request)
    if request.env_version not in _VERSIONS or not NARROWEST <= request.width <= WIDEST:
        raise Refusal(40097, "invalid args")
    return Response(_picture(request.scene, request.width), media_type="image/png")


def _check_scene(scene: str) -> None:
    if not 1 <= len(scene) <= MOST_SCENE_CHARACTERS:
        raise Refusal(40169, "invalid length for scene, or the data is not json string")
    if not _SCENE.fullmatch(scene):
        raise Refusal(40129, "invalid scene")


def _check_page(request: _Request) -> None:
    if not request.page:
        return
    is_missing = request.check_path and not is_released(request.page)
    if is_missing or not is_path(request.page):
        raise Refusal(41030, "invalid page")


def _picture(scene: str, width: int) -> bytes:
    rows = [bytes(row) for row in segno.make_qr(scene).matrix_iter(border=_QUIET_MODULES)]
    drawn = Image.frombytes("L", (len(rows[0]), len(rows)), b"".join(rows))
    light = drawn.point([255, 0] + [0] * 254)
    written = io.BytesIO()
    light.resize((width, width), Image.Resampling.NEAREST).save(written, "PNG")
    return written.getvalue()
