"""The settings of WeChat Pay: whole or not at all, and addresses that fit the profile."""

import base64

import pytest

from domain.kernel.settings import SettingsRefused, read_settings
from domain.kernel.wechat_pay_settings import (
    PAY_BACKUP_URL,
    PAY_URL,
    rsa_private_key,
    rsa_public_key,
)
from tests.domain.gateways.wechat_pay.desks import API_KEY, PAY, PAY_KEY, rsa_key

DEVELOPMENT = {"MALL_PROFILE": "development"}
URL, NOTIFY_URL = "MALL_WECHAT_PAY_URL", "MALL_WECHAT_PAY_NOTIFY_URL"


def refused(environ: dict[str, str]) -> str:
    """Why the settings are refused: one reason."""
    with pytest.raises(SettingsRefused) as caught:
        read_settings(environ)
    (reason,) = caught.value.reasons
    return reason


def test_no_money_is_taken_unless_it_is_configured():
    assert read_settings({}).wechat_pay is None


def test_what_is_configured_is_handed_on_whole_and_does_not_show():
    settings = read_settings(PAY | PAY_KEY)
    given = settings.wechat_pay
    assert given
    assert given.urls == (PAY_URL, PAY_BACKUP_URL)
    assert given.public_key_id == PAY_KEY["MALL_WECHAT_PAY_PUBLIC_KEY_ID"]
    assert given.api_key.get_secret_value() == API_KEY
    for shown in (repr(given), repr(settings), str(settings.model_dump())):
        assert API_KEY not in shown
        assert "PRIVATE KEY" not in shown


@pytest.mark.parametrize("absent", [name for name in PAY if name.startswith("MALL_WECHAT_PAY_")])
def test_a_merchant_is_whole_or_none(absent: str):
    assert refused({name: value for name, value in PAY.items() if name != absent}).startswith(
        f"{absent}: is missing; "
    )


@pytest.mark.parametrize("absent", PAY_KEY)
def test_a_public_key_goes_with_its_id(absent: str):
    (given,) = PAY_KEY.keys() - {absent}
    reason = refused(PAY | {given: PAY_KEY[given]})
    assert reason == f"{absent}: is missing; {given} is of no use without"


def test_a_public_key_is_of_no_use_without_a_merchant_nor_a_merchant_without_an_app():
    assert refused(PAY_KEY).startswith("MALL_WECHAT_PAY_MERCHANT_ID: is missing; ")
    alone = {name: value for name, value in PAY.items() if "_PAY_" in name}
    assert refused(alone).startswith("MALL_WECHAT_APP_ID: is missing; ")


def test_keys_are_pem_or_base64_of_it_on_one_line():
    pem = PAY["MALL_WECHAT_PAY_PRIVATE_KEY"]
    for text in (pem, base64.b64encode(pem.encode()).decode()):
        assert rsa_private_key(text).private_numbers() == rsa_key("merchant").private_numbers()
    pem = PAY_KEY["MALL_WECHAT_PAY_PUBLIC_KEY"]
    for text in (pem, base64.b64encode(pem.encode()).decode()):
        assert rsa_public_key(text) == rsa_key("vendor").public_key()


def test_a_wrong_key_is_not_repeated_in_the_reason():
    pem = PAY["MALL_WECHAT_PAY_PRIVATE_KEY"].replace("A", "B")
    reason = refused(PAY | {"MALL_WECHAT_PAY_PRIVATE_KEY": pem})
    assert reason == (
        "MALL_WECHAT_PAY_PRIVATE_KEY: must be an RSA private key without a password, as PEM or "
        "base64 of it"
    )


@pytest.mark.parametrize("url", ["http://pay.example", "https://127.0.0.1:9", "http://[::1]:9"])
def test_production_takes_no_fake_money(url: str):
    for name in (URL, NOTIFY_URL):
        reason = refused(PAY | {name: url})
        assert reason == f"{name}: must be https and not loopback in production"


def test_production_may_ask_a_host_of_its_own_which_has_no_second_one():
    given = read_settings(PAY | {URL: "https://pay.example"}).wechat_pay
    assert given
    assert given.urls == ("https://pay.example",)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", PAY_URL])
def test_development_asks_a_fake_or_the_real_one(url: str):
    notify_url = "http://127.0.0.1:8000/webhooks/wechat-pay"
    assert read_settings(PAY | DEVELOPMENT | {URL: url, NOTIFY_URL: notify_url}).wechat_pay


def test_development_gives_nothing_to_strangers():
    reason = refused(PAY | DEVELOPMENT | {URL: "https://pay.example"})
    assert reason == f"{URL}: must be loopback or {PAY_URL} in development"
    reason = refused(PAY | DEVELOPMENT | {NOTIFY_URL: "http://mall.example/webhooks/wechat-pay"})
    assert reason == f"{NOTIFY_URL}: must be loopback or https in development"
