"""The fake WeChat runs in development, on this machine, and nowhere else."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from click import UsageError
from click.testing import CliRunner

from sandbox.wechat.push import PushAddress, PushKeys
from sandbox.wechat.server import command, world_of
from sandbox.wechat.terms import terms_of
from tests.cli.mall_process import free_port, wait_for
from tests.patience import PATIENCE_SECONDS
from tests.sandbox.platform_client import LOGIN
from tests.wechat import APP_ID, APP_SECRET, SMS_TOKEN
from tests.wechat_pay import pay_keys

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "MALL_PROFILE": "development",
    "MALL_WECHAT_APP_ID": APP_ID,
    "MALL_WECHAT_APP_SECRET": APP_SECRET,
    "MALL_SMS_TOKEN": SMS_TOKEN,
}


@contextmanager
def serving_process(port: int) -> Generator["subprocess.Popen[str]"]:
    """The fake WeChat as `make run` starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.wechat", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_there(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.ConnectError:
        return False


def test_the_command_serves_a_phone_and_ends_when_it_is_asked_to():
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with serving_process(port) as process:
        wait_for(lambda: is_there(f"{address}/phone"))
        people = httpx.get(
            f"{address}/_control/people", timeout=PATIENCE_SECONDS, trust_env=False
        ).json()
        query = {"appid": APP_ID, "secret": APP_SECRET, "js_code": "never-issued"}
        httpx.get(f"{address}{LOGIN}", params=query, timeout=PATIENCE_SECONDS, trust_env=False)

        process.send_signal(signal.SIGTERM)

        _, said = process.communicate(timeout=10)
    assert [person["name"] for person in people] == ["李雷", "韩梅梅"]
    assert all(person["phone"] and person["unionid"] for person in people)
    assert said == ""


@pytest.mark.parametrize("profile", ["production", "Development", "", None])
def test_outside_development_it_refuses_to_be(profile: str | None):
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "MALL_PROFILE"}
    given = environment if profile is None else environment | {"MALL_PROFILE": profile}

    with pytest.raises(UsageError, match="in development only"):
        terms_of(given)


@pytest.mark.parametrize("name", list(ENVIRONMENT)[1:])
def test_what_has_to_be_agreed_on_is_asked_for(name: str):
    given = {each: value for each, value in ENVIRONMENT.items() if each != name}

    with pytest.raises(UsageError, match=f"{name}: missing"):
        terms_of(given)


def test_events_go_where_the_mall_was_told_to_be_if_both_know_the_keys():
    push = {"MALL_WECHAT_PUSH_TOKEN": "pamtest", "MALL_WECHAT_PUSH_KEY": "k" * 43}
    world = world_of(terms_of(ENVIRONMENT | push), "http://127.0.0.1:8000/wechat/push")
    world.push = None

    world.reset()

    keys = PushKeys(APP_ID, "pamtest", "k" * 43)
    assert world.push == PushAddress("http://127.0.0.1:8000/wechat/push", keys)
    assert world_of(terms_of(ENVIRONMENT), "http://127.0.0.1:8000/wechat/push").push is None
    assert world_of(terms_of(ENVIRONMENT | push), None).push is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--host", "0.0.0.0"),  # noqa: S104 - what is refused
        ("--host", "192.168.1.7"),
        ("--host", "mall.example"),
        ("--host", "::"),
        ("--mall-url", "https://mall.example"),
        ("--mall-url", "http://10.0.0.1:8000"),
        ("--mall-url", "127.0.0.1:8000"),
    ],
)
def test_it_listens_to_this_machine_and_speaks_to_it_only(option: str, value: str):
    arguments = ["--port", "8001", option, value]

    result = CliRunner().invoke(command, arguments, env=ENVIRONMENT)

    assert result.exit_code == 2
    assert option in result.output


def test_there_is_a_wechat_pay_where_its_keys_are_handed_over():
    keys = pay_keys()
    given = ENVIRONMENT | {"FAKE_WECHAT_PAY_KEYS": msgspec.json.encode(keys).decode()}

    desk = world_of(terms_of(given), None).pay

    assert desk
    assert desk.keys == keys
    assert world_of(terms_of(ENVIRONMENT), None).pay is None
    with pytest.raises(UsageError, match="FAKE_WECHAT_PAY_KEYS: cannot be read"):
        terms_of(ENVIRONMENT | {"FAKE_WECHAT_PAY_KEYS": '{"merchant_id": "1"}'})
