"""Processes of a mall that takes money, killed at each place of a payment, and started again."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from domain.kernel.db import Database
from domain.kernel.outbox import OutboxRow
from domain.messages.models import InboxMessage
from domain.messages.words import MessageKind
from domain.orders.events import OrderPaid
from domain.orders.models import Order
from domain.orders.words import OrderStatus
from domain.payments.models import PaymentRefund
from domain.payments.words import AttemptStatus, RefundStatus
from sandbox.wechat.pay.orders import TradeState
from tests.domain.members.people import rows
from tests.domain.orders.buying import Shop, a_shop
from tests.faults.buyers import Request
from tests.faults.deadlines import let_deadlines_pass, let_gateways_be_asked
from tests.faults.payers import NOWHERE, PayingRig, Purchase, Standing
from tests.faults.rig import Process, Rig, until
from tests.settled import agrees_with_the_gateway, settled
from tests.wechat import FakeWeChat

TAKING, CLOSING = "payments.applied", "payments.closed_at_gateway"
API = {
    "begin_payments.before_batch": Standing(None, None),
    "begin_payments.keys_claimed": Standing(None, None),
    "begin_payments.written": Standing(None, None),
    "begin_payments.committed": Standing(AttemptStatus.CREATED, None),
    "payments.before_prepay": Standing(AttemptStatus.CREATED, None),
    "payments.prepaid": Standing(AttemptStatus.CREATED, TradeState.NOTPAY),
    TAKING: Standing(AttemptStatus.PREPAID, TradeState.SUCCESS),
    CLOSING: Standing(AttemptStatus.PREPAID, TradeState.CLOSED),
}
"""Where a process of the API dies, and how a payment stands then."""
WORKER = {
    TAKING: Standing(AttemptStatus.PREPAID, TradeState.SUCCESS),
    CLOSING: Standing(AttemptStatus.PREPAID, TradeState.CLOSED),
    "payments.before_refund": Standing(AttemptStatus.PAID, TradeState.SUCCESS),
    "payments.refunded_at_gateway": Standing(AttemptStatus.PAID, TradeState.REFUND),
}
"""Where a worker dies, and how a payment stands then."""
API_IN_THE_SUITE = {"payments.prepaid", TAKING}
WORKER_IN_THE_SUITE = {CLOSING, "payments.refunded_at_gateway"}
"""Where money and the mall may come to differ: the gateway has done it, the mall has not noted it.

