"""What the staff see of money, through their trusted documents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.kernel.actors import Role
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.payments.ports import RefundState
from tests import make
from tests.api.client import statements_run
from tests.api.staff.desk import a_store, at_pad, desk_of, someone
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import (
    EXPIRED,
    LATER,
    an_order,
    paid_in_vain,
    run_refunds,
)
from tests.domain.payments.tills import APP, Clock, MemoryGateway, a_till, attempts, prepaid
from tests.make import NOON

SCREENS = ("PaymentAttempts", "UnappliedPayments", "Clearing")


async def in_vain(database: Database, count: int = 1) -> list[str]:
    """The numbers of payments whose first refund the payer's account cannot take."""
    gateway, shop = MemoryGateway(refund_state=RefundState.ABNORMAL), await a_shop(database)
    numbers = [await paid_in_vain(database, shop, gateway, Clock(EXPIRED))]
    await run_refunds(database, gateway, Clock(EXPIRED))
    for later in range(1, count):
        clock = Clock(EXPIRED + timedelta(seconds=later))
        numbers.append(await paid_in_vain(database, shop, gateway, clock))
    return numbers


def given(screen: str, order_id: UUID | None = None) -> dict[str, object]:
    """The variables of a screen."""
    order = public_id("order", order_id or make.an_id())
    return {"orderId": order} if screen == "PaymentAttempts" else {}


@pytest.mark.parametrize("screen", SCREENS)
async def test_who_keeps_the_books_sees_money_and_nobody_else(database: Database, screen: str):
    store = await a_store(database)
    seeing = (Role.FINANCE, Role.OPERATOR, Role.OWNER)
    for role in Role:
        desk = desk_of(database, await someone(database, role, store))
        before = statements_run()
        answer = await desk.run(f"playground/{screen}", **given(screen))
        if role in seeing:
            assert "errors" not in answer, role
        else:
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN", role
            assert statements_run() == before
    padded = at_pad(await someone(database, Role.OWNER), make.an_id(), store)
    assert await desk_of(database, padded).code(f"playground/{screen}", **given(screen)) == (
        "FORBIDDEN"
    )


async def test_nobody_is_told_who_the_payer_is_at_the_gateway(database: Database):
    await in_vain(database)
    (row,) = await attempts(database)
    desk = desk_of(database, await someone(database, Role.FINANCE))
    for screen in SCREENS:
        told = str(await desk.see(screen, **given(screen, row.order_id)))
        assert row.number in told
        for secret in (row.payer, row.prepay_id, APP):
            assert secret
            assert secret not in told


async def test_an_order_is_told_with_its_payments_and_what_goes_back(database: Database):
    (number,) = await in_vain(database)
    (row,) = await attempts(database)
    desk = desk_of(database, await someone(database, Role.FINANCE))
    (attempt,) = await desk.see("PaymentAttempts", orderId=public_id("order", row.order_id))
    assert (attempt["number"], attempt["provider"], attempt["status"]) == (
        number,
        "WECHAT_PAY",
        "PAID",
    )
    assert (attempt["amount"], attempt["unapplied"]) == (row.amount_fen, row.amount_fen)
    assert attempt["attention"] == "REFUND_ABNORMAL"
    (refund,) = attempt["refunds"]
    assert (refund["status"], refund["reason"]) == ("ABNORMAL", "LATE_PAYMENT")
    assert refund["gatewayId"] == f"gateway-{number}-R1"
    assert await desk.code("playground/PaymentAttempts", orderId="member_1") == "BAD_INPUT"


