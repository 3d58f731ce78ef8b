"""Nothing of a payment, a payer or a key reaches a log line, also of the libraries below."""

import asyncio
import traceback

import pytest
from structlog.typing import EventDict

from domain.kernel.outside import OutsideError, OutsideUnavailable
from domain.payments.ports import PrepayWish, RefundWish, UntrustedNotice
from tests.domain.gateways.test_wechat_silence import Lines, lines
from tests.domain.gateways.wechat_pay.desks import (
    API_KEY,
    PROBE,
    REFUND,
    TRANSACTION,
    VENDOR,
    open_gateway,
    private_pem,
    rsa_key,
)
from tests.domain.gateways.wires import Reply, Wire, tcp_server
from tests.make import NOON

__all__ = ["lines"]
OPENID, NUMBER, REASON = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "P202611280001", "送给妈妈的字"
SECRETS = [
    OPENID, NUMBER, "R202611280001", REASON, API_KEY, "1217752501201407033233368018",
    "招商银行信用卡0403", private_pem(rsa_key("merchant"))[40:80], "WECHATPAY2-SHA256",
    "不给看的话",
]  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        VENDOR.reply(TRANSACTION | REFUND | {"prepay_id": "wx1"}),
        VENDOR.reply({"code": "PARAM_ERROR", "message": "不给看的话"}, 400),
        VENDOR.reply({"code": "SIGN_ERROR", "message": "不给看的话"}, 401),
        Reply(500, "不给看的话".encode()),
        Reply(200, "不给看的话".encode()),
    ],
)
async def test_nothing_secret_is_said_whatever_happens(
    answer: Reply, lines: Lines, logged: list[EventDict]
):
    said = ""
    async with open_gateway(Wire([answer])) as pay:
        headers, body = VENDOR.notice("TRANSACTION.SUCCESS", TRANSACTION)
        wish = PrepayWish(NUMBER, 888, REASON, OPENID, NOON)
        for call in (
            pay.prepay(pay.prepay_request(wish)),
            pay.query(NUMBER),
            pay.close(NUMBER),
            pay.refund(RefundWish("R202611280001", NUMBER, 888, 888, REASON)),
            pay.query_refund("R202611280001"),
            pay.read_notice(headers, body, at=NOON),
            pay.read_notice(headers | {"Wechatpay-Signature": PROBE}, body, at=NOON),
        ):
            try:
                await call
            except (OutsideError, UntrustedNotice) as error:
                said += "".join(traceback.format_exception(error))
        said += repr(vars(pay))
    said += lines.text + repr(logged)
    assert [secret for secret in SECRETS if secret in said] == []
    assert logged


async def test_a_vendor_that_says_nothing_may_have_done_it():
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with tcp_server(hang) as url, open_gateway(url) as pay:
        with pytest.raises(OutsideUnavailable) as caught:
            await pay.close(NUMBER)
    assert (caught.value.code, caught.value.may_have_happened) == ("ReadTimeout", True)
