"""A whole checkout over HTTP: quote, place, prepay, and the notice by which the order is paid."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from random import SystemRandom
from statistics import median
from typing import Any

import httpx

from api.trusted.registry import trusted_documents
from bench.benchmark import Column, Effort, Outcome
from bench.checkout_mall import CheckoutMall, Customer, checkout_mall
from bench.cost import Spent, metered
from bench.load import LoadProblem
from bench.order_mall import fill_carts
from domain.kernel.clock import system_clock
from domain.kernel.ids import new_id

AT_ONCE = (1, 16)
"""How many customers are at each step at once."""
CHECKOUTS = 96
"""How many checkouts a round has of each crowd."""
_PATIENCE_SECONDS = 30
_NOTICE_SECONDS = 0.002
_RANDOM = SystemRandom()
_STATEMENT = re.compile(r"LOG:  (?:execute [^:]*|statement): (?!BEGIN|COMMIT|ROLLBACK)")


class Step(StrEnum):
    """What a checkout is made of, in its order."""

    QUOTE = "quote"
    PLACE = "place"
    PREPAY = "prepay"
    PAID = "notice, paid"


WHOLE = "whole checkout"
COLUMNS = (
    Column("step", "step"),
    Column("at once", "at_once"),
    Column("server us", "server_us"),
    Column("postgres us", "postgres_us"),
    Column("both us", "both_us"),
    Column("SQL", "statements", 1),
    Column("p50 ms", "p50_ms", 1),
    Column("p99 ms", "p99_ms", 1),
)
NOTES = (
    "us: processor time of the API and of all of PostgreSQL for each checkout, medians of rounds;",
    "the fake WeChat Pay and the customers are processes apart and not in it. SQL: statements of a",
    "checkout without BEGIN and COMMIT, of which a crowd shares some. ms: of one request; of a",
    "notice, what the mall needs to answer it.",
)


@dataclass(slots=True)
class Cost:
    """What a step costs each checkout, by rounds."""

    server_us: list[float] = field(default_factory=list[float])
    postgres_us: list[float] = field(default_factory=list[float])
    latencies: list[float] = field(default_factory=list[float])
    statements: float = 0.0


Costs = Mapping[Step, Cost]


def run(effort: Effort) -> Outcome:
    """Measure on ground of its own, which waits for the disk."""
    with checkout_mall(CHECKOUTS) as mall:
        return asyncio.run(measure(mall, rounds=effort.rounds))


async def measure(mall: CheckoutMall, *, rounds: int) -> Outcome:
    """Measure the crowds in turns; raises `LoadProblem` where a checkout does not end paid."""
    by_crowd: dict[int, Costs] = {}
    async with (
        httpx.AsyncClient(base_url=mall.url, trust_env=False, timeout=_PATIENCE_SECONDS) as http,
        httpx.AsyncClient(base_url=mall.gateway_url, trust_env=False) as gateway,
    ):
        for crowd in AT_ONCE:
            by_crowd[crowd] = {step: Cost() for step in Step}
            # The first ones pay for connections and plans, and are those that are counted.
            await _Checkouts(mall, http, gateway, crowd).counted(by_crowd[crowd])
        for _ in range(rounds):
            for crowd, costs in by_crowd.items():
                await _Checkouts(mall, http, gateway, crowd).measured(costs)
    rows = [row for crowd, costs in by_crowd.items() for row in _rows(crowd, costs)]
    return Outcome(f"checkout: {len(mall.customers)} orders of one line", COLUMNS, rows, NOTES)


@dataclass
class _Checkouts:
    """One checkout of each customer, all of them at one step before any is at the next."""

    mall: CheckoutMall
    http: httpx.AsyncClient
    gateway: httpx.AsyncClient
    crowd: int
    quotes: dict[str, str] = field(default_factory=dict[str, str])
    orders: dict[str, str] = field(default_factory=dict[str, str])
    numbers: list[str] = field(default_factory=list[str])
    latencies: list[float] = field(default_factory=list[float])

    async def measured(self, costs: Costs) -> None:
        """Add what each step costs."""
        await fill_carts(self.mall.base)
        for step, take in self._steps().items():
            self.latencies.clear()
            with metered(self.mall.server.process, self.mall.base.postgres) as spent:
                await take()
            self._note(costs[step], spent)

    async def counted(self, costs: Costs) -> None:
        """Say of each step how many statements it takes."""
        await fill_carts(self.mall.base)
        for step, take in self._steps().items():
            async with self.mall.logged_statements() as log:
                await take()
            statements = len(_STATEMENT.findall(log.text))
            costs[step].statements = statements / len(self.mall.customers)

    def _steps(self) -> dict[Step, Callable[[], Awaitable[None]]]:
        return {
            Step.QUOTE: lambda: self._all(self._quote),
            Step.PLACE: lambda: self._all(self._place),
            Step.PREPAY: lambda: self._all(self._prepay),
            Step.PAID: self._be_paid,
        }

    async def _all(self, take: Callable[[Customer], Awaitable[None]]) -> None:
        waiting = iter(self.mall.customers)

        async def serve() -> None:
            for customer in waiting:
                begun = time.perf_counter()
                await take(customer)
                self.latencies.append(time.perf_counter() - begun)

        await asyncio.gather(*(serve() for _ in range(self.crowd)))

    async def _quote(self, customer: Customer) -> None:
        told = await self._asked(customer, "Quote", lineIds=[customer.line_id])
        self.quotes[customer.line_id] = told["quote"]["token"]

    async def _place(self, customer: Customer) -> None:
        quote = self.quotes[customer.line_id]
        told = await self._asked(customer, "OrderPlace", requestId=_request_id(), quote=quote)
        self.orders[customer.line_id] = told["placeOrder"]["orderId"]

    async def _prepay(self, customer: Customer) -> None:
        order_id = self.orders[customer.line_id]
        told = await self._asked(customer, "OrderPay", requestId=_request_id(), orderId=order_id)
        self.numbers.append(f"{told['payOrder']['number']}-1")

    async def _be_paid(self) -> None:
        """Let all payers pay, as many at once, and wait for the mall's last answer."""
        waiting = iter(self.numbers)

        async def pay() -> None:
            for number in waiting:
                paid = await self.gateway.post("/_control/pay/pay", json={"out_trade_no": number})
                paid.raise_for_status()
                self.latencies.append(await self._answered(number))

        await asyncio.gather(*(pay() for _ in range(self.crowd)))

    async def _answered(self, number: str) -> float:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            told = await self.gateway.get(
                "/_control/pay/deliveries", params={"out_trade_no": number}
            )
            if delivered := told.json():
                if delivered[0]["status"] != httpx.codes.NO_CONTENT:
                    raise LoadProblem(f"a notice was not taken in: {delivered}")
                seconds: float = delivered[0]["seconds"]
                return seconds
            await asyncio.sleep(_NOTICE_SECONDS)
        raise LoadProblem(f"WeChat Pay has told nobody of {number}")

    async def _asked(self, customer: Customer, document: str, **given: object) -> Any:
        """Run a trusted document; its data. Raises `LoadProblem` for anything else."""
        answer = await self.http.post(
            "/graphql",
            headers={"authorization": f"Bearer {customer.token}"},
            json={"documentId": _document_id(document), "variables": {"input": given}},
        )
        told = answer.json()
        if "errors" in told:
            raise LoadProblem(f"{document} was answered with {told['errors']}")
        return told["data"]

    def _note(self, cost: Cost, spent: Spent) -> None:
        checkouts = len(self.mall.customers)
        cost.server_us.append(spent.server / checkouts * 1e6)
        cost.postgres_us.append(spent.postgres / checkouts * 1e6)
        cost.latencies += self.latencies


