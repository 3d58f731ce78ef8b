"""Turns of duties: taken once, cut off anywhere, and with what changes meanwhile."""

import asyncio
from datetime import timedelta

import asyncpg
from sqlalchemy import update

from domain.kernel.db import Database
from domain.kernel.outside import OutsideUnavailable
from domain.orders.shipping.models import Shipment
from domain.payments.models import PaymentAttempt
from domain.shipping_duty.beginning import begin, money_returned, parcels_changed
from domain.shipping_duty.ports import ShippingProblem, ShippingRefused
from domain.shipping_duty.rules import MOST_UNKNOWN, STUCK_AFTER
from domain.shipping_duty.standing import figures
from domain.shipping_duty.turns import LEASE
from domain.shipping_duty.words import DutyStatus, PlatformState
from tests.domain.orders.buying import a_shop
from tests.domain.payments.tills import Clock
from tests.domain.shipping_duty.duties import (
    MemoryWeChat,
    a_paid_order,
    a_teller,
    attempt_of,
    broken,
    duty_of,
    relayed,
    sent,
    worked,
)
from tests.make import NOON


async def test_of_many_workers_one_tells_each(database: Database):
    shop, wechat = await a_shop(database), MemoryWeChat()
    orders = [await a_paid_order(database, shop) for _ in range(3)]
    for order_id in orders:
        await sent(database, order_id)
    teller = a_teller(database, wechat)
    done = await asyncio.gather(*(worked(teller) for _ in range(4)))
    assert sum(done) == 3
    assert len({each.key.number for each in wechat.told}) == len(wechat.told) == 3


async def test_a_turn_that_nobody_ended_begins_with_asking(database: Database):
    clock, wechat = Clock(), MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)
    teller = a_teller(database, wechat, clock)
    _, (turn,) = await teller.take(10)
    assert turn.parcels is not None
    await wechat.upload(turn.parcels)
    assert await worked(teller) == 0, "the turn is another's"
    clock.now += LEASE
    assert await worked(teller) == 1
    assert wechat.calls == ["upload", "ask"]
    assert (await duty_of(database, order_id)).status is DutyStatus.ACCEPTED
    # Whoever comes back late has nothing to say any more.
    await teller.do(turn)
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.corrections) == (DutyStatus.ACCEPTED, 0)


async def test_what_is_sent_while_wechat_is_told_is_told_in_another_turn(database: Database):
    wechat = MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id, "YT10203040", units=1)
    teller = a_teller(database, wechat)
    _, (turn,) = await teller.take(10)
    await sent(database, order_id, "YT10203041")
    # It is due again, and taken again, before the first one is back.
    await teller.do(turn)
    duty = await duty_of(database, order_id)
    assert duty.status is DutyStatus.DUE
    assert await worked(teller) == 1
    assert (await duty_of(database, order_id)).status is DutyStatus.ACCEPTED
    assert [len(each.content.parcels) for each in wechat.told] == [1, 2]
    first, second = (each.upload_at for each in wechat.told)
    assert first < second


async def test_facts_that_come_twice_or_late_change_nothing(database: Database):
    wechat = MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)
    await worked(a_teller(database, wechat))
    async with database.writes.begin() as session:
        await begin(session, [order_id, order_id], at=NOON)
        await parcels_changed(session, [order_id], at=NOON)
    assert await worked(a_teller(database, wechat)) == 0
    duty = await duty_of(database, order_id)
    assert (duty.status, len(wechat.told)) == (DutyStatus.ACCEPTED, 1)


