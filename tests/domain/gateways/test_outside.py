"""What the mains open: what is configured, and nothing else."""

import asyncio
from random import Random

import pytest
from redis.asyncio import Redis

from domain.gateways.outside import Outside, open_outside
from domain.kernel.clock import system_clock
from domain.kernel.language import Language
from domain.kernel.settings import Settings, read_settings
from domain.kernel.wechat_pay_settings import PAY_BACKUP_URL, PAY_URL
from domain.members.ports import VerifiedPhone
from domain.members.words import CodePurpose
from domain.orders.tracking.ports import TrackedParcel
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier
from domain.payments.ports import PrepayWish
from tests.domain.gateways.desks import TOKEN_ENDPOINT
from tests.domain.gateways.wechat_pay.desks import APP_ID, MERCHANT_ID, PAY
from tests.make import NOON
from tests.wechat import TRACKING, FakeWeChat

DEVELOPMENT = {"MALL_PROFILE": "development"}
PARCEL = TrackedParcel(Carrier.YTO, "YT10203040", None)
WISH = PrepayWish("P1", 1, "唇膏", "openid", NOON)


def settings_of(wechat: FakeWeChat) -> Settings:
    """The settings of a mall that speaks to this WeChat."""
    return read_settings(
        {
            **DEVELOPMENT,
            "MALL_WECHAT_URL": wechat.url,
            "MALL_WECHAT_APP_ID": wechat.app_id,
            "MALL_WECHAT_APP_SECRET": wechat.app_secret,
            "MALL_WECHAT_PUSH_TOKEN": "pushToken",
            "MALL_WECHAT_PUSH_KEY": "k" * 43,
            "MALL_SMS_URL": wechat.sms_url,
            "MALL_SMS_TOKEN": wechat.sms_token,
            "MALL_TRACKING_URL": wechat.url,
            "MALL_TRACKING_CUSTOMER": TRACKING.customer,
            "MALL_TRACKING_KEY": TRACKING.key,
        }
    )


async def test_nothing_is_opened_that_is_not_configured(redis: Redis):
    async with open_outside(read_settings(DEVELOPMENT), system_clock, redis, Random(1)) as outside:
        assert outside == Outside()


async def test_everything_that_is_configured_works(wechat: FakeWeChat, redis: Redis):
    # A message that a test before this one has sent may have come after its end.
    wechat.reset()
    person = wechat.person("Lin", phone="+8613800138000")
    async with open_outside(settings_of(wechat), system_clock, redis, Random(1)) as outside:
        assert wechat.calls() == []
        assert outside.login
        session = await outside.login.session_of(wechat.login_code(person))
        assert session.openid == person.openid
        assert outside.phone
        phone = await outside.phone.phone_of(wechat.phone_code(person))
        assert phone == VerifiedPhone("+8613800138000")
        assert outside.sms
        await outside.sms.send(
            phone.e164, "123456", purpose=CodePurpose.SIGN_IN, language=Language.EN
        )
        assert len(wechat.messages().sms) == 1
        assert outside.qr_codes
        assert await outside.qr_codes.qr_code("a=1", "pages/index/index")
        assert outside.texts
        assert outside.messages
        assert outside.push
        assert outside.push.app_id == wechat.app_id
        assert outside.tracking
        assert (await outside.tracking.ask(PARCEL)).state is TrackingState.COLLECTED


async def test_wechat_pay_has_a_second_host_where_it_is_the_vendors_own(redis: Redis):
    settings = read_settings(DEVELOPMENT | PAY)
    assert settings.wechat_pay
    assert settings.wechat_pay.urls == (PAY_URL, PAY_BACKUP_URL)
    async with open_outside(settings, system_clock, redis, Random(1)) as outside:
        assert outside.wechat_pay
        assert outside.wechat_pay.merchant_id == MERCHANT_ID
        assert outside.wechat_pay.app_id == APP_ID
        assert b"P1" in outside.wechat_pay.prepay_request(WISH)


async def test_what_was_opened_is_closed(wechat: FakeWeChat, redis: Redis):
    async with open_outside(settings_of(wechat), system_clock, redis, Random(1)) as outside:
        assert outside.login
    with pytest.raises(RuntimeError, match="closed"):
        await outside.login.session_of(wechat.login_code(wechat.person("Lin")))


async def test_a_process_that_leaves_does_not_wait_for_wechat(wechat: FakeWeChat, redis: Redis):
    wechat.fail(TOKEN_ENDPOINT, "slow", seconds=20)
    async with asyncio.timeout(15):
        async with open_outside(settings_of(wechat), system_clock, redis, Random(1)) as outside:
            assert outside.phone
            asked = asyncio.create_task(outside.phone.phone_of("a-code"))
            while not wechat.calls(TOKEN_ENDPOINT):
                await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await asked
