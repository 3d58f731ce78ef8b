"""The mall in which whole checkouts are measured: customers, and a fake WeChat Pay to pay at."""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx

from bench.contenders import bare_server
from bench.ground import Ground, fill, ground
from bench.order_driver import driver
from bench.order_mall import VARIANTS, Buyer, Variety
from bench.server import ROOT, Server, free_port, mall_api
from cli import fake_wechat
from domain.kernel.ids import public_id
from domain.kernel.settings import Profile
from domain.orders.cart.views import CART_LINE
from sandbox.brand.seeding import Wish
from sandbox.engines.child import Child, Patience, Program

_PUBLIC_URL = "http://mall.bench"
_IDENTITY = """
INSERT INTO member_identities (id, member_id, provider, app_id, subject, created_at, last_seen_at)
VALUES (gen_random_uuid(), $1, 'wechat_mini_program', $2, $3, now(), now())"""


@dataclass(frozen=True, slots=True)
class Customer:
    """A member with one thing in the cart."""

    token: str
    line_id: str


@dataclass(frozen=True, slots=True)
class CheckoutMall:
    """A mall that answers, and the fake WeChat's address."""

    base: Ground
    server: Server
    bare: Server
    gateway_url: str
    customers: list[Customer]

    @property
    def url(self) -> str:
        """Where the mall answers."""
        return f"http://{fake_wechat.HOST}:{self.server.port}"


@contextmanager
def checkout_mall(many: int, *, products: int = VARIANTS) -> Generator[CheckoutMall]:
    """Serve a mall with so many customers until the context ends.

    It has the profile of development, in which alone a mall takes money by a fake.
    """
    with ground(durable=True) as base:
        fill(base, Wish(products=products, members=many))
        with driver(base) as own:
            buyers = own.open_mall(_PUBLIC_URL).buyers[Variety.SPREAD]
        port = free_port()
        url = f"http://{fake_wechat.HOST}:{port}"
        agreement = fake_wechat.kept(base.home, api_port=port)
        with _fake_wechat(base, agreement, url):
            asyncio.run(_introduce(base, agreement.url, buyers))
            more = agreement.settings({}, url)
            with (
                mall_api(
                    base, Profile.DEVELOPMENT, public_url=_PUBLIC_URL, port=port, more=more
                ) as server,
                bare_server(base) as bare,
            ):
                customers = list(map(_customer, buyers))
                yield CheckoutMall(base, server, bare, agreement.url, customers)


@contextmanager
def _fake_wechat(base: Ground, agreement: fake_wechat.Agreement, mall_url: str) -> Generator[None]:
    serve = (sys.executable, "-m", "sandbox.wechat")
    child = Child(
        Program(
            name="wechat",
            argv=fake_wechat.command(serve, agreement, mall_url),
            environment=agreement.environment(os.environ),
            folder=ROOT,
            log=base.home / "wechat.log",
            stop_seconds=5,
        )
    )
    try:
        fake_wechat.RunningWeChat(agreement, child).await_answer(Patience())
        yield
    finally:
        child.ask_to_end()
        child.wait(Patience())


async def _introduce(base: Ground, url: str, buyers: list[Buyer]) -> None:
    """Let each of them be somebody at WeChat."""
    owner = await asyncpg.connect(base.owner_url)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            for buyer in buyers:
                openid = await _openid(http, buyer.placement.member_id)
                member_id = buyer.placement.member_id
                await owner.execute(_IDENTITY, member_id, fake_wechat.DEMO_APP_ID, openid)
    finally:
        await owner.close()


async def _openid(http: httpx.AsyncClient, member_id: UUID) -> str:
    answer = await http.post("/_control/people", json={"name": member_id.hex})
    answer.raise_for_status()
    openid: str = answer.json()["openid"]
    return openid


def _customer(buyer: Buyer) -> Customer:
    return Customer(buyer.token, public_id(CART_LINE, buyer.placement.seen.lines[0].line_id))