async def test_what_is_not_heard_for_many_tries_is_stuck_and_goes_on(database: Database):
    clock, wechat = Clock(), MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)

    def away(_call: str) -> None:
        raise OutsideUnavailable("ConnectError", may_have_happened=False)

    wechat.before = away
    teller = a_teller(database, wechat, clock)
    for _ in range(STUCK_AFTER + 3):
        await worked(teller)
        clock.now += timedelta(hours=1)
    async with database.writes() as session:
        stands = await figures(session, at=NOON + timedelta(hours=49))
    assert (stands.stuck, stands.frozen_fen) == (1, 31_600)
    assert stands.oldest_due_at == (await duty_of(database, order_id)).due_at
    wechat.before = lambda call: None
    await worked(teller)
    assert (await duty_of(database, order_id)).status is DutyStatus.ACCEPTED


async def test_a_payment_that_wechat_never_knows_is_for_people_in_the_end(database: Database):
    clock, wechat = Clock(), MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)

    def unknown(call: str) -> None:
        if call == "upload":
            raise ShippingRefused(ShippingProblem.UNKNOWN_PAYMENT, "10060001")

    wechat.before = unknown
    teller = a_teller(database, wechat, clock)
    for _ in range(MOST_UNKNOWN):
        await worked(teller)
        clock.now += timedelta(hours=1)
    assert (await duty_of(database, order_id)).status is DutyStatus.DUE
    await worked(teller)
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.problem) == (DutyStatus.FAILED, "10060001")


async def test_money_that_went_back_is_nothing_to_tell_of(
    database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
):
    order_id = await a_paid_order(database, await a_shop(database))
    attempt = await attempt_of(database, order_id)
    back = (
        "INSERT INTO payment_refunds (id, attempt_id, ordinal, number, reason, amount_fen, status,"
        " created_at, payer_fen, finished_at) VALUES (gen_random_uuid(), $1, $2, $3,"
        " 'late_payment', $4, 'succeeded', now(), $4, now())"
    )
    for ordinal, fen, status in ((1, 600, DutyStatus.WAITING_FOR_SHIPMENT), (2, 31_000, "exempt")):
        await owner.execute(back, attempt.id, ordinal, f"R{ordinal}", fen)
        async with database.writes.begin() as session:
            await money_returned(session, [order_id])
        duty = await duty_of(database, order_id)
        assert duty.status == status
    assert duty.returned_fen == 31_600
    async with database.writes() as session:
        stands = await figures(session, at=NOON + timedelta(days=9))
    assert (stands.oldest_due_at, stands.frozen_fen) == (None, 0)
    await relayed(database)
    assert await broken(database) == set()


async def test_what_wechat_says_is_refunded_is_told_no_more(database: Database):
    wechat = MemoryWeChat(state=PlatformState.REFUNDED)
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)

    def refused(call: str) -> None:
        if call == "upload":
            raise ShippingRefused(ShippingProblem.NOT_SHIPPABLE, "10060004")

    wechat.before = refused
    await worked(a_teller(database, wechat))
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.try_at) == (DutyStatus.EXEMPT, None)


async def test_a_payer_who_was_erased_cannot_be_named(database: Database):
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)
    async with database.writes.begin() as session:
        await session.execute(update(PaymentAttempt).values(payer=None, request=None))
    assert await worked(a_teller(database, MemoryWeChat())) == 0
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.problem) == (DutyStatus.FAILED, "payer_erased")


async def test_a_correction_of_what_nobody_heard_of_is_the_one_correction(database: Database):
    clock, wechat = Clock(), MemoryWeChat()
    order_id = await a_paid_order(database, await a_shop(database))
    await sent(database, order_id)

    def lost(call: str) -> None:
        if call == "upload":
            raise OutsideUnavailable("ReadTimeout", may_have_happened=True)

    wechat.after = lost
    teller = a_teller(database, wechat, clock)
    await worked(teller)
    wechat.after = lambda call: None
    async with database.writes.begin() as session:
        await session.execute(update(Shipment).values(tracking_number="YT99999999"))
        await parcels_changed(session, [order_id], at=clock.now)
    await worked(teller)
    duty = await duty_of(database, order_id)
    assert (duty.status, duty.corrections) == (DutyStatus.CORRECTED, 1)
    assert wechat.calls == ["upload", "ask", "upload"]
