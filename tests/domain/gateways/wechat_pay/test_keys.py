"""Whom we believe: both kinds of keys, a switch between them, and certificates that change."""

import asyncio

import pytest

from domain.kernel.outside import OutsideMisconfigured, OutsideUnavailable
from domain.payments.ports import UntrustedNotice
from tests.domain.gateways.wechat_pay.desks import (
    API_KEY,
    FIRST,
    FIRST_SERIAL,
    NEXT,
    NEXT_SERIAL,
    TRANSACTION,
    VENDOR,
    Vendor,
    open_gateway,
)
from tests.domain.gateways.wires import HandClock, Reply, Wire, reply
from tests.make import NOON

PAID = "TRANSACTION.SUCCESS"
NUMBER = "P202611280001"
LIST = VENDOR.certificates(FIRST_SERIAL)
BOTH = VENDOR.certificates(NEXT_SERIAL, FIRST_SERIAL)
NONE = reply({"code": "RESOURCE_NOT_EXISTS", "message": "无可用的平台证书"}, 404)


def paths(wire: Wire) -> list[str]:
    """What was asked."""
    return [request.path for request in wire.requests]


async def test_certificates_are_fetched_once_and_named_in_requests():
    wire = Wire([LIST, FIRST.reply(TRANSACTION)])
    async with open_gateway(wire, public_key=False) as pay:
        for _ in range(2):
            assert (await pay.query(NUMBER)).number == NUMBER
    assert paths(wire)[0] == "/v3/certificates"
    assert len(wire.requests) == 3
    assert "wechatpay-serial" not in wire.requests[0].headers
    assert wire.requests[1].headers["wechatpay-serial"] == FIRST_SERIAL


async def test_while_a_merchant_moves_both_kinds_of_notices_are_read():
    wire = Wire([VENDOR.certificates(FIRST_SERIAL)])
    async with open_gateway(wire) as pay:
        for vendor in (VENDOR, FIRST, VENDOR, FIRST):
            assert (await pay.read_notice(*vendor.notice(PAID, TRANSACTION), at=NOON)).about
    assert paths(wire) == ["/v3/certificates"]


async def test_fifty_who_need_a_new_certificate_wait_for_one_call():
    clock = HandClock()
    wire = Wire([LIST, FIRST.reply(TRANSACTION), BOTH])
    async with open_gateway(wire, public_key=False, clock=clock) as pay:
        await pay.query(NUMBER)
        clock.advance(minutes=2)
        headers, body = NEXT.notice(PAID, TRANSACTION)
        notices = await asyncio.gather(
            *(pay.read_notice(headers, body, at=NOON) for _ in range(50))
        )
    assert all(notice.about for notice in notices)
    assert paths(wire).count("/v3/certificates") == 2


async def test_an_answer_signed_by_a_new_certificate_is_read_and_nothing_asked_again():
    clock = HandClock()
    wire = Wire([LIST, FIRST.reply(TRANSACTION), NEXT.reply(TRANSACTION), BOTH])
    async with open_gateway(wire, public_key=False, clock=clock) as pay:
        await pay.query(NUMBER)
        clock.advance(minutes=2)
        assert (await pay.query(NUMBER)).number == NUMBER
    assert len(wire.requests) == 4


async def test_a_stranger_makes_us_fetch_once_a_minute_at_most():
    clock = HandClock()
    wire = Wire([LIST])
    async with open_gateway(wire, clock=clock) as pay:
        for number in range(100):
            forged = Vendor(serial=f"{number:040X}", key="stranger").notice(PAID, TRANSACTION)
            with pytest.raises(UntrustedNotice, match="unknown_serial"):
                await pay.read_notice(*forged, at=NOON)
        assert len(wire.requests) == 1
        clock.advance(seconds=61)
        with pytest.raises(UntrustedNotice, match="unknown_serial"):
            await pay.read_notice(*Vendor(serial="F" * 40).notice(PAID, TRANSACTION), at=NOON)
    assert len(wire.requests) == 2


async def test_a_merchant_without_certificates_believes_none():
    wire = Wire([NONE])
    async with open_gateway(wire) as pay:
        for _ in range(2):
            with pytest.raises(UntrustedNotice, match="unknown_serial"):
                await pay.read_notice(*FIRST.notice(PAID, TRANSACTION), at=NOON)
    assert len(wire.requests) == 1


async def test_certificates_are_renewed_long_before_they_end_and_kept_where_that_fails():
    clock = HandClock()
    wire = Wire([LIST, FIRST.reply(TRANSACTION), Reply(500)])
    async with open_gateway(wire, public_key=False, clock=clock) as pay:
        await pay.query(NUMBER)
        clock.advance(hours=13)
        headers, body = FIRST.notice(PAID, TRANSACTION)
        for _ in range(2):
            assert (await pay.read_notice(headers, body, at=NOON)).about
            await asyncio.sleep(0.01)
    assert paths(wire)[2:] == ["/v3/certificates"]


async def test_a_certificate_that_has_ended_signs_nothing():
    clock = HandClock()
    wire = Wire([VENDOR.certificates(FIRST_SERIAL, days=1), FIRST.reply(TRANSACTION), Reply(500)])
    async with open_gateway(wire, public_key=False, clock=clock) as pay:
        await pay.query(NUMBER)
        clock.advance(days=1)
        with pytest.raises(OutsideUnavailable):
            await pay.read_notice(*FIRST.notice(PAID, TRANSACTION), at=NOON)


async def test_a_list_sealed_with_another_key_means_that_ours_is_wrong():
    wire = Wire([VENDOR.certificates(FIRST_SERIAL, key=API_KEY[::-1])])
    async with open_gateway(wire, public_key=False) as pay:
        with pytest.raises(OutsideMisconfigured, match="api_key"):
            await pay.query(NUMBER)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, LIST.content),
        Reply(200, LIST.content + b" ", LIST.headers),
        NEXT.reply({"data": []}),
        NEXT.reply({"data": [{"serial_no": "x"}]}),
        Reply(503),
    ],
)
async def test_a_list_that_is_not_wechat_pays_is_not_taken_and_nothing_has_happened(answer: Reply):
    wire = Wire([answer])
    async with open_gateway(wire, public_key=False) as pay:
        with pytest.raises(OutsideUnavailable) as caught:
            await pay.query(NUMBER)
    assert not caught.value.may_have_happened
    assert len(wire.requests) == 1
