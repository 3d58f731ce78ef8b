"""The SMS gateway: one neutral request, handed over once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson
import pytest

from domain.gateways.sms import HttpSms
from domain.gateways.transport import Patience, open_transport
from domain.kernel.language import Language
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.members.words import CodePurpose
from tests.domain.gateways.desks import HURRIED
from tests.domain.gateways.wires import Reply, Wire
from tests.wechat import SMS_TOKEN, FakeWeChat

PHONE, CODE = "+8613800138000", "123456"


@asynccontextmanager
async def address_of(gateway: FakeWeChat | Wire) -> AsyncGenerator[str]:
    """Where it takes messages."""
    if isinstance(gateway, FakeWeChat):
        yield gateway.sms_url
        return
    async with gateway.served() as url:
        yield f"{url}/v1/send"


async def send(
    gateway: FakeWeChat | Wire,
    *,
    token: str = SMS_TOKEN,
    purpose: CodePurpose = CodePurpose.SIGN_IN,
    language: Language = Language.ZH,
    patience: Patience | None = None,
) -> None:
    """Send one message."""
    async with (
        address_of(gateway) as url,
        open_transport(url, service="sms", patience=patience) as transport,
    ):
        sms = HttpSms(transport, token=token)
        await sms.send(PHONE, CODE, purpose=purpose, language=language)


@pytest.mark.parametrize(("language", "written"), [(Language.ZH, "zh"), (Language.EN, "en")])
async def test_a_code_arrives_in_its_language(language: Language, written: str, wechat: FakeWeChat):
    await send(wechat, language=language)
    (message,) = wechat.messages().sms
    assert (message.phone, message.code) == (PHONE, CODE)
    assert (message.language, message.purpose) == (written, "sign_in")


@pytest.mark.parametrize("purpose", CodePurpose)
async def test_the_message_says_what_its_code_is_for(purpose: CodePurpose, wechat: FakeWeChat):
    await send(wechat, purpose=purpose)
    assert [message.purpose for message in wechat.messages().sms] == [purpose.value]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_the_request_is_the_neutral_one_and_any_success_will_do(status: int):
    wire = Wire([Reply(status)])
    await send(wire)
    (request,) = wire.requests
    assert (request.method, request.target) == ("POST", "/v1/send")
    assert request.headers["authorization"] == f"Bearer {SMS_TOKEN}"
    assert orjson.loads(request.content) == {
        "phone": PHONE,
        "code": CODE,
        "language": "zh",
        "purpose": "sign_in",
    }


async def test_a_wrong_token_is_the_malls_own_fault(wechat: FakeWeChat):
    with pytest.raises(OutsideMisconfigured):
        await send(wechat, token="wrong-token-0123456789")  # noqa: S106
    assert list(wechat.messages().sms) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("busy", OutsideUnavailable),
        ("broken", OutsideUnavailable),
        ("limited", OutsideLimited),
        ("refused", OutsideRejected),
    ],
)
async def test_a_message_that_is_not_taken_over_is_sent_once(
    kind: str, expected: type[OutsideError], wechat: FakeWeChat
):
    wechat.fail("/sms", kind)
    with pytest.raises(expected):
        await send(wechat)
    assert len(wechat.calls("/sms")) == 1


async def test_a_message_whose_answer_was_lost_may_arrive(wechat: FakeWeChat):
    wechat.fail("/sms", "lost")
    with pytest.raises(OutsideUnavailable) as caught:
        await send(wechat, patience=HURRIED)
    assert caught.value.may_have_happened
    assert len(wechat.messages().sms) == 1
