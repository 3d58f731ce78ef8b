"""A development mall brings a fake WeChat along, unless it was given the real one."""

import base64
import json
import socket
import stat
import sys
from pathlib import Path

import psutil
import pytest

from cli import fake_wechat
from cli.run import plan_of
from domain.kernel.settings import read_settings
from domain.messages.words import MessageKind
from sandbox.engines.problem import EngineProblem
from sandbox.wechat.terms import terms_of
from tests.cli.conftest import Start
from tests.cli.mall_process import wait_for
from tests.conftest import MASTER_KEY


def kept_file(home: Path) -> Path:
    return home / "wechat.json"


def test_what_is_agreed_on_is_kept_for_its_owner_and_fits_the_settings(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    assert fake_wechat.kept(tmp_path, api_port=port) == agreement
    assert stat.S_IMODE(kept_file(tmp_path).stat().st_mode) == 0o600
    settings = read_settings({"MALL_PROFILE": "development", **agreement.settings({})})
    assert settings.wechat
    assert settings.wechat_push
    assert settings.sms
    assert settings.wechat.url == agreement.url
    assert settings.sms.url == f"{agreement.url}/sms"


def test_the_fake_wechat_is_told_the_same_and_nothing_else_of_the_mall(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)
    given = {"MALL_DATABASE_URL": "postgresql://db/mall", "PATH": "/bin", "MALL_SMS_URL": "x"}

    environment = agreement.environment(given)

    assert environment["PATH"] == "/bin"
    assert "MALL_DATABASE_URL" not in environment
    terms, settings = terms_of(environment), agreement.settings({})
    assert (terms.app_id, terms.app_secret, terms.sms_token) == (
        settings["MALL_WECHAT_APP_ID"],
        settings["MALL_WECHAT_APP_SECRET"],
        settings["MALL_SMS_TOKEN"],
    )


def test_each_kind_of_message_has_a_template_that_both_sides_know(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    settings = read_settings({"MALL_PROFILE": "development", **agreement.settings({})})
    templates = terms_of(agreement.environment({})).templates

    assert set(settings.wechat_templates) == set(MessageKind)
    assert templates == {
        each.id: frozenset(each.fields) for each in settings.wechat_templates.values()
    }


def test_only_a_development_mall_begins_with_a_history():
    assert plan_of({}).has_history
    production = {"MALL_PROFILE": "production", "MALL_MASTER_KEYS": MASTER_KEY}
    given = production | {
        "MALL_DATABASE_URL": "postgresql://db/mall",
        "MALL_REDIS_URL": "redis://r",
    }
    assert not plan_of(given).has_history


MALL = "http://127.0.0.1:8000"


def test_mall_and_fake_share_a_merchant_at_wechat_pay_that_lasts(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    told = agreement.settings({}, f"{MALL}/")
    keys = terms_of(agreement.environment({})).pay_keys

    assert keys
    assert keys == agreement.pay == fake_wechat.kept(tmp_path, api_port=port).pay
    assert told["MALL_WECHAT_PAY_URL"] == agreement.url
    assert told["MALL_WECHAT_PAY_NOTIFY_URL"] == f"{MALL}/webhooks/wechat-pay"
    assert told["MALL_WECHAT_PAY_SERIAL"] == keys.merchant_serial
    assert base64.b64decode(told["MALL_WECHAT_PAY_PRIVATE_KEY"]).decode() == keys.merchant_key
    assert b"BEGIN PUBLIC KEY" in base64.b64decode(told["MALL_WECHAT_PAY_PUBLIC_KEY"])


@pytest.mark.parametrize(
    ("given", "mall_url"),
    [
        ({}, None),
        ({}, "http://192.168.1.7:8000"),
        ({"MALL_WECHAT_PAY_MERCHANT_ID": "1900000110"}, MALL),
    ],
)
def test_an_own_merchant_stays_and_a_mall_that_is_not_called_back_has_none(
    tmp_path: Path, port: int, given: dict[str, str], mall_url: str | None
):
    settings = fake_wechat.kept(tmp_path, api_port=port).settings(given, mall_url)

    assert not [name for name in settings if name.startswith("MALL_WECHAT_PAY_")]


def test_an_agreement_of_before_there_was_a_wechat_pay_is_completed(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)
    old = json.loads(kept_file(tmp_path).read_text())
    del old["pay"]
    kept_file(tmp_path).write_text(json.dumps(old))

    completed = fake_wechat.kept(tmp_path, api_port=port)

    assert completed.app_secret == agreement.app_secret
    assert completed.pay
    assert completed.pay != agreement.pay
    assert stat.S_IMODE(kept_file(tmp_path).stat().st_mode) == 0o600


def test_every_mall_has_its_own_secrets(tmp_path: Path, port: int):
    homes = [tmp_path / name for name in ("a", "b")]
    for home in homes:
        home.mkdir()

    one, another = (fake_wechat.kept(home, api_port=port) for home in homes)

    for name in ("app_secret", "push_token", "push_key", "sms_token", "pay"):
        assert getattr(one, name) != getattr(another, name)


def test_a_port_that_was_taken_meanwhile_is_left_and_the_secrets_stay(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)
    with socket.create_server(("127.0.0.1", agreement.port)):
        moved = fake_wechat.kept(tmp_path, api_port=port)

    assert moved.port != agreement.port
    assert moved.app_secret == agreement.app_secret
    assert fake_wechat.kept(tmp_path, api_port=port) == moved


def test_a_port_that_is_the_apis_now_is_left(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    assert fake_wechat.kept(tmp_path, api_port=agreement.port).port != agreement.port


def test_a_port_that_is_given_is_taken_as_it_is(tmp_path: Path, port: int):
    assert fake_wechat.kept(tmp_path, api_port=port, port=port + 7).port == port + 7


def test_where_no_port_is_free_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fake_wechat, "_TRIED_PORTS", 1)
    first = fake_wechat.kept(tmp_path, api_port=65_400).port
    fake_wechat.forget(tmp_path)
    with (
        socket.create_server(("127.0.0.1", first)),
        pytest.raises(EngineProblem, match="is free for the fake WeChat"),
    ):
        fake_wechat.kept(tmp_path, api_port=65_400)


@pytest.mark.parametrize("left", ["", "{", '{"port": 1}'])
def test_half_an_agreement_is_none(tmp_path: Path, port: int, left: str):
    kept_file(tmp_path).write_text(left)

    assert len(fake_wechat.kept(tmp_path, api_port=port).push_key) == 43


def test_an_own_sms_gateway_stays(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    settings = agreement.settings({"MALL_SMS_URL": "https://sms.example/send"})

    assert not [name for name in settings if name.startswith("MALL_SMS_")]


def test_mall_and_fake_agree_on_who_asks_for_parcels_unless_the_mall_has_an_own_one(
    tmp_path: Path, port: int
):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    settings = read_settings({"MALL_PROFILE": "development", **agreement.settings({})})
    account = terms_of(agreement.environment({})).tracking
    own = agreement.settings({"MALL_TRACKING_CUSTOMER": "C0FFEE"})

    assert settings.tracking
    assert account
    assert settings.tracking.url == agreement.url
    assert settings.tracking.customer == account.customer
    assert settings.tracking.key.get_secret_value() == account.key
    assert not [name for name in own if name.startswith("MALL_TRACKING_")]


def test_only_a_mall_on_loopback_is_called_back(tmp_path: Path, port: int):
    agreement = fake_wechat.kept(tmp_path, api_port=port)

    near = fake_wechat.command(("serve",), agreement, "http://127.0.0.1:8000")
    far = fake_wechat.command(("serve",), agreement, "http://192.168.1.7:8000")

    assert near == (*far, "--mall-url", "http://127.0.0.1:8000")
    assert far == ("serve", "--port", str(agreement.port))


def test_only_a_development_mall_that_was_given_no_wechat_brings_one():
    assert plan_of({}).wechat
    assert plan_of({"MALL_WECHAT_URL": "https://api.weixin.qq.com"}).wechat is None
    app = {"MALL_WECHAT_APP_ID": "wx0123456789abcdef", "MALL_WECHAT_APP_SECRET": "s" * 32}
    assert plan_of(app).wechat is None
    production = {"MALL_PROFILE": "production", "MALL_PUBLIC_URL": "https://mall.example"}
    assert plan_of({**production, "MALL_MASTER_KEYS": MASTER_KEY}).wechat is None


def test_a_mall_with_a_fake_wechat_tells_where_it_is_and_leaves_nothing_behind(
    start: Start, home: Path
):
    mall = start(STUB_WECHAT="1")
    mall.until("ready")
    agreement = json.loads(kept_file(home).read_text())
    url = f"http://127.0.0.1:{agreement['port']}"

    assert f"  Phone       {url}" in mall.said
    secrets = [*agreement.values(), *agreement["pay"].values()]
    assert not [secret for secret in secrets if str(secret) in mall.said.replace(url, "")]
    for name in ("api", "worker"):
        child = mall.child(name)
        assert child
        environment = child.environ()
        assert environment["MALL_WECHAT_URL"] == url
        assert environment["MALL_SMS_TOKEN"] == agreement["sms_token"]
    assert mall.end() == 0
    again = start(STUB_WECHAT="1")
    again.until("ready")
    assert f"  Phone       {url}" in again.said


def test_a_fake_wechat_that_ends_is_started_again(start: Start):
    mall = start(STUB_WECHAT="1")
    mall.until("ready")
    child = mall.child("wechat")
    assert child

    child.kill()

    wait_for(lambda: not child.is_running())
    wait_for(lambda: mall.child("wechat") is not None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_supervisor_takes_the_fake_wechat_along(start: Start):
    mall = start(STUB_WECHAT="1")
    mall.until("ready")
    assert mall.child("wechat")

    _, alive = psutil.wait_procs(mall.kill(), timeout=20)

    assert not alive


def test_a_fake_wechat_that_cannot_start_is_told(start: Start, home: Path):
    mall = start(STUB_WECHAT="1", STUB_FAILS="wechat")

    assert mall.popen.wait(30) == 1

    assert f"see its log {home}/log/wechat.log" in mall.said
    assert "ready" not in mall.said
