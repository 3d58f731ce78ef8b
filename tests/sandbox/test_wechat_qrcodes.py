"""The fake WeChat draws codes for scenes that the real one would draw."""

import io
from string import ascii_letters, digits

import pytest
import segno
from PIL import Image

from tests.sandbox.platform_client import Platform

QR = "/wxa/getwxacodeunlimit"
ALLOWED = ascii_letters + digits + "!#$&'()*+,/:;=?@-._~"


async def drawn(platform: Platform, body: dict[str, object]) -> Image.Image:
    answer = await platform.post(QR, body)
    assert answer.headers["content-type"] == "image/png"
    picture = Image.open(io.BytesIO(answer.content))
    picture.load()
    return picture


async def test_a_code_is_a_picture_of_its_scene_as_wide_as_asked(platform: Platform):
    scene = "k=Ab12-._~"

    picture = await drawn(platform, {"scene": scene, "page": "pages/product/detail", "width": 280})

    assert (picture.format, picture.size) == ("PNG", (280, 280))
    rows = [list(row) for row in segno.make_qr(scene).matrix_iter(border=4)]
    side = 280 / len(rows)
    seen = [
        [picture.getpixel((int((x + 0.5) * side), int((y + 0.5) * side))) for x in range(len(rows))]
        for y in range(len(rows))
    ]
    assert seen == [[0 if dark else 255 for dark in row] for row in rows]


async def test_a_code_is_430_wide_unless_another_width_is_asked_for(platform: Platform):
    assert (await drawn(platform, {"scene": "a"})).size == (430, 430)
    assert (await drawn(platform, {"scene": "a", "width": 1280})).size == (1280, 1280)


@pytest.mark.parametrize("start", range(0, len(ALLOWED), 32))
async def test_a_scene_is_up_to_32_of_the_allowed_characters(platform: Platform, start: int):
    assert await drawn(platform, {"scene": ALLOWED[start : start + 32]})


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"scene": "a" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({}, 40169),
        ({"scene": "a%20b"}, 40129),
        ({"scene": "a b"}, 40129),
        ({"scene": "签"}, 40129),
        ({"scene": "a\n"}, 40129),
        ({"scene": "a", "page": "/pages/index"}, 41030),
        ({"scene": "a", "page": "pages/index?a=1"}, 41030),
        ({"scene": "a", "page": "/pages/index", "check_path": False}, 41030),
        ({"scene": "a", "page": "pages/unreleased/index"}, 41030),
        ({"scene": "a", "width": 279}, 40097),
        ({"scene": "a", "width": 1281}, 40097),
        ({"scene": "a", "env_version": "beta"}, 40097),
        ({"scene": 1}, 47001),
    ],
)
async def test_what_the_platform_cannot_draw_is_json_with_a_reason(
    platform: Platform, body: dict[str, object], errcode: int
):
    answer = await platform.post(QR, body)

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["errcode"] == errcode


async def test_a_page_that_is_not_released_can_be_drawn_unchecked(platform: Platform):
    assert await drawn(
        platform, {"scene": "a", "page": "pages/unreleased/index", "check_path": False}
    )


async def test_a_call_without_a_token_is_refused(platform: Platform):
    assert (await platform.http.post(QR, json={"scene": "a"})).json()["errcode"] == 41001
