"""What the mini-program asks WeChat for: codes that lead to pages, opinions, and messages."""

import orjson
import pytest
from redis.asyncio import Redis

from domain.gateways.wechat.errors import (
    BadValue,
    NoPermit,
    PageNotReleased,
    UnknownOpenid,
    UnknownTemplate,
)
from domain.gateways.wechat.messages import SubscribeMessages
from domain.gateways.wechat.qrcodes import QrCodes
from domain.gateways.wechat.texts import Suggestion, TextChecks, TextScene, Verdict
from domain.kernel.language import Language
from domain.kernel.outside import OutsideLimited, OutsideRejected, OutsideUnavailable
from tests.domain.gateways.desks import GRANTED, NONSENSE, open_desk
from tests.domain.gateways.wires import Reply, Wire, reply
from tests.wechat import FakeWeChat

PAGE = "pages/product/index"
PNG = b"\x89PNG\r\n\x1a\n and so on"
TEMPLATE = "a-template"


async def qr_code(
    wechat: FakeWeChat | Wire, redis: Redis, scene: str, page: str = PAGE, *, width: int = 430
) -> bytes:
    """One picture."""
    async with open_desk(wechat, redis) as desk:
        return await QrCodes(desk.program).qr_code(scene, page, width=width)


async def check(wechat: FakeWeChat | Wire, redis: Redis, openid: str, text: str) -> Verdict:
    """One opinion."""
    async with open_desk(wechat, redis) as desk:
        return await TextChecks(desk.program).check_text(openid, text, TextScene.COMMENT)


async def send(
    wechat: FakeWeChat | Wire,
    redis: Redis,
    openid: str,
    *,
    page: str = PAGE,
    language: Language = Language.ZH,
    **data: str,
) -> None:
    """One message."""
    async with open_desk(wechat, redis) as desk:
        await SubscribeMessages(desk.program).send(
            openid, TEMPLATE, page, data=data, language=language
        )


@pytest.mark.parametrize("scene", ["a", "aZ09!#$&'()*+,/:;=?@-._~", "x" * 32])
async def test_a_code_is_a_picture(scene: str, wechat: FakeWeChat, redis: Redis):
    assert (await qr_code(wechat, redis, scene)).startswith(PNG[:8])


@pytest.mark.parametrize("scene", ["", "x" * 33, "100%", "a b", "中", "a\n", '"', "a|b"])
async def test_a_scene_that_wechat_does_not_take_is_not_sent(scene: str, redis: Redis):
    wire = Wire([GRANTED])
    with pytest.raises(ValueError, match="scene"):
        await qr_code(wire, redis, scene)
    assert wire.requests == []


@pytest.mark.parametrize("page", ["", "/pages/index", "pages/index?a=1", "pages index", "页"])
async def test_a_page_is_a_path_alone(page: str, redis: Redis):
    with pytest.raises(ValueError, match="page"):
        await qr_code(Wire([GRANTED]), redis, "a", page)


@pytest.mark.parametrize("width", [279, 1281])
async def test_a_code_has_a_width_that_wechat_draws(width: int, redis: Redis):
    with pytest.raises(ValueError, match="pixels"):
        await qr_code(Wire([GRANTED]), redis, "a", width=width)


async def test_what_is_asked_for_is_drawn(redis: Redis):
    wire = Wire([GRANTED, Reply(200, PNG, {"content-type": "image/png"})])
    assert await qr_code(wire, redis, "a=1", width=280) == PNG
    request = wire.requests[1]
    assert request.query == "access_token=first-token"
    assert orjson.loads(request.content) == {"scene": "a=1", "page": PAGE, "width": 280}


async def test_an_error_in_the_place_of_a_picture_is_told(redis: Redis):
    no_page = reply({"errcode": 41030, "errmsg": "invalid page, rid: 1"})
    wire = Wire([GRANTED, no_page, reply({"errcode": 45009})])
    with pytest.raises(OutsideRejected, match="41030"):
        await qr_code(wire, redis, "a")
    with pytest.raises(OutsideLimited):
        await qr_code(wire, redis, "a")


@pytest.mark.parametrize(
    "answer",
    [
        *NONSENSE.values(),
        reply({"errcode": 0}),
        Reply(200, b"<html>", {"content-type": "image/png"}),
        Reply(200, b"", {"content-type": "image/jpeg"}),
        Reply(200, PNG, {"content-type": "image/jpeg"}),
        Reply(200, PNG + bytes(2**20), {"content-type": "image/png"}),
        Reply(500, PNG, {"content-type": "image/png"}),
    ],
)
async def test_what_is_no_picture_is_no_code(answer: Reply, redis: Redis):
    with pytest.raises(OutsideUnavailable):
        await qr_code(Wire([GRANTED, answer]), redis, "a")


