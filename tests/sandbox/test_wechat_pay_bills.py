"""Bills of the fake WeChat Pay: CSV as the vendor writes it, and what can be wrong with it."""

import gzip
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from domain.kernel.clock import SHOP_ZONE
from sandbox.wechat.pay.bill_tricks import BillTricks, ExtraRow
from sandbox.wechat.pay.billing import FUNDS, LIFETIME, TRADES
from tests.sandbox.pay_client import NUMBER, Merchant


def day_of(merchant: Merchant) -> str:
    """The day that it is."""
    return merchant.wechat.world.clock().astimezone(SHOP_ZONE).date().isoformat()


async def sheet(merchant: Merchant, path: str = TRADES) -> tuple[dict[str, Any], list[str]]:
    """Where the bill of the day is told to be, and its rows."""
    target = f"{path}?bill_date={day_of(merchant)}&tar_type=GZIP"
    told = (await merchant.get(target)).json()
    link = urlsplit(str(told["download_url"]))
    target = f"{link.path}?{link.query}"
    answer = await merchant.http.get(target, headers=merchant.headers("GET", target))
    assert answer.status_code == 200
    assert "wechatpay-signature" not in answer.headers
    content = gzip.decompress(answer.content)
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    assert (digest == told["hash_value"]) is not merchant.wechat.pay.desk.bill_tricks.wrong_hash
    return told, content.decode().removeprefix("\ufeff").split("\r\n")


async def test_a_day_is_told_row_by_row_with_its_sums(merchant: Merchant):
    merchant.wechat.pay.desk.bill_tricks = BillTricks(is_ready=True)
    await merchant.paid()
    merchant.wechat.pay.settings.refund_seconds = None
    await merchant.refund(fen=30)
    merchant.wechat.pay.finish_refund("R1")
    _, (header, paid, back, _, sums, end) = await sheet(merchant)
    names = header.split(",")
    paid_row = dict(zip(names, paid[1:].split(",`"), strict=True))
    back_row = dict(zip(names, back[1:].split(",`"), strict=True))
    assert (paid_row["商户订单号"], paid_row["订单金额"], paid_row["手续费"]) == (
        NUMBER,
        "1.00",
        "0.01000",
    )
    assert (back_row["商户退款单号"], back_row["申请退款金额"], back_row["退款状态"]) == (
        "R1",
        "0.30",
        "SUCCESS",
    )
    assert (sums, end) == ("`2,`1.00,`0.30,`0.00,`0.01000,`1.00,`0.30", "")
    _, funds = await sheet(merchant, FUNDS)
    assert funds[-2] == "`3,`1,`1.00,`2,`0.31"


async def test_bills_are_spoiled_as_it_is_asked_for(merchant: Merchant):
    await merchant.paid()
    extra = ExtraRow("stranger-1", 5, day_of(merchant))
    merchant.wechat.pay.desk.bill_tricks = BillTricks(
        without=[NUMBER], extra=[extra], wrong_hash=True, is_ready=True
    )
    _, rows = await sheet(merchant)
    assert "stranger-1" in rows[1]
    assert len(rows) == 5
    merchant.wechat.pay.desk.bill_tricks = BillTricks(amounts={NUMBER: 99}, is_ready=True)
    _, rows = await sheet(merchant)
    assert "`0.99" in rows[1]


async def test_a_day_that_is_not_over_has_no_bill_yet_and_a_quiet_one_has_none(merchant: Merchant):
    answer = await merchant.get(f"{TRADES}?bill_date={day_of(merchant)}")
    assert answer.json()["code"] == "STATEMENT_CREATING"
    now = merchant.wechat.world.clock().astimezone(SHOP_ZONE).date()
    quiet, old = now - timedelta(days=5), now - timedelta(days=100)
    answer = await merchant.get(f"{TRADES}?bill_date={quiet.isoformat()}")
    assert answer.json()["code"] == "NO_STATEMENT_EXIST"
    for wrong in (old.isoformat(), "yesterday"):
        answer = await merchant.get(f"{TRADES}?bill_date={wrong}")
        assert answer.json()["code"] == "PARAM_ERROR"


async def test_a_link_is_good_for_five_minutes(merchant: Merchant):
    merchant.wechat.pay.desk.bill_tricks = BillTricks(is_ready=True)
    await merchant.paid()
    await sheet(merchant)
    (file,) = merchant.wechat.pay.desk.bill_files.kept.values()
    left = file.ends_at - merchant.wechat.world.clock()
    assert timedelta() < left <= LIFETIME