A soak dies everywhere, five times each. It alone kills processes while a payment begins, before
they speak to the gateway, while the API cancels, and while a worker takes in what it asked for. In
the suite these places are died at in process (`tests/domain/payments/test_dying.py`), and those of
a batch in processes that cost less (`tests/domain/kernel/test_failpoints.py`).
"""


def dying(places: dict[str, Standing], in_the_suite: set[str], *, is_soak: bool) -> list[str]:
    """Where one process after the other dies."""
    return list(places) * 5 if is_soak else [each for each in places if each in in_the_suite]


@pytest.fixture
def mall(rig: Rig, wechat: FakeWeChat, database: Database, tmp_path: Path) -> PayingRig:
    """A mall that takes money, without processes yet."""
    return PayingRig(rig, wechat, database, tmp_path / "flag")


@dataclass(frozen=True)
class Cut:
    """A purchase during which a process died, and what was asked for then; a notice needs none."""

    place: str
    purchase: Purchase
    asked: Request | None

    async def goes_on(self, mall: PayingRig, process: Process) -> None:
        """Ask again, or wait until the gateway has told again; who begins to pay does pay."""
        if self.asked is not None:
            answer = await self.asked.answered([process.api])
            if self.place == CLOSING:
                assert answer["__typename"] == "OrderCancelled", answer
                return
            assert answer["__typename"] == "OrderPayable", answer
            mall.pay.pay(f"{answer['number']}-1")
        await mall.pay.settled()
        assert await mall.is_paid(self.purchase)


async def cut_off(mall: PayingRig, process: Process, place: str, variant: UUID) -> Cut:
    """Let a process of the API die while it begins a payment, takes one in or closes one."""
    (purchase,) = await mall.purchases(process, [[(variant, 1)]])
    if place == TAKING:
        number = await mall.prepaid(process, purchase)
        mall.flag.touch()
        mall.pay.pay(number)
        return Cut(place, purchase, None)
    if place == CLOSING:
        await mall.prepaid(process, purchase)
    asked = purchase.cancelling() if place == CLOSING else purchase.paying()
    mall.flag.touch()
    with pytest.raises(httpx.TransportError):
        await asked.sent(process.api)
    return Cut(place, purchase, asked)


async def test_an_order_is_paid_or_closed_once_after_the_api_was_killed_anywhere(
    mall: PayingRig, database: Database, *, is_soak: bool
):
    places = dying(API, API_IN_THE_SUITE, is_soak=is_soak)
    shop = await a_shop(database)
    cut: Cut | None = None
    killed: list[str] = []
    # Each process goes on with what the one before it has left, and then dies elsewhere.
    for place in [*places, NOWHERE]:
        async with mall.api(place) as process:
            if cut is not None:
                await cut.goes_on(mall, process)
            if place == NOWHERE:
                break
            cut = await cut_off(mall, process, place, shop.variants[0])
            await process.died()
        assert not mall.flag.exists()
        killed.append(place)
        assert await mall.standing(cut.purchase) == API[place]
        assert not await mall.is_paid(cut.purchase)

    assert killed == places
    closed = places.count(CLOSING)
    await prove_the_end(
        mall, {OrderStatus.PAID: len(places) - closed, OrderStatus.CLOSED: closed}, refunds=0
    )


async def left_to_a_worker(mall: PayingRig, process: Process, place: str, shop: Shop) -> Purchase:
    """A purchase with which a worker comes to that place."""
    if place not in {TAKING, CLOSING}:
        return await mall.late_payment(process, shop.place_id)
    (purchase,) = await mall.purchases(process, [[(shop.variants[0], 1)]])
    number = await mall.prepaid(process, purchase)
    if place == TAKING:
        mall.pay.trick("silent")
        mall.pay.pay(number)
    else:
        await let_deadlines_pass(mall.database)
    await let_gateways_be_asked(mall.database)
    return purchase


async def test_a_worker_that_was_killed_anywhere_has_taken_and_given_back_money_once_in_the_end(
    mall: PayingRig, database: Database, *, is_soak: bool
):
    places = dying(WORKER, WORKER_IN_THE_SUITE, is_soak=is_soak)
    shop = await a_shop(database)
    killed: list[str] = []
    async with mall.api() as process:
        # Each worker finds what those before it have left, besides a purchase that is new.
        for place in places:
            purchase = await left_to_a_worker(mall, process, place, shop)
            mall.flag.touch()
            async with mall.worker(place) as worker:
                await worker.died()
            assert not mall.flag.exists()
            killed.append(place)
            assert await mall.standing(purchase) == WORKER[place]
        await let_deadlines_pass(database)
        await let_gateways_be_asked(database)
        async with mall.worker():
            await until(lambda: nothing_is_under_way(database))
        await mall.pay.settled()

    assert killed == places
    paid, closed = places.count(TAKING), places.count(CLOSING)
    refunds = len(places) - paid - closed
    # Besides each order whose payment came late there is that of whoever took its unit.
    counted = {OrderStatus.PAID: paid, OrderStatus.CLOSED: closed + 2 * refunds}
    await prove_the_end(mall, counted, refunds=refunds)
    told = Counter(each.kind for each in await rows(database, InboxMessage))
    assert (told[MessageKind.ORDER_PAID], told[MessageKind.PAYMENT_REFUNDED]) == (paid, refunds)


async def nothing_is_under_way(database: Database) -> bool:
    """Whether no order is to be paid, no refund is to be made, and all facts have taken effect."""
    orders, refunds = await rows(database, Order), await rows(database, PaymentRefund)
    facts = await rows(database, OutboxRow)
    return (
        all(each.status is not OrderStatus.PENDING_PAYMENT for each in orders)
        and all(each.finished_at is not None for each in refunds)
        and all(each.done_at is not None for each in facts)
    )


async def prove_the_end(mall: PayingRig, expected: dict[OrderStatus, int], *, refunds: int) -> None:
    """Each order is paid once, or closed with its units and its money back, here and there.

    What `mall audit` looks at, the clearing and the units are proven by `settled`.
    """
    found = await settled(mall.database)
    agrees_with_the_gateway(found, mall.pay.desk.orders)
    orders = await rows(mall.database, Order)
    assert Counter(each.status for each in orders) == Counter(expected)
    paid = sorted(each.id for each in orders if each.status is OrderStatus.PAID)
    facts = await rows(mall.database, OutboxRow)
    assert sorted(each.aggregate_id for each in facts if each.type == OrderPaid.TYPE) == paid
    kept = [each for each in found.values() if each.came_in_fen > each.went_back_fen]
    assert [each.status for each in kept] == [OrderStatus.PAID] * len(paid)
    made = await rows(mall.database, PaymentRefund)
    assert [each.status for each in made] == [RefundStatus.SUCCEEDED] * refunds
    assert len(mall.pay.desk.refunds) == refunds