@pytest.mark.parametrize("language", Language)
async def test_an_order_tells_when_and_through_which_gateway_it_was_paid(
    database: Database, language: Language
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    number = await prepaid(database, member, order, gateway)
    await a_till(database, gateway, Clock(LATER)).applied(gateway.pay(number))
    desk = desk_of(database, await someone(database, Role.FINANCE))
    shown = await replace(desk, language=language).see(
        "StaffOrder", id=public_id("order", order.order_id)
    )
    move = shown["history"][-1]
    assert (move["toStatus"], move["at"]) == ("PAID", LATER.isoformat())
    name = {Language.ZH: "微信支付", Language.EN: "WeChat Pay"}[language]
    assert move["actor"] == {"id": "gateway_wechat_pay", "name": name}
    assert shown["paidAt"] == LATER.isoformat()


async def test_what_needs_a_person_is_a_list_of_its_own(database: Database):
    first, *others = await in_vain(database, 3)
    desk = desk_of(database, await someone(database, Role.OPERATOR))

    def numbers(page: dict[str, Sequence[dict[str, dict[str, str]]]]) -> list[str]:
        return [edge["node"]["number"] for edge in page["edges"]]

    assert numbers(await desk.see("UnappliedPayments", attentionOnly=True)) == [first]
    page = await desk.see("UnappliedPayments", first=2)
    assert numbers(page) == [first, others[0]]
    assert page["pageInfo"]["hasNextPage"] is True
    after = page["pageInfo"]["endCursor"]
    page = await desk.see("UnappliedPayments", first=2, after=after)
    assert numbers(page) == others[1:]
    assert page["pageInfo"]["hasNextPage"] is False
    for wrong in ({"first": 101}, {"first": 0}, {"after": f"placed_{make.an_id().hex}.1"}):
        assert await desk.code("playground/UnappliedPayments", **wrong) == "BAD_INPUT"


async def test_the_clearing_tells_what_moved_and_the_oldest_that_stands(database: Database):
    numbers = await in_vain(database, 2)
    rows = {each.number: each for each in await attempts(database)}
    fen = sum(each.amount_fen for each in rows.values())
    desk = desk_of(database, await someone(database, Role.FINANCE))
    told = await desk.see(
        "Clearing", recordedFrom=NOON.isoformat(), recordedUntil="2026-11-12T12:00:00+08:00"
    )
    assert told["accounts"] == [
        {"account": "GATEWAY", "in": 0, "out": fen, "balance": -fen},
        {"account": "UNAPPLIED", "in": fen, "out": 0, "balance": fen},
        {"account": "ORDERS", "in": 0, "out": 0, "balance": 0},
        {"account": "ELSEWHERE", "in": 0, "out": 0, "balance": 0},
    ]
    oldest = rows[numbers[0]]
    assert told["unapplied"] == {
        "amount": fen,
        "attempts": 2,
        "oldest": {
            "orderId": public_id("order", oldest.order_id),
            "orderNumber": oldest.number.removesuffix("-1"),
            "number": oldest.number,
            "amount": oldest.amount_fen,
            "since": EXPIRED.isoformat(),
        },
    }
    # Until now, which is noon, nothing of it was recorded; what stands is told all the same.
    today = await desk.see("Clearing")
    assert {each["balance"] for each in today["accounts"]} == {0}
    assert today["recordedUntil"] == NOON.isoformat()
    assert today["unapplied"] == told["unapplied"]


@pytest.mark.parametrize(
    ("begins", "ends", "is_right"),
    [
        ("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00", True),
        ("2026-10-01T00:00:00+08:00", "2026-11-01T00:00:01+08:00", False),
        ("2026-10-01T00:00:00+08:00", "2026-10-01T00:00:00+08:00", False),
        ("2026-10-02T00:00:00+08:00", "2026-10-01T00:00:00+08:00", False),
    ],
)
async def test_a_time_is_a_month_at_the_most(
    database: Database, begins: str, ends: str, *, is_right: bool
):
    desk = desk_of(database, await someone(database, Role.FINANCE))
    before = statements_run()
    answer = await desk.run("playground/Clearing", recordedFrom=begins, recordedUntil=ends)
    assert ("errors" not in answer) is is_right
    assert statements_run() - before == (2 if is_right else 0)
    if not is_right:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"
        assert "recordedUntil" in answer["errors"][0]["message"]
