"""The settings of WeChat and the SMS gateway: whole groups, and addresses that fit the profile."""

import pytest

from domain.kernel.outside_settings import (
    VENDOR_URL,
    SmsSettings,
    WeChatPushSettings,
    WeChatSettings,
)
from domain.kernel.settings import SettingsRefused, read_settings

WECHAT = {
    "MALL_WECHAT_APP_ID": "wx0123456789abcdef",
    "MALL_WECHAT_APP_SECRET": "secret-of-the-mini-program",
}
PUSH = {"MALL_WECHAT_PUSH_TOKEN": "pushToken", "MALL_WECHAT_PUSH_KEY": "k" * 43}
SMS = {"MALL_SMS_URL": "https://sms.example/v1/send", "MALL_SMS_TOKEN": "sms-token-0123456789"}
DEVELOPMENT = {"MALL_PROFILE": "development"}


def refused(environ: dict[str, str]) -> str:
    """Why the settings are refused: one reason."""
    with pytest.raises(SettingsRefused) as caught:
        read_settings(environ)
    (reason,) = caught.value.reasons
    return reason


def test_nothing_outside_is_spoken_to_unless_it_is_configured():
    settings = read_settings({})
    assert (settings.wechat, settings.wechat_push, settings.sms) == (None, None, None)
    assert settings.wechat_url == VENDOR_URL


def test_what_is_configured_is_handed_on_whole():
    settings = read_settings(WECHAT | PUSH | SMS)
    assert isinstance(settings.wechat, WeChatSettings)
    assert settings.wechat.url == VENDOR_URL
    assert settings.wechat.app_id == WECHAT["MALL_WECHAT_APP_ID"]
    assert settings.wechat.app_secret.get_secret_value() == WECHAT["MALL_WECHAT_APP_SECRET"]
    assert isinstance(settings.wechat_push, WeChatPushSettings)
    assert settings.wechat_push.app_id == WECHAT["MALL_WECHAT_APP_ID"]
    assert settings.wechat_push.token.get_secret_value() == PUSH["MALL_WECHAT_PUSH_TOKEN"]
    assert settings.wechat_push.key.get_secret_value() == PUSH["MALL_WECHAT_PUSH_KEY"]
    assert isinstance(settings.sms, SmsSettings)
    assert settings.sms.url == SMS["MALL_SMS_URL"]
    assert settings.sms.token.get_secret_value() == SMS["MALL_SMS_TOKEN"]


@pytest.mark.parametrize("group", [WECHAT, PUSH, SMS], ids=["WeChat", "push", "SMS"])
def test_a_half_of_what_belongs_together_is_refused_by_the_name_of_the_other(
    group: dict[str, str],
):
    for absent in group:
        (given,) = group.keys() - {absent}
        whole = WECHAT if group is PUSH else {}
        reason = refused(whole | {given: group[given]})
        assert reason == f"{absent}: is missing; {given} is of no use without"


def test_messages_of_wechat_need_the_mini_program_that_they_are_for():
    reason = refused(PUSH)
    assert reason.startswith("MALL_WECHAT_APP_ID: is missing; MALL_WECHAT_PUSH_TOKEN")


@pytest.mark.parametrize("url", ["https://wx.example", "https://wx.example:8443", VENDOR_URL])
def test_production_speaks_to_a_sealed_host_elsewhere(url: str):
    assert read_settings({"MALL_WECHAT_URL": url}).wechat_url == url


@pytest.mark.parametrize("url", ["http://wx.example", "https://127.0.0.1:9000", "http://[::1]:9"])
def test_production_never_speaks_to_a_fake_wechat(url: str):
    assert refused({"MALL_WECHAT_URL": url}) == (
        "MALL_WECHAT_URL: must be https and not loopback in production"
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost:9", VENDOR_URL])
def test_development_speaks_to_a_fake_wechat_or_to_the_real_one(url: str):
    assert read_settings(DEVELOPMENT | {"MALL_WECHAT_URL": url}).wechat_url == url


@pytest.mark.parametrize(
    "url", ["https://wx.example", "http://api.weixin.qq.com", "https://127.0.0.1.example"]
)
def test_development_gives_its_codes_to_no_stranger(url: str):
    assert refused(DEVELOPMENT | {"MALL_WECHAT_URL": url}) == (
        "MALL_WECHAT_URL: must be loopback or https://api.weixin.qq.com in development"
    )


def test_codes_of_texts_travel_sealed_in_production():
    plain = SMS | {"MALL_SMS_URL": "http://127.0.0.1:9100/send"}
    assert refused(plain) == "MALL_SMS_URL: must be https in production"
    assert read_settings(plain | DEVELOPMENT).sms is not None
