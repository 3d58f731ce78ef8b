"""A member pays at the fake WeChat Pay, asks for the invoice and reads that it was made."""

from typing import Any

import pytest

from domain.invoices.audit import INVARIANTS
from domain.kernel.audit import violations
from domain.kernel.clock import SHOP_ZONE, system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests import make
from tests.api.client import AS_STAFF
from tests.api.payments.malls import PayingMall, number_of, paying_mall
from tests.domain.orders.buying import a_shop
from tests.wechat import FakeWeChat
from workers.relay import relay_outbox

pytestmark = pytest.mark.usefixtures("redis")


async def say(mall: PayingMall, document: str, headers: dict[str, str], **given: object) -> Any:
    """What a mutation answers."""
    whole = {"requestId": str(make.an_id()), **given}
    answer = await mall.api.run(document, headers, input=whole)
    assert "errors" not in answer, answer
    return next(iter(answer["data"].values()))


async def test_from_the_payment_to_the_invoice_that_the_member_reads(
    settings: Settings, wechat: FakeWeChat, database: Database
):
    shop = await a_shop(database)
    title = {"titleKind": "PERSONAL", "title": "林晓", "email": "lin.xiao@example.cn"}
    async with paying_mall(settings, wechat, database) as mall:
        buyer = await mall.a_buyer()
        order = await mall.order(buyer, shop, 2)
        wish = {"orderId": order, **title}
        ask = "miniprogram/OrderRequestInvoice"
        too_soon = await say(mall, ask, buyer.headers, **wish)
        assert too_soon["__typename"] == "OrderNotInvoiceable"
        mall.pay.pay(number_of(await mall.begin(buyer, order)))
        await mall.pay.settled()
        invoice = (await say(mall, ask, buyer.headers, **wish))["invoice"]
        assert invoice["amount"] == 31_600

        today = system_clock().astimezone(SHOP_ZONE).date().isoformat()
        made = {"number": "25312000000000000001", "issuedOn": today, "amount": invoice["amount"]}
        issue = {"invoiceId": invoice["id"], "documentUrl": "https://tax.example/1.pdf", **made}
        saved = await say(mall, "playground/IssueInvoice", dict(AS_STAFF), **issue)
        assert saved["__typename"] == "InvoiceSaved"
        await relay_outbox(mall.sweeps)
        answer = await mall.api.run("miniprogram/OrderInvoices", buyer.headers, orderId=order)
        (mine,) = answer["data"]["orderInvoices"]
        assert (mine["status"], mine["documentUrl"]) == ("ISSUED", "https://tax.example/1.pdf")
        answer = await mall.api.run("miniprogram/Messages", buyer.headers)
        kinds = [edge["node"]["kind"] for edge in answer["data"]["messages"]["edges"]]
        assert sorted(kinds) == ["INVOICE_ISSUED", "ORDER_PAID"]
    async with database.writes() as session:
        for invariant in INVARIANTS:
            assert [row async for row in violations(session, invariant)] == [], invariant.name
