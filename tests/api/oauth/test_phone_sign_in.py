"""Signing in from the brand's app: a code that was sent to a phone for our tokens."""

import asyncio

import pytest
from sqlalchemy import func, select, text, update

from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.members.models import ConsentText, Member, MemberPhone, OneTimeCode
from domain.members.words import ConsentPurpose
from domain.sessions.rules import Grant
from tests.api.client import Api
from tests.api.oauth.desk import ask, refused
from tests.wechat import FakeWeChat

pytestmark = pytest.mark.usefixtures("own_clients")
PHONE = "+8613800138000"
HOUR_AGO = text("created_at - interval '1 hour'")


@pytest.fixture(autouse=True)
async def consent_text(database: Database) -> None:
    """The text that somebody agrees to whose phone is kept."""
    async with database.writes.begin() as session:
        session.add(
            ConsentText(
                purpose=ConsentPurpose.PHONE,
                version=3,
                title_zh="手机号使用说明",
                title_en="Your phone number",
                body_zh="我们用它登录和通知订单。",
                body_en="We use it to sign you in and to tell you about orders.",
                published_at=system_clock(),
            )
        )


async def send(api: Api, phone: str = PHONE, client: str = "app"):
    return await ask(api, "phone-code", form={"phone": phone, "client_id": client})


def form(code: str, **more: str) -> dict[str, str]:
    told = {"grant_type": Grant.PHONE_CODE, "client_id": "app", "phone": PHONE, "code": code}
    return told | {"consent_version": "3"} | more


async def code_for(api: Api, wechat: FakeWeChat) -> str:
    answer = await send(api)
    assert (answer.status_code, answer.json()) == (202, {"expires_in": 300, "resend_after": 60})
    return wechat.messages().sms[-1].code


async def count(database: Database, table: type[Member | MemberPhone]) -> int:
    async with database.writes() as session:
        return (await session.scalars(select(func.count()).select_from(table))).one()


async def test_a_code_signs_in_whoever_has_the_phone(
    api: Api, database: Database, wechat: FakeWeChat, settings: Settings
):
    body = (await ask(api, form=form(await code_for(api, wechat)))).json()
    assert body["scope"] == "member openid profile"
    async with database.writes() as session:
        phone = (await session.scalars(select(MemberPhone))).one()
        assert b"138" not in phone.sealed
        assert phone.phone_index == settings.required_vault().index(PHONE, purpose="phone")


async def test_a_code_is_good_once(api: Api, database: Database, wechat: FakeWeChat):
    code = await code_for(api, wechat)
    answers = await asyncio.gather(*(ask(api, form=form(code)) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400, 400]
    assert await count(database, Member) == 1


async def test_a_wrong_code_counts_although_it_is_refused(api: Api, wechat: FakeWeChat):
    code = await code_for(api, wechat)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        body = refused(await ask(api, form=form(wrong)), "invalid_grant")
        assert (body["code"], body["message"]) == ("CODE_WRONG", "验证码不正确。")
    for typed in (wrong, code):
        answer = await ask(api, form=form(typed))
        assert refused(answer, "invalid_grant")["code"] == "CODE_TOO_MANY"


async def test_who_agrees_to_an_old_text_may_try_again_with_the_same_code(
    api: Api, database: Database, wechat: FakeWeChat
):
    code = await code_for(api, wechat)
    body = refused(await ask(api, form=form(code, consent_version="2")), "access_denied")
    assert (body["code"], body["newest_version"]) == ("CONSENT_NEEDED", 3)
    assert await count(database, Member) == 0
    assert (await ask(api, form=form(code))).status_code == 200


async def test_another_code_is_sent_after_a_minute_and_not_before(api: Api, wechat: FakeWeChat):
    await code_for(api, wechat)
    answer = await send(api)
    refused(answer, "rate_limited", 429)
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert len(wechat.messages().sms) == 1


async def test_one_address_cannot_use_up_the_day_of_a_strangers_number(
    api: Api, database: Database, wechat: FakeWeChat
):
    for _ in range(5):
        assert (await send(api)).status_code == 202
        async with database.writes.begin() as session:
            await session.execute(update(OneTimeCode).values(created_at=HOUR_AGO))
    refused(await send(api), "rate_limited", 429)
    assert (await send(api, "+8613900139000")).status_code == 202
    assert len(wechat.messages().sms) == 6


async def test_no_code_goes_to_another_country(api: Api, wechat: FakeWeChat):
    refused(await send(api, "+14155552671"), "invalid_request")
    assert not wechat.messages().sms


async def test_the_answer_does_not_tell_whether_a_number_is_known(api: Api, wechat: FakeWeChat):
    await ask(api, form=form(await code_for(api, wechat)))
    known = await send(api, "+8613900139000")
    assert known.json() == {"expires_in": 300, "resend_after": 60}


@pytest.mark.parametrize("phone", ["", "12345", "abc", "+86138001380001", "010-12345678"])
async def test_what_is_no_mobile_number_is_refused(api: Api, wechat: FakeWeChat, phone: str):
    refused(await send(api, phone), "invalid_request")
    assert not wechat.messages().sms


@pytest.mark.parametrize("client", ["mini-program", "nobody", ""])
async def test_another_client_has_no_codes_sent(api: Api, wechat: FakeWeChat, client: str):
    refused(await send(api, client=client), "unauthorized_client")
    assert not wechat.messages().sms


async def test_a_code_that_was_not_sent_does_not_keep_from_asking_again(
    api: Api, database: Database, wechat: FakeWeChat
):
    wechat.fail("/sms", "limited")
    refused(await send(api), "temporarily_unavailable", 503)
    async with database.writes() as session:
        assert (await session.scalars(select(OneTimeCode))).all() == []
    assert (await send(api)).status_code == 202


async def test_a_number_that_the_gateway_rejects_is_told_and_its_code_is_taken_back(
    api: Api, database: Database, wechat: FakeWeChat
):
    wechat.fail("/sms", "refused")
    assert "无法接收" in refused(await send(api), "invalid_request")["message"]
    async with database.writes() as session:
        assert (await session.scalars(select(OneTimeCode))).all() == []


@pytest.mark.parametrize("version", ["", "x", "-1", "９", "1" * 400])
async def test_a_consent_that_is_no_version_is_refused(api: Api, wechat: FakeWeChat, version: str):
    code = await code_for(api, wechat)
    body = (await ask(api, form=form(code, consent_version=version))).json()
    assert body["error"] in {"invalid_request", "access_denied"}
    assert (await ask(api, form=form(code))).status_code == 200
