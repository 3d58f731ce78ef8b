"""Nothing that opens a door or names a person reaches a log line, also of the libraries below."""

import logging
import traceback
from collections.abc import Generator
from random import Random

import pytest
from redis.asyncio import Redis
from structlog.typing import EventDict
from typing_extensions import override

from domain.gateways.outside import Outside, open_outside
from domain.gateways.wechat.texts import TextScene
from domain.kernel.clock import system_clock
from domain.kernel.language import Language
from domain.kernel.outside import OutsideError
from domain.members.ports import CodeRefused
from domain.members.words import CodePurpose
from tests.domain.gateways.test_outside import settings_of
from tests.domain.gateways.wires import tcp_server
from tests.wechat import FakeWeChat

PHONE, SMS_CODE, WORDS = "+8613800138000", "749206", "送给妈妈的字"
PATHS = (
    "/sns/jscode2session",
    "/cgi-bin/stable_token",
    "/wxa/business/getuserphonenumber",
    "/wxa/msg_sec_check",
    "/cgi-bin/message/subscribe/send",
    "/sms",
)


class Lines(logging.Handler):
    """Keeps every line of every library, down to DEBUG, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("uvicorn"):
            # The fake WeChat itself, which this process serves as well.
            return
        error = record.exc_info[1] if record.exc_info else None
        self.text += f"{record.name} {record.getMessage()} {record.args} "
        self.text += "".join(traceback.format_exception(error)) if error else ""


@pytest.fixture
def lines() -> Generator[Lines]:
    """All that libraries log during a test."""
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


async def everything(outside: Outside, wechat: FakeWeChat) -> tuple[list[str], str]:
    """Make every call once; answers with what is secret of it, and with what failures say."""
    person = wechat.person("Lin", unionid=True, phone=PHONE)
    wechat.permit(person, "a-template")
    login_code, phone_code = wechat.login_code(person), wechat.phone_code(person)
    assert outside.login
    assert outside.phone
    assert outside.texts
    assert outside.messages
    assert outside.sms
    calls = [
        outside.login.session_of(login_code),
        outside.phone.phone_of(phone_code),
        outside.texts.check_text(person.openid, WORDS, TextScene.COMMENT),
        outside.messages.send(
            person.openid, "a-template", "", data={"thing1": WORDS}, language=Language.ZH
        ),
        outside.sms.send(PHONE, SMS_CODE, purpose=CodePurpose.SIGN_IN, language=Language.ZH),
    ]
    said = ""
    for call in calls:
        try:
            said += repr(await call)
        except (OutsideError, CodeRefused) as error:
            said += "".join(traceback.format_exception(error))
    secrets = [
        wechat.app_secret, wechat.sms_token, login_code, phone_code, person.openid,
        str(person.unionid), str(person.session_key), PHONE, PHONE[3:], SMS_CODE, WORDS,
    ]  # fmt: skip
    world = wechat.world
    token = world.tokens.stable(system_clock(), world.random, length=world.token_length)
    return [*secrets, token.value], said


@pytest.mark.parametrize("fault", [None, "busy", "broken", "garbage", "limited"])
async def test_nothing_secret_is_said_whatever_happens(
    fault: str | None,
    wechat: FakeWeChat,
    redis: Redis,
    lines: Lines,
    logged: list[EventDict],
):
    for path in PATHS if fault else ():
        wechat.fail(path, fault or "", times=5)
    async with open_outside(settings_of(wechat), system_clock, redis, Random(1)) as outside:
        secrets, said = await everything(outside, wechat)
    said += lines.text + repr(logged)
    assert [secret for secret in secrets if secret in said] == []
    assert len(wechat.calls()) >= 5 if fault is None else len(logged) >= 4


async def test_the_library_would_be_heard(lines: Lines, wechat: FakeWeChat, redis: Redis):
    names = ("aiohttp.client", "aiohttp.internal", "asyncio")
    async with open_outside(settings_of(wechat), system_clock, redis, Random(1)):
        for name in names:
            logging.getLogger(name).debug("said by %s", name)
        assert "said by aiohttp" not in lines.text
        for name in names:
            logging.getLogger(name).disabled = False
            logging.getLogger(name).debug("said by %s", name)
    assert [name for name in names if f"said by {name}" not in lines.text] == []


async def test_a_provider_that_is_away_gets_no_address_into_a_line(
    lines: Lines, wechat: FakeWeChat, redis: Redis, logged: list[EventDict]
):
    async with tcp_server(hang_up) as url:
        pass
    away = settings_of(wechat).model_copy(update={"wechat_url": url, "sms_url": url})
    async with open_outside(away, system_clock, redis, Random(1)) as outside:
        secrets, said = await everything(outside, wechat)
    assert "ConnectError" in said
    said += lines.text + repr(logged)
    assert [secret for secret in secrets if secret in said] == []


async def hang_up(*_: object) -> None:
    """Say nothing."""
