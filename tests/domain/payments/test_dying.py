"""Taking money, cut off at each place that has a name, and gone on with by another process.

Cut off by an error that nobody catches, which leaves what a death leaves: committed or not there.
"""

from datetime import timedelta

import pytest

from domain.kernel.db import Database
from domain.kernel.failpoints import Failpoint
from domain.orders.refunding.rules import UnitsBack
from domain.orders.words import CloseReason, OrderStatus
from domain.payments import exchanges
from domain.payments.beginning import Begun
from domain.payments.rules import LEASE
from domain.payments.words import AttemptStatus, RefundStatus
from tests.domain.orders.buying import a_shop
from tests.domain.payments.purchases import (
    EXPIRED,
    LATER,
    all_is_accounted_for,
    an_order,
    let_go,
    refunds,
    run_refunds,
)
from tests.domain.payments.returns import sold
from tests.domain.payments.tills import (
    Clock,
    MemoryGateway,
    a_till,
    attempts,
    begun,
    prepaid,
    statuses,
)


class Died(BaseException):
    """A process ends here."""


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> list[Failpoint]:
    """The places at which the next process dies, each once."""
    places: list[Failpoint] = []

    def reached(place: Failpoint) -> None:
        if place in places:
            places.remove(place)
            raise Died

    monkeypatch.setattr(exchanges, "reached", reached)
    return places


def test_each_place_is_died_at_below():
    of_payments = {each for name, each in Failpoint.KNOWN.items() if name.startswith("payments.")}
    assert of_payments == {
        exchanges.BEFORE_PREPAY,
        exchanges.PREPAID,
        exchanges.CLOSED_THERE,
        exchanges.APPLIED,
        exchanges.BEFORE_REFUND,
        exchanges.REFUNDED,
    }


@pytest.mark.parametrize("place", [exchanges.BEFORE_PREPAY, exchanges.PREPAID])
async def test_who_died_while_beginning_left_one_attempt_that_is_gone_on_with(
    database: Database, die_at: list[Failpoint], place: Failpoint
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    outcome = await begun(database, member, order, gateway)
    assert isinstance(outcome, Begun)
    assert outcome.attempt_id is not None
    die_at.append(place)
    with pytest.raises(Died):
        await a_till(database, gateway).payable(outcome.attempt_id)
    assert await begun(database, member, order, gateway) == outcome
    assert await a_till(database, gateway).payable(outcome.attempt_id) is not None
    assert [each.status for each in await attempts(database)] == [AttemptStatus.PREPAID]
    assert len({*gateway.sent}) == 1


async def test_who_died_while_taking_money_in_took_nothing_or_all(
    database: Database, die_at: list[Failpoint]
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    die_at.append(exchanges.APPLIED)
    with pytest.raises(Died):
        await a_till(database, gateway).applied(payment)
    assert await statuses(database) == [OrderStatus.PENDING_PAYMENT]
    await a_till(database, gateway).applied(payment)
    assert await statuses(database) == [OrderStatus.PAID]
    await all_is_accounted_for(database)


async def test_who_died_between_gateway_and_order_holds_the_units_until_it_is_closed_here_too(
    database: Database, die_at: list[Failpoint]
):
    gateway, shop = MemoryGateway(), await a_shop(database)
    member, order = await an_order(database, shop)
    await prepaid(database, member, order, gateway)
    die_at.append(exchanges.CLOSED_THERE)
    with pytest.raises(Died):
        await a_till(database, gateway, Clock(LATER)).release(order.order_id)
    (attempt,) = await attempts(database)
    assert attempt.status is AttemptStatus.PREPAID
    # Until it is noted, a prepay id of a closed payment could be handed out: a worker asks soon.
    assert attempt.ask_at is not None
    assert attempt.ask_at <= LATER + LEASE
    await a_till(database, gateway, Clock(LATER)).release(order.order_id)
    await let_go(database, order, CloseReason.CANCELLED_BY_MEMBER)
    await all_is_accounted_for(database)


@pytest.mark.parametrize("place", [exchanges.BEFORE_REFUND, exchanges.REFUNDED])
async def test_who_died_while_giving_back_gives_back_once(
    database: Database, die_at: list[Failpoint], place: Failpoint
):
    gateway, shop, clock = MemoryGateway(), await a_shop(database), Clock(EXPIRED)
    member, order = await an_order(database, shop)
    payment = gateway.pay(await prepaid(database, member, order, gateway))
    till = a_till(database, gateway, clock)
    gateway.payments.pop(payment.number)
    await till.release(order.order_id)
    await let_go(database, order, CloseReason.CANCELLED_BY_STAFF)
    await till.applied(payment)
    die_at.append(place)
    with pytest.raises(Died):
        await run_refunds(database, gateway, clock)
    clock.now += timedelta(seconds=31)
    assert await run_refunds(database, gateway, clock) == 1
    assert [each.status for each in await refunds(database)] == [RefundStatus.SUCCEEDED]
    assert len(gateway.refunds) == 1
    await all_is_accounted_for(database)


@pytest.mark.parametrize("place", [exchanges.BEFORE_REFUND, exchanges.REFUNDED])
async def test_a_refund_of_an_order_that_was_cut_off_is_carried_out_once(
    database: Database, die_at: list[Failpoint], place: Failpoint
):
    order = await sold(database, await a_shop(database), 2)
    await order.back(UnitsBack(1, 2))
    die_at.append(place)
    with pytest.raises(Died):
        await order.run()
    assert (await order.order()).refunded_fen == 0
    assert await order.run() == 1
    whole = await order.order()
    assert (whole.status, whole.refunded_fen) == (OrderStatus.CLOSED, whole.payable_fen)
    assert len(order.gateway.refunds) == 1
    await all_is_accounted_for(database)
