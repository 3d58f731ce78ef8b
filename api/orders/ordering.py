"""Where orders are placed, cancelled and begun to be paid: a batcher for each in a process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random

from domain.freight.views import Arrangements
from domain.kernel.batcher import Batcher
from domain.kernel.clock import Clock
from domain.kernel.hot_pool import HotPool
from domain.orders.closing import Closed, Closing, close
from domain.orders.placing.actions import place
from domain.orders.placing.values import Placed, Placement
from domain.orders.shipping.rules import RECEIPT_AFTER
from domain.payments.beginning import NO_COUNTER, Begun, Counter, PaymentWish, begin
from domain.points.rules.terms import USUAL_TERMS, PointsTerms

BATCHED = frozenset({"placeOrder"})
"""The mutations that wait for a batch, without a connection of their own."""
AT_GATEWAY = frozenset({"payOrder", "cancelOrder", "staffCancelOrder", "decidePersonalisation"})
"""The mutations that wait for a gateway: where it hangs, nothing else may wait behind them."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """The batchers of orders, how long after it was sent one is taken for received, and what
    points are worth."""

    placing: Batcher[Placement, Placed]
    cancelling: Batcher[Closing, Closed]
    paying: Batcher[PaymentWish, Begun]
    receipt_after: timedelta = RECEIPT_AFTER
    points_terms: PointsTerms = USUAL_TERMS


def ordering_on(
    hot: HotPool,
    clock: Clock,
    random: Random,
    counter: Counter = NO_COUNTER,
    receipt_after: timedelta = RECEIPT_AFTER,
    points_terms: PointsTerms = USUAL_TERMS,
) -> Ordering:
    """The batchers of one process, on its pool for hot writes."""
    return Ordering(
        Batcher(
            hot,
            partial(place, random=random, arrangements=Arrangements(), terms=points_terms),
            answer=Placed,
            name="place_orders",
            clock=clock,
            parts_of=lines_of,
        ),
        Batcher(
            hot, partial(close, random=random), answer=Closed, name="cancel_orders", clock=clock
        ),
        Batcher(
            hot,
            partial(begin, counter=counter, random=random),
            answer=Begun,
            name="begin_payments",
            clock=clock,
        ),
        receipt_after,
        points_terms,
    )


def lines_of(placement: Placement) -> int:
    """How many lines an order would have: they make a batch large."""
    return len(placement.seen.lines)


@asynccontextmanager
async def open_ordering(
    hot: HotPool,
    clock: Clock,
    random: Random,
    counter: Counter,
    receipt_after: timedelta = RECEIPT_AFTER,
    points_terms: PointsTerms = USUAL_TERMS,
) -> AsyncGenerator[Ordering]:
    """Take orders until the block ends; what is under way then is carried out."""
    ordering = ordering_on(hot, clock, random, counter, receipt_after, points_terms)
    async with (
        ordering.placing.running(),
        ordering.cancelling.running(),
        ordering.paying.running(),
    ):
        yield ordering
