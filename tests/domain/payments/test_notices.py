"""What is remembered of notices."""

from random import Random

from sqlalchemy import select

from domain.kernel.db import Database
from domain.payments.models import PaymentNotice
from domain.payments.notices import take_payment_notice
from domain.payments.ports import GatewayPayment, Notice
from domain.payments.words import NoticeOutcome, PaymentProvider
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import an_order
from tests.domain.payments.tills import MemoryGateway, prepaid
from tests.make import NOON


async def told(database: Database, about: GatewayPayment) -> NoticeOutcome:
    """Take the notice in; what is remembered of it then."""
    notice = Notice("EV-1", "TRANSACTION.SUCCESS", NOON, about)
    async with database.writes.begin() as session:
        await take_payment_notice(
            session, PaymentProvider.WECHAT_PAY, notice, about, at=NOON, random=Random(1)
        )
    async with database.writes() as session:
        return (await session.scalars(select(PaymentNotice.outcome))).one()


async def test_what_came_of_a_notice_last_is_remembered_but_not_that_it_was_repeated(
    database: Database,
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    other = gateway.payment(payment.number, 1, payment.state)
    assert await told(database, other) is NoticeOutcome.MISMATCHED
    assert await told(database, payment) is NoticeOutcome.APPLIED
    assert await told(database, payment) is NoticeOutcome.APPLIED
