"""The steps of checkouts over HTTP: what customers do, and what each step costs."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from random import SystemRandom
from typing import Any

import httpx

from api.trusted.registry import trusted_documents
from bench.checkout_mall import CheckoutMall, Customer
from bench.cost import Spent, metered
from bench.load import LoadProblem
from bench.order_mall import fill_carts
from bench.statement_log import statement_log
from domain.kernel.clock import system_clock
from domain.kernel.ids import new_id

_PATIENCE_SECONDS = 30
_NOTICE_SECONDS = 0.002
_RANDOM = SystemRandom()


class Step(StrEnum):
    """What a checkout is made of, in its order."""

    QUOTE = "quote"
    PLACE = "place"
    PREPAY = "prepay"
    PAID = "notice, paid"


@dataclass(slots=True)
class Cost:
    """What a step costs each checkout, by rounds; ``statements`` were counted before."""

    server_us: list[float] = field(default_factory=list[float])
    postgres_us: list[float] = field(default_factory=list[float])
    latencies: list[float] = field(default_factory=list[float])
    statements: float = 0.0

    @property
    def both_us(self) -> list[float]:
        """The processor time of the server and of PostgreSQL, by rounds."""
        return [sum(each) for each in zip(self.server_us, self.postgres_us, strict=True)]


Costs = Mapping[Step, Cost]


async def measured(mall: CheckoutMall, crowd: int, costs: Costs) -> None:
    """Let each customer check out, so many at once, and add what that costs.

    Raises `LoadProblem` where a checkout does not end paid.
    """
    async with _clients(mall) as (http, gateway):
        await _Checkouts(mall, http, gateway, crowd).measured(costs)


async def counted(mall: CheckoutMall, crowd: int, costs: Costs) -> None:
    """Let each customer check out, so many at once, and count statements. Raises as `measured`."""
    async with _clients(mall) as (http, gateway):
        await _Checkouts(mall, http, gateway, crowd).counted(costs)


@asynccontextmanager
async def _clients(
    mall: CheckoutMall,
) -> AsyncGenerator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    async with (
        httpx.AsyncClient(base_url=mall.url, trust_env=False, timeout=_PATIENCE_SECONDS) as http,
        httpx.AsyncClient(base_url=mall.gateway_url, trust_env=False) as gateway,
    ):
        yield http, gateway


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
            with metered(self.mall.server.processes, self.mall.base.postgres) as spent:
                await take()
            self._note(costs[step], spent)

    async def counted(self, costs: Costs) -> None:
        """Say of each step how many statements it takes, without those the server asks by itself.

        Those are known by their words, from a while in which nobody asks it anything.
        """
        await fill_carts(self.mall.base)
        async with statement_log(self.mall.base) as log:
            for step, take in self._steps().items():
                await take()
                costs[step].statements = len(await log.asked()) / len(self.mall.customers)

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


@cache
def _document_id(name: str) -> str:
    wanted = f"miniprogram/{name}"
    return next(each.id for each in trusted_documents().values() if each.name == wanted)


def _request_id() -> str:
    return str(new_id(system_clock(), _RANDOM))