@pytest.mark.parametrize(
    ("text", "suggest", "label"),
    [
        ("送给妈妈", Suggestion.PASS, 100),
        ("review this", Suggestion.REVIEW, 10001),
        ("risky words", Suggestion.RISKY, 20002),
    ],
)
async def test_a_text_gets_an_opinion(
    text: str, suggest: Suggestion, label: int, wechat: FakeWeChat, redis: Redis
):
    person = wechat.person("Lin")
    wechat.login_code(person)
    verdict = await check(wechat, redis, person.openid, text)
    assert (verdict.suggest, verdict.label) == (suggest, label)
    assert verdict.trace_id


async def test_a_text_of_somebody_who_is_not_there_is_not_judged(wechat: FakeWeChat, redis: Redis):
    with pytest.raises(OutsideRejected, match="61010"):
        await check(wechat, redis, wechat.person("Lin").openid, "送给妈妈")


@pytest.mark.parametrize("text", ["", "x" * 2501])
async def test_a_text_has_a_length_that_wechat_reads(text: str, redis: Redis):
    with pytest.raises(ValueError, match="2500"):
        await check(Wire([GRANTED]), redis, "somebody", text)


@pytest.mark.parametrize(
    "answer",
    [
        *NONSENSE.values(),
        reply({"errcode": 0}),
        reply({"errcode": 0, "trace_id": "a", "result": "pass"}),
        reply({"errcode": 0, "trace_id": "a", "result": {"suggest": "PASS", "label": 100}}),
        reply({"errcode": 0, "trace_id": "a", "result": {"suggest": "maybe", "label": 100}}),
        reply({"errcode": 0, "trace_id": "a", "result": {"suggest": ["pass"], "label": 100}}),
        reply({"errcode": 0, "trace_id": "a", "result": {"suggest": "pass"}}),
        reply({"errcode": 0, "result": {"suggest": "pass", "label": 100}}),
    ],
)
async def test_what_is_no_opinion_lets_nothing_pass(answer: Reply, redis: Redis):
    with pytest.raises(OutsideUnavailable):
        await check(Wire([GRANTED, answer]), redis, "somebody", "text")


async def test_a_message_arrives_with_values_cut_to_fit(wechat: FakeWeChat, redis: Redis):
    person = wechat.person("Lin")
    wechat.permit(person, TEMPLATE)
    await send(wechat, redis, person.openid, thing1="长" * 30, amount2="¥168.00")
    (message,) = wechat.messages().subscribe
    assert (message.person, message.template_id, message.page) == ("Lin", TEMPLATE, PAGE)
    assert message.values == {"thing1": "长" * 19 + "…", "amount2": "¥168.00"}


@pytest.mark.parametrize(("language", "written"), [(Language.ZH, "zh_CN"), (Language.EN, "en_US")])
async def test_a_message_says_its_language(language: Language, written: str, redis: Redis):
    wire = Wire([GRANTED, reply({"errcode": 0})])
    await send(wire, redis, "somebody", language=language, thing1="text")
    assert orjson.loads(wire.requests[1].content) == {
        "touser": "somebody",
        "template_id": TEMPLATE,
        "page": PAGE,
        "miniprogram_state": "formal",
        "lang": written,
        "data": {"thing1": {"value": "text"}},
    }


async def test_each_acceptance_is_one_message(wechat: FakeWeChat, redis: Redis):
    person = wechat.person("Lin")
    wechat.permit(person, TEMPLATE)
    await send(wechat, redis, person.openid, thing1="one")
    with pytest.raises(NoPermit):
        await send(wechat, redis, person.openid, thing1="two")


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (40003, UnknownOpenid),
        (40037, UnknownTemplate),
        (41030, PageNotReleased),
        (43101, NoPermit),
        (47003, BadValue),
        (40097, OutsideRejected),
    ],
)
async def test_a_refused_message_says_why_and_is_sent_once(
    errcode: int, expected: type[OutsideRejected], redis: Redis
):
    wire = Wire([GRANTED, reply({"errcode": errcode, "errmsg": "no rid: 1-2"})])
    with pytest.raises(OutsideRejected) as caught:
        await send(wire, redis, "somebody", thing1="text")
    assert type(caught.value) is expected
    assert (caught.value.code, caught.value.reference) == (str(errcode), "1-2")
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [("argument invalid! data.time3.value invalid rid: 1", "time3"), ("argument invalid!", None)],
)
async def test_the_field_of_a_bad_value_is_named_where_wechat_names_it(
    told: str, field: str | None, redis: Redis
):
    wire = Wire([GRANTED, reply({"errcode": 47003, "errmsg": told})])
    with pytest.raises(BadValue) as caught:
        await send(wire, redis, "somebody", time3="soon")
    assert caught.value.field == field


async def test_a_message_with_a_value_that_cannot_fit_is_not_sent(redis: Redis):
    wire = Wire([GRANTED])
    with pytest.raises(BadValue) as caught:
        await send(wire, redis, "somebody", thing1="text", amount2="a lot")
    assert (caught.value.field, caught.value.code) == ("amount2", "47003")
    assert wire.requests == []
