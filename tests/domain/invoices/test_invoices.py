"""Requests, invoices and red letters, and what refunds do to them whenever they come."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from domain.invoices import deciding, requesting
from domain.invoices.errors import (
    InvoiceAmountDiffers,
    InvoiceNotOpen,
    InvoiceRequested,
    InvoiceUnavailable,
    OrderNotInvoiceable,
    RedLetterMade,
    RedLetterUnavailable,
    TooManyInvoiceRequests,
)
from domain.invoices.models import InvoiceRefund, InvoiceRequest
from domain.invoices.rules import MOST_REQUESTS, MadeInvoice
from domain.invoices.sealing import opened_content
from domain.invoices.words import InvoiceStatus, RefundEffect
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.sealing import Unsealable
from domain.orders.errors import OrderUnavailable
from domain.orders.words import CloseReason
from tests import make
from tests.domain.invoices.bureau import (
    COMPANY,
    TODAY,
    VAULT,
    a_paid_order,
    asked,
    by,
    effects,
    gone_back,
    issued,
    tell,
    the_request,
)
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import an_order, let_go, paid_in_vain, refunds, run_refunds
from tests.domain.payments.tills import Clock, MemoryGateway
from tests.make import NOON

DEDUCTED, DUE, RED = RefundEffect.DEDUCTED, RefundEffect.DUE, RefundEffect.RED_LETTERED


async def test_a_request_is_for_what_was_paid_and_what_it_says_is_sealed(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = await asked(database, member, order.order_id, COMPANY)
    kept = await the_request(database, invoice_id)
    assert (kept.status, kept.paid_fen) == (InvoiceStatus.REQUESTED, order.payable_fen)
    assert kept.sealed is not None
    assert COMPANY.title.encode() not in kept.sealed
    assert opened_content(VAULT, invoice_id, kept.sealed).tax_number == COMPANY.tax_number
    with pytest.raises(Unsealable):
        opened_content(VAULT, make.an_id(), kept.sealed)


async def test_only_paid_orders_of_ones_own_have_invoices_and_each_one(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, unpaid = await an_order(database, shop)
    with pytest.raises(OrderNotInvoiceable):
        await asked(database, member, unpaid.order_id)
    await let_go(database, unpaid, CloseReason.CANCELLED_BY_MEMBER)
    with pytest.raises(OrderNotInvoiceable):
        await asked(database, member, unpaid.order_id)
    other, order = await a_paid_order(database, shop, gateway)
    for stranger, wanted in ((member, order.order_id), (other, make.an_id())):
        with pytest.raises(OrderUnavailable):
            await asked(database, stranger, wanted)
    invoice_id = await asked(database, other, order.order_id)
    with pytest.raises(InvoiceRequested):
        await asked(database, other, order.order_id)
    await issued(database, invoice_id, order.payable_fen)
    with pytest.raises(InvoiceRequested):
        await asked(database, other, order.order_id)


async def test_of_many_who_ask_at_once_one_request_is_made(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    outcomes = await asyncio.gather(
        *(asked(database, member, order.order_id) for _ in range(4)), return_exceptions=True
    )
    assert [type(each) for each in outcomes if not isinstance(each, UUID)] == [InvoiceRequested] * 3


async def test_what_was_called_off_or_rejected_can_be_asked_for_again(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = make.an_id()
    for n in range(MOST_REQUESTS):
        invoice_id = await asked(database, member, order.order_id)
        async with database.writes.begin() as session:
            if n % 2:
                await deciding.reject(session, invoice_id, reason="抬头有误", by=by())
            else:
                await requesting.cancel(session, invoice_id, member, at=NOON)
    with pytest.raises(TooManyInvoiceRequests):
        await asked(database, member, order.order_id)
    async with database.writes.begin() as session:
        with pytest.raises(InvoiceUnavailable):
            await requesting.cancel(session, invoice_id, make.an_id(), at=NOON)
        with pytest.raises(InvoiceNotOpen):
            await requesting.cancel(session, invoice_id, member, at=NOON)
        with pytest.raises(InvoiceNotOpen):
            await deciding.reject(session, invoice_id, reason="抬头有误", by=by())
        with pytest.raises(InvoiceUnavailable):
            await deciding.reject(session, make.an_id(), reason="抬头有误", by=by())
        with pytest.raises(InvalidInput):
            await deciding.reject(session, invoice_id, reason=" ", by=by())


async def test_refunds_before_the_invoice_make_it_less_and_after_it_are_owed(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway(), 2)
    whole = order.payable_fen
    await gone_back(database, order.order_id, 100)
    invoice_id = await asked(database, member, order.order_id)
    told = await gone_back(database, order.order_id, 200)
    await tell(database, [told])
    assert await effects(database, invoice_id) == [(DEDUCTED, 100), (DEDUCTED, 200)]
    with pytest.raises(InvoiceAmountDiffers) as refused:
        await issued(database, invoice_id, whole - 1)
    assert refused.value.amount_fen == whole - 300

    await issued(database, invoice_id, whole - 300)
    for _ in range(2):
        await tell(database, [await gone_back(database, order.order_id, 50)])
    owed = [(DEDUCTED, 100), (DEDUCTED, 200), (DUE, 50), (DUE, 50)]
    assert await effects(database, invoice_id) == owed
    kept = await the_request(database, invoice_id)
    assert (kept.status, kept.amount_fen) == (InvoiceStatus.ISSUED, whole - 300)


async def test_an_invoice_made_before_a_refund_was_known_owes_a_red_letter(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = await asked(database, member, order.order_id)
    await gone_back(database, order.order_id, 70)
    silent = await gone_back(database, order.order_id, 30, is_told=False)
    # The clerk had made it for what the list told before the second refund.
    await issued(database, invoice_id, order.payable_fen - 70)
    await tell(database, [silent])
    assert await effects(database, invoice_id) == [(DEDUCTED, 70), (DUE, 30)]


async def test_a_request_of_which_nothing_is_left_is_cancelled(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = await asked(database, member, order.order_id)
    await gone_back(database, order.order_id, order.payable_fen - 1)
    assert (await the_request(database, invoice_id)).status is InvoiceStatus.REQUESTED
    await gone_back(database, order.order_id, 1)
    assert (await the_request(database, invoice_id)).status is InvoiceStatus.CANCELLED
    with pytest.raises(OrderNotInvoiceable):
        await asked(database, member, order.order_id)


async def test_a_red_letter_is_noted_once(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway(), 2)
    await gone_back(database, order.order_id, 10)
    invoice_id = await asked(database, member, order.order_id)
    await issued(database, invoice_id, order.payable_fen - 10)
    await gone_back(database, order.order_id, 20)
    async with database.writes() as session:
        rows = list(await session.scalars(select(InvoiceRefund).order_by(InvoiceRefund.position)))
        before, owed = (each.id for each in rows)
    made = MadeInvoice("25312000000000000002", None, TODAY)
    taken = MadeInvoice("25312000000000000001", None, TODAY)
    async with database.writes.begin() as session:
        with pytest.raises(InvalidInput):
            await deciding.issue_red_letter(session, owed, taken, by=by())
        for unknown in (before, make.an_id()):
            with pytest.raises(RedLetterUnavailable):
                await deciding.issue_red_letter(session, unknown, made, by=by())
        await deciding.issue_red_letter(session, owed, made, by=by())
        with pytest.raises(RedLetterMade):
            await deciding.issue_red_letter(session, owed, made, by=by())
    assert await effects(database, invoice_id) == [(DEDUCTED, 10), (RED, 20)]


async def test_money_that_never_was_the_orders_concerns_no_invoice(database: Database):
    gateway, clock, shop = MemoryGateway(), Clock(), await a_shop(database)
    await paid_in_vain(database, shop, gateway, clock)
    await run_refunds(database, gateway, clock)
    (refund,) = await refunds(database)
    await tell(database, [refund.id])
    async with database.writes() as session:
        assert list(await session.scalars(select(InvoiceRefund))) == []


@pytest.mark.parametrize("first", ["refund", "issue", "both"])
async def test_a_refund_counts_once_whoever_is_faster(database: Database, first: str):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = await asked(database, member, order.order_id)
    refund = await gone_back(database, order.order_id, 40, is_told=False)
    noting = issued(database, invoice_id, order.payable_fen)
    telling = [tell(database, [refund]) for _ in range(2)]
    if first == "refund":
        await asyncio.gather(*telling)
        await noting
    elif first == "issue":
        await noting
        await asyncio.gather(*telling)
    else:
        await asyncio.gather(noting, *telling)
    assert await effects(database, invoice_id) == [(DUE, 40)]


async def test_who_it_is_for_can_be_erased_once_it_has_ended_and_nothing_else(database: Database):
    member, order = await a_paid_order(database, await a_shop(database), MemoryGateway())
    invoice_id = await asked(database, member, order.order_id)

    async def changed(**values: object) -> None:
        async with database.writes.begin() as session:
            await session.execute(update(InvoiceRequest).values(**values))

    for wrong in ({"sealed": None}, {"paid_fen": 1}):
        with pytest.raises(DBAPIError):
            await changed(**wrong)
    await issued(database, invoice_id, order.payable_fen)
    for wrong in ({"sealed": b"other"}, {"amount_fen": 1}, {"status": InvoiceStatus.REQUESTED}):
        with pytest.raises(DBAPIError):
            await changed(**wrong)
    await changed(sealed=None, document=None)
    kept = await the_request(database, invoice_id)
    assert (kept.sealed, kept.document, kept.number) == (None, None, "25312000000000000001")
    async with database.writes.begin() as session:
        with pytest.raises(InvoiceUnavailable):
            await deciding.reveal(session, VAULT, invoice_id, reason="核对", by=by())


async def test_the_number_of_an_invoice_is_its_own(database: Database):
    gateway, shop = MemoryGateway(), await a_shop(database)
    for is_first in (True, False):
        member, order = await a_paid_order(database, shop, gateway)
        invoice_id = await asked(database, member, order.order_id)
        if is_first:
            await issued(database, invoice_id, order.payable_fen)
            continue
        with pytest.raises(InvalidInput):
            await issued(database, invoice_id, order.payable_fen)
