"""``python -m sandbox.wechat``: serves the fake WeChat on loopback, in development only."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from random import SystemRandom

import click
import uvicorn

from domain.kernel.clock import system_clock
from sandbox.wechat.app import create_app
from sandbox.wechat.calling import loopback_client
from sandbox.wechat.keeping import Keeper
from sandbox.wechat.loopback import is_loopback, leads_to_loopback
from sandbox.wechat.mall import Mall
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.people import PhoneNumber, unionid_of
from sandbox.wechat.push import PushAddress, PushKeys
from sandbox.wechat.terms import Terms, terms_of
from sandbox.wechat.world import MiniProgram, World

PUSH_PATH = "/wechat/push"
_LEAVE_SECONDS = 2
_FIRST_PEOPLE = {"李雷": "+8613800138000", "韩梅梅": "+8613900139000"}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address.")
@click.option("--port", type=click.IntRange(1, 65535), required=True)
@click.option("--mall-url", help="Where the mall answers, such as http://127.0.0.1:8000.")
@click.option("--client-id", default="mini-program", show_default=True, help="Its OAuth client.")
@click.option("--push-path", default=PUSH_PATH, show_default=True, help="Where it takes events.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for people, payments and parcels, which it knows again at its next start.",
)
def command(
    *,
    host: str,
    port: int,
    mall_url: str | None,
    client_id: str,
    push_path: str,
    state: Path | None,
) -> None:
    """Serve a fake WeChat, an SMS gateway and a Kuaidi100 on this machine.

    MALL_WECHAT_APP_ID, MALL_WECHAT_APP_SECRET and MALL_SMS_TOKEN have to be as the mall has them.
    With FAKE_WECHAT_PAY_KEYS there is a WeChat Pay too, with MALL_TRACKING_CUSTOMER and its key
    somebody who knows where parcels are, and MALL_WECHAT_TEMPLATE_… are the templates that people
    can accept messages of.
    """
    terms = terms_of(os.environ)
    if not is_loopback(host):
        raise click.UsageError(f"--host: {host} is not loopback; it is for this machine alone")
    if mall_url is not None and not leads_to_loopback(mall_url):
        raise click.UsageError("--mall-url: must be an http address of this machine")
    mall = mall_url.rstrip("/") if mall_url else None
    world = world_of(terms, mall + push_path if mall else None)
    with asyncio.Runner() as runner:
        serving = _serve(world, host=host, port=port, mall_url=mall, client_id=client_id)
        runner.run(_keeping(world, state, serving) if state else serving)


def world_of(terms: Terms, push_url: str | None) -> World:
    """Return the world that is served, with two people in it; pushed to where both are known."""
    push = None
    if push_url and terms.push_token and terms.push_key:
        keys = PushKeys(terms.app_id, terms.push_token, terms.push_key)
        push = PushAddress(push_url, keys)
    world = World(
        MiniProgram(terms.app_id, terms.app_secret, push, terms.templates),
        clock=system_clock,
        random=SystemRandom(),
        sms_token=terms.sms_token,
        pay_keys=terms.pay_keys,
        tracking=terms.tracking,
    )
    for name, number in _FIRST_PEOPLE.items():
        person = world.people.meet(name)
        person.unionid = unionid_of(name)
        person.phone = PhoneNumber.of(number)
    return world


async def _keeping(world: World, state: Path, serving: Coroutine[None, None, None]) -> None:
    """Serve a world that knows what its file has, and write down there what it knows."""
    async with loopback_client() as http:
        keeper = Keeper(state, world)
        keeper.restore(Cashier(http, world.app.app_id))
        writing = asyncio.create_task(keeper.keep())
        try:
            await serving
        finally:
            writing.cancel()
            await asyncio.wait([writing])


async def _serve(
    world: World, *, host: str, port: int, mall_url: str | None, client_id: str
) -> None:
    async with loopback_client() as http:
        mall = Mall(http, mall_url, client_id) if mall_url else None
        config = uvicorn.Config(
            create_app(world, http, mall),
            host=host,
            port=port,
            lifespan="off",
            ws="none",
            # Lines of access would show codes and secrets.
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_LEAVE_SECONDS,
        )
        await uvicorn.Server(config).serve()
