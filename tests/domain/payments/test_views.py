"""What the staff see of money, in a statement or two."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from domain.kernel.db import Database
from domain.kernel.money import Fen
from domain.payments import views
from domain.payments.clearing import LONGEST_UNAPPLIED
from domain.payments.ports import RefundState
from domain.payments.refunding import apply_refund
from domain.payments.rules import BETWEEN_REFUNDS
from domain.payments.words import (
    AttemptStatus,
    Attention,
    ClearingAccount,
    PaymentProvider,
    RefundStatus,
)
from tests.api.client import statements_run
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import EXPIRED, an_order, paid_in_vain, run_refunds
from tests.domain.payments.tills import Clock, MemoryGateway, a_till, attempts, prepaid
from tests.make import NOON, an_id

TOO_LATE = EXPIRED + LONGEST_UNAPPLIED + timedelta(seconds=1)


async def listed(database: Database, *, attention_only: bool = False, at: Clock) -> list[str]:
    """The numbers of all payments that are nowhere yet, two on a page, a page in two statements."""
    seen: list[str] = []
    after = None
    while True:
        before = statements_run()
        page = await views.unapplied_attempts(
            database.reads, attention_only=attention_only, at=at.now, first=2, after=after
        )
        assert statements_run() - before == (2 if page.items else 1)
        seen += [each.number for each in page.items]
        if not page.has_next:
            return seen
        after = page.items[-1].place


async def test_an_order_has_its_attempts_with_what_went_back_of_each(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    number = await paid_in_vain(database, shop, gateway, clock)
    await run_refunds(database, gateway, clock)
    (row,) = await attempts(database)
    before = statements_run()
    (attempt,) = await views.attempts_of(database.reads, row.order_id, at=TOO_LATE)
    assert statements_run() - before == 2
    assert (attempt.number, attempt.provider) == (number, PaymentProvider.WECHAT_PAY)
    assert attempt.number == f"{attempt.order_number}-1"
    assert (attempt.status, attempt.amount_fen) == (AttemptStatus.PAID, row.amount_fen)
    assert attempt.transaction_id == f"transaction-{number}"
    assert (attempt.unapplied_fen, attempt.unapplied_since, attempt.attention) == (0, None, None)
    (refund,) = attempt.refunds
    assert (refund.number, refund.status) == (f"{number}-R1", RefundStatus.SUCCEEDED)
    assert (refund.amount_fen, refund.payer_fen) == (row.amount_fen, row.amount_fen)
    assert refund.finished_at == EXPIRED


async def test_what_was_never_paid_is_told_in_one_statement(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    before = statements_run()
    (attempt,) = await views.attempts_of(database.reads, order.order_id, at=NOON)
    assert statements_run() - before == 1
    assert (attempt.status, attempt.paid_at, list(attempt.refunds)) == (
        AttemptStatus.PREPAID,
        None,
        [],
    )
    assert await views.attempts_of(database.reads, an_id(), at=NOON) == []


async def test_what_a_gateway_gives_up_again_and_again_is_told_by_its_latest(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    gateway.refund_state = RefundState.CLOSED
    number = await paid_in_vain(database, shop, gateway, clock)
    for _ in range(views.MOST_REFUNDS + 2):
        assert await run_refunds(database, gateway, clock) == 1
        clock.now += BETWEEN_REFUNDS
    (row,) = await attempts(database)
    (attempt,) = await views.attempts_of(database.reads, row.order_id, at=clock.now)
    told = [each.number for each in attempt.refunds]
    last = views.MOST_REFUNDS + 3
    assert told == [f"{number}-R{last - each}" for each in range(views.MOST_REFUNDS)]
    assert [each.status for each in attempt.refunds[:2]] == [
        RefundStatus.CREATED,
        RefundStatus.CLOSED,
    ]


async def test_unapplied_money_is_listed_the_longest_first_page_by_page(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    numbers: list[str] = []
    for _ in range(5):
        numbers.append(await paid_in_vain(database, shop, gateway, clock))
        clock.now += timedelta(seconds=1)
    assert await listed(database, at=clock) == numbers
    assert await listed(database, attention_only=True, at=clock) == []
    clock.now = TOO_LATE + timedelta(seconds=1)
    assert await listed(database, attention_only=True, at=clock) == numbers[:2]
    await run_refunds(database, gateway, clock)
    assert await listed(database, at=clock) == []


async def test_a_refund_that_nobody_can_take_needs_a_person_at_once(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    number = await paid_in_vain(database, shop, gateway, clock)
    gateway.refund_state = RefundState.ABNORMAL
    await run_refunds(database, gateway, clock)
    await paid_in_vain(database, shop, gateway, clock)
    page = await views.unapplied_attempts(
        database.reads, attention_only=True, at=clock.now, first=20, after=None
    )
    (attempt,) = page.items
    assert (attempt.number, attempt.attention) == (number, Attention.REFUND_ABNORMAL)
    assert attempt.refunds[0].status is RefundStatus.ABNORMAL
    # Somebody gave it to another account of the payer's in the console, and the gateway tells.
    told = replace(gateway.refunds[f"{number}-R1"], state=RefundState.SUCCEEDED)
    async with database.writes.begin() as session:
        await apply_refund(session, told, at=clock.now, random=Random(3))
    assert await listed(database, attention_only=True, at=clock) == []


@pytest.mark.parametrize(
    ("seconds", "attention"), [(0, None), (1, Attention.UNAPPLIED_TOO_LONG)], ids=["at", "after"]
)
async def test_it_is_too_long_when_the_alert_says_so(
    database: Database, seconds: int, attention: Attention | None
):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    await paid_in_vain(database, shop, gateway, clock)
    at = EXPIRED + LONGEST_UNAPPLIED + timedelta(seconds=seconds)
    page = await views.unapplied_attempts(
        database.reads, attention_only=False, at=at, first=1, after=None
    )
    assert [each.attention for each in page.items] == [attention]
    assert len(await listed(database, attention_only=True, at=Clock(at))) == seconds


async def test_the_accounts_tell_what_moved_and_what_stands(database: Database):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    member, order = await an_order(database, shop)
    paid = await prepaid(database, member, order, gateway)
    await a_till(database, gateway).applied(gateway.pay(paid))
    back = await paid_in_vain(database, shop, gateway, clock)
    await run_refunds(database, gateway, clock)
    clock.now += BETWEEN_REFUNDS
    stays = await paid_in_vain(database, shop, gateway, clock)
    fen = {each.number: each.amount_fen for each in await attempts(database)}

    before = statements_run()
    told = await views.accounts(database.reads, begins=NOON, ends=TOO_LATE)
    stands = await views.unapplied_now(database.reads)
    assert statements_run() - before == 2

    sums = {each.account: (each.in_fen, each.out_fen, each.balance_fen) for each in told}
    came = fen[paid] + fen[back] + fen[stays]
    assert sums == {
        ClearingAccount.GATEWAY: (fen[back], came, fen[back] - came),
        ClearingAccount.UNAPPLIED: (came, fen[paid] + fen[back], fen[stays]),
        ClearingAccount.ORDERS: (fen[paid], 0, fen[paid]),
        ClearingAccount.ELSEWHERE: (0, 0, 0),
    }
    assert sum(each.balance_fen for each in told) == 0
    assert (stands.amount_fen, stands.attempts) == (fen[stays], 1)
    assert stands.oldest is not None
    assert (stands.oldest.number, stands.oldest.since) == (stays, clock.now)
    assert stands.oldest.number == f"{stands.oldest.order_number}-1"

    # Of a time only what was recorded in it, whatever stands now.
    early = await views.accounts(database.reads, begins=NOON, ends=EXPIRED)
    assert {each.account: each.in_fen for each in early}[ClearingAccount.UNAPPLIED] == fen[paid]
    none = await views.accounts(database.reads, begins=TOO_LATE, ends=TOO_LATE + LONGEST_UNAPPLIED)
    assert {each.balance_fen for each in none} == {0}


async def test_where_all_is_somewhere_nothing_is_unapplied(database: Database):
    assert await views.unapplied_now(database.reads) == views.UnappliedView(Fen(0), 0, None)