def _rows(crowd: int, costs: Costs) -> list[dict[str, object]]:
    """A row for each step, and one for all of them: the median of the rounds' sums."""
    rows = [_row(step, crowd, cost) for step, cost in costs.items()]
    whole = Cost(
        server_us=[
            sum(each) for each in zip(*(it.server_us for it in costs.values()), strict=True)
        ],
        postgres_us=[
            sum(each) for each in zip(*(it.postgres_us for it in costs.values()), strict=True)
        ],
        latencies=[
            sum(each) for each in zip(*(it.latencies for it in costs.values()), strict=True)
        ],
        statements=sum(each.statements for each in costs.values()),
    )
    return [*rows, _row(WHOLE, crowd, whole)]


def _row(step: str, crowd: int, cost: Cost) -> dict[str, object]:
    both = [sum(each) for each in zip(cost.server_us, cost.postgres_us, strict=True)]
    ordered = sorted(cost.latencies)
    return {
        "step": step,
        "at_once": crowd,
        "checkouts": len(ordered),
        "server_us": median(cost.server_us),
        "postgres_us": median(cost.postgres_us),
        "both_us": median(both),
        "statements": cost.statements,
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[len(ordered) * 99 // 100] * 1000,
    }


@cache
def _document_id(name: str) -> str:
    wanted = f"miniprogram/{name}"
    return next(each.id for each in trusted_documents().values() if each.name == wanted)


def _request_id() -> str:
    return str(new_id(system_clock(), _RANDOM))
