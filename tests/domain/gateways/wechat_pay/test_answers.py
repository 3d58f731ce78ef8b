"""What comes back: believed where it is signed, and each error as what it means."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from domain.gateways.wechat_pay.gateway import WeChatPay
from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.payments.ports import (
    AlreadyClosed,
    AlreadyPaid,
    GatewayState,
    NumberTaken,
    RefundState,
    RefundWish,
    UnknownPayment,
)
from tests.domain.gateways.wechat_pay.desks import (
    PROBE,
    REFUND,
    SEED,
    TRANSACTION,
    VENDOR,
    open_gateway,
)
from tests.domain.gateways.wires import Away, Reply, Wire, reply
from tests.make import NOON

NUMBER, REFUND_NUMBER = "P202611280001", "R202611280001"
Asking = Callable[[WeChatPay], Awaitable[object]]
PREPAY: Asking = lambda pay: pay.prepay(b"{}")  # noqa: E731
QUERY: Asking = lambda pay: pay.query(NUMBER)  # noqa: E731
CLOSE: Asking = lambda pay: pay.close(NUMBER)  # noqa: E731
GIVE_BACK: Asking = lambda pay: pay.refund(  # noqa: E731
    RefundWish(REFUND_NUMBER, NUMBER, 888, 888, "晚")
)
QUERY_REFUND: Asking = lambda pay: pay.query_refund(REFUND_NUMBER)  # noqa: E731


async def asked(call: Asking, *answers: Reply) -> object:
    """Ask once."""
    async with open_gateway(Wire(list(answers))) as pay:
        return await call(pay)


async def failure(call: Asking, *answers: Reply) -> Exception:
    """What a call fails with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - it is looked at
        await asked(call, *answers)
    return caught.value


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("NOTPAY", GatewayState.NOT_PAID),
        ("USERPAYING", GatewayState.NOT_PAID),
        ("PAYERROR", GatewayState.NOT_PAID),
        ("CLOSED", GatewayState.CLOSED),
        ("REVOKED", GatewayState.CLOSED),
        ("SUCCESS", GatewayState.PAID),
        ("REFUND", GatewayState.REFUNDED),
    ],
)
async def test_a_payment_stands_as_wechat_pay_says(told: str, state: GatewayState):
    content = TRANSACTION | {"trade_state": told}
    is_paid = state in {GatewayState.PAID, GatewayState.REFUNDED}
    if not is_paid:
        content |= {"transaction_id": "", "success_time": ""}
        del content["amount"]
    async with open_gateway(Wire([VENDOR.reply(content)])) as pay:
        payment = await pay.query(NUMBER)
    assert payment.state is state
    assert payment.amount_fen == (888 if is_paid else None)


async def test_a_refund_that_is_under_way_is_told():
    async with open_gateway(Wire([VENDOR.reply(REFUND)])) as pay:
        refund = await pay.query_refund(REFUND_NUMBER)
    assert refund.state is RefundState.PROCESSING
    assert (refund.amount_fen, refund.payer_fen, refund.succeeded_at) == (888, 880, None)


MEANINGS = [
    (PREPAY, 400, "ORDERPAID", "", AlreadyPaid),
    (PREPAY, 400, "INVALID_REQUEST", "该订单已支付", AlreadyPaid),
    (PREPAY, 400, "ORDER_CLOSED", "订单已关闭", AlreadyClosed),
    (PREPAY, 400, "INVALID_REQUEST", "订单已关闭", AlreadyClosed),
    (PREPAY, 403, "OUT_TRADE_NO_USED", "商户订单号重复", NumberTaken),
    (PREPAY, 400, "INVALID_REQUEST", "201 商户订单号重复", NumberTaken),
    (PREPAY, 400, "INVALID_REQUEST", "其他", OutsideRejected),
    (PREPAY, 404, "ORDER_NOT_EXIST", "", OutsideRejected),
    (QUERY, 404, "ORDER_NOT_EXIST", "订单不存在", UnknownPayment),
    (CLOSE, 404, "ORDER_NOT_EXIST", "", UnknownPayment),
    (CLOSE, 400, "ORDERPAID", "", AlreadyPaid),
    (GIVE_BACK, 404, "RESOURCE_NOT_EXISTS", "", UnknownPayment),
    (GIVE_BACK, 403, "NOT_ENOUGH", "", OutsideRejected),
    (QUERY_REFUND, 404, "RESOURCE_NOT_EXISTS", "", UnknownPayment),
    (PREPAY, 401, "SIGN_ERROR", "", OutsideMisconfigured),
    (PREPAY, 403, "NO_AUTH", "", OutsideMisconfigured),
    (PREPAY, 400, "MCH_NOT_EXISTS", "", OutsideMisconfigured),
    (PREPAY, 400, "APPID_MCHID_NOT_MATCH", "", OutsideMisconfigured),
    (PREPAY, 429, "FREQUENCY_LIMITED", "", OutsideLimited),
    (PREPAY, 403, "FREQUENCY_LIMITED", "", OutsideLimited),
    (PREPAY, 429, "ANYTHING", "", OutsideLimited),
    (PREPAY, 500, "SYSTEM_ERROR", "", OutsideUnavailable),
    (PREPAY, 400, "BANK_ERROR", "", OutsideUnavailable),
    (PREPAY, 502, "ORDERPAID", "", OutsideUnavailable),
    (PREPAY, 400, "PARAM_ERROR", "", OutsideRejected),
    (PREPAY, 403, "RULE_LIMIT", "", OutsideRejected),
    (PREPAY, 404, "", "", OutsideMisconfigured),
    (PREPAY, 302, "ORDERPAID", "", OutsideMisconfigured),
]


SAID_BY_ANYBODY = {OutsideMisconfigured, OutsideLimited, OutsideUnavailable}


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize(("call", "status", "code", "message", "expected"), MEANINGS)
async def test_each_error_is_what_it_means(
    call: Asking,
    status: int,
    code: str,
    message: str,
    expected: type[Exception],
    *,
    is_signed: bool,
):
    body = {"code": code, "message": message, "detail": {"field": "x"}}
    error = await failure(call, VENDOR.reply(body, status) if is_signed else reply(body, status))
    # What anybody may have said says nothing of a payment.
    is_believed = is_signed or expected in SAID_BY_ANYBODY
    assert type(error) is (expected if is_believed else OutsideUnavailable)
    if isinstance(error, OutsideUnavailable):
        assert error.may_have_happened


async def test_what_is_closed_already_is_closed():
    assert await asked(CLOSE, VENDOR.reply()) is None
    assert await asked(CLOSE, VENDOR.reply({"code": "ORDER_CLOSED"}, 400)) is None


async def test_the_number_of_a_call_is_kept_for_the_vendors_support():
    told = VENDOR.reply({"code": "PARAM_ERROR"}, 400)
    number = {"request-id": "08F9B5CBD006-0"}
    error = await failure(PREPAY, replace(told, headers={**told.headers, **number}))
    assert isinstance(error, OutsideError)
    assert error.reference == "08F9B5CBD006-0"


PREPAID = VENDOR.reply({"prepay_id": "wx1"})
UNBELIEVED = {
    "unsigned": reply({"prepay_id": "wx1"}),
    "a probe": replace(PREPAID, headers={**PREPAID.headers, "Wechatpay-Signature": PROBE}),
    "of a stranger": replace(VENDOR, key="stranger").reply({"prepay_id": "wx1"}),
    "changed": replace(PREPAID, content=PREPAID.content.replace(b"1", b"2")),
    "old": replace(VENDOR, at=NOON - timedelta(seconds=301)).reply({"prepay_id": "wx1"}),
    "unsigned and empty": Reply(204),
    "a refusal of a stranger": replace(VENDOR, key="stranger").reply({"code": "ORDERPAID"}, 400),
    "no prepay id": VENDOR.reply({}),
    "an odd prepay id": VENDOR.reply({"prepay_id": "a b"}),
    "a list": VENDOR.reply([]),
    "nothing": VENDOR.reply(),
}


@pytest.mark.parametrize("answer", UNBELIEVED.values(), ids=UNBELIEVED)
async def test_what_is_not_believed_may_have_happened(answer: Reply):
    error = await failure(PREPAY, answer)
    assert isinstance(error, OutsideUnavailable)
    assert error.may_have_happened


@pytest.mark.parametrize("call", [QUERY, QUERY_REFUND, GIVE_BACK])
async def test_the_answer_to_another_question_is_not_believed(call: Asking):
    content = TRANSACTION | REFUND | {"out_trade_no": "P2", "out_refund_no": "R2"}
    error = await failure(call, VENDOR.reply(content))
    assert isinstance(error, OutsideUnavailable)
    assert error.code == "other_number"


async def test_the_other_host_is_asked_only_where_nothing_was_sent():
    away, backup = Away(), Wire([PREPAID])
    async with open_gateway(away, backup) as pay:
        assert await pay.prepay(b"{}") == "wx1"
    (request,) = backup.requests
    assert away.attempts == 1
    # Both were given one and the same request: it has the first nonce that was drawn.
    assert f"{Random(SEED).getrandbits(128):032X}" in request.headers["authorization"]
    for fails in (None, Reply(500), reply({"prepay_id": "wx1"})):
        backup = Wire([PREPAID])
        async with open_gateway(Wire([fails]), backup) as pay:
            with pytest.raises(OutsideUnavailable) as caught:
                await pay.prepay(b"{}")
        assert caught.value.may_have_happened
        assert backup.requests == []


@pytest.mark.parametrize(("silent", "code"), [(False, "ConnectError"), (True, "ConnectTimeout")])
async def test_where_no_host_is_reached_nothing_has_happened(*, silent: bool, code: str):
    away = Away(silent=silent)
    async with open_gateway(away, away) as pay:
        with pytest.raises(OutsideUnavailable) as caught:
            await pay.prepay(b"{}")
    assert (caught.value.code, caught.value.may_have_happened) == (code, False)
    assert away.attempts == 2
