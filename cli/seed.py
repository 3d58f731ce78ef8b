"""``mall seed``: fills an empty mall with the demo brand."""

import asyncio
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import SystemRandom

import click

from cli import demo_sign_in
from cli.reach import postgresql_told
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.logs import LogLevel, configure_logs
from domain.kernel.settings import Profile, Settings, SettingsRefused, read_settings
from sandbox.brand.agreements import Sealing
from sandbox.brand.history.gateway import Account
from sandbox.brand.history.telling import History
from sandbox.brand.numbering import MOST_OF_A_KIND
from sandbox.brand.pictures import draw_missing
from sandbox.brand.seeding import Progress, SeedBegunOtherwise, Seeding, Wish
from sandbox.brand.signing_in import hashes_of, let_in
from sandbox.wechat.calling import loopback_client
from sandbox.wechat.keeping import Kept, tell_history
from sandbox.wechat.loopback import leads_to_loopback

Tell = Callable[[Progress], None]
_COUNT = click.IntRange(0, MOST_OF_A_KIND)
_LINES = 10
_ALREADY_THERE = "demo brand: already there"


@click.command("seed")
@click.option(
    "--seed", default=Wish().seed, show_default=True, help="Which demo data.",
    type=click.IntRange(min=0),
)  # fmt: skip
@click.option("--products", default=Wish().products, show_default=True, type=_COUNT)
@click.option("--members", default=Wish().members, show_default=True, type=_COUNT)
@click.option(
    "--history",
    metavar="URL",
    help="With orders of the two weeks before, of which the fake WeChat at this address is told.",
)
def command(seed: int, products: int, members: int, history: str | None) -> None:
    """Fill an empty mall with the demo brand; a mall that sells something is left as it is.

    The same seed makes the same products, prices, places and people, whenever it is run; dates
    lie before the present moment. It is seen when all of it is there. After an interruption,
    run it again: it goes on.
    """
    settings = read_settings(os.environ)
    if settings.profile is not Profile.DEVELOPMENT:
        raise SettingsRefused(["MALL_PROFILE: demo data is for development only"])
    # What happens in a history is no news of now.
    configure_logs(LogLevel.WARNING, settings.log_format)
    wish = Wish(seed, products, members)
    with postgresql_told(), _shown(wish) as tell:
        told = history_of(settings, history) if history else None
        whole = asyncio.run(_seed(settings, wish, tell, told))
    if whole is None:
        click.echo(_ALREADY_THERE)
    else:
        click.echo(f"demo brand: {whole.products:,} products and {whole.members:,} members")


async def fill(
    database: Database,
    wish: Wish,
    *,
    at: datetime,
    sealing: Sealing | None = None,
    tell: Tell | None = None,
    history: History | None = None,
) -> Progress | None:
    """Add what is missing of the demo brand, a transaction for each batch; None where the mall
    is taken. Without ``sealing`` no member has a phone or an address. Raises `SeedBegunOtherwise`.
    """
    seeding = Seeding(wish, at, sealing, history)
    while True:
        async with database.writes.begin() as session:
            progress = await seeding.take_step(session)
        if progress is None or progress.is_whole:
            return progress
        if tell:
            tell(progress)


async def _seed(
    settings: Settings, wish: Wish, tell: Tell, history: History | None
) -> Progress | None:
    draw_missing(settings.media_folder)
    url = settings.required_database_url()
    async with open_database(url, read_connections=1, write_connections=1) as database:
        try:
            whole = await fill(
                database,
                wish,
                at=system_clock(),
                sealing=_sealing(settings),
                tell=tell,
                history=history,
            )
            await let_staff_in(database, settings.home, is_new=whole is not None)
        except SeedBegunOtherwise:
            raise click.ClickException(
                "A demo brand with another --seed was begun here; finish it, or `mall reset`."
            ) from None
        return whole


async def let_staff_in(database: Database, home: Path, *, is_new: bool) -> None:
    """Give the demo staff what they sign in with, unless this mall's folder says that they have it.

    It is kept there once they have it: a crash in between only gives them another one next time.
    """
    kept = demo_sign_in.kept(home)
    if kept is not None and not is_new:
        return
    sign_in = kept or demo_sign_in.made()
    hashes = hashes_of(sign_in.password, sign_in.pin)
    async with database.writes.begin() as session:
        count = await let_in(session, hashes)
    if count:
        demo_sign_in.keep(home, sign_in)


def _sealing(settings: Settings) -> Sealing | None:
    if settings.master_keys is None:
        return None
    return Sealing(settings.required_vault(), SystemRandom())


def history_of(settings: Settings, url: str) -> History:
    """A history whose payments the fake WeChat at an address is told of.

    `click.UsageError` where the mall pays by no WeChat Pay, or the address is not on loopback.
    """
    pay = settings.wechat_pay
    if pay is None:
        raise click.UsageError("--history: needs the MALL_WECHAT_PAY_… of the fake WeChat")
    if not leads_to_loopback(url):
        raise click.UsageError("--history: must be an http address of this machine")

    async def tell(kept: Kept) -> None:
        async with loopback_client() as http:
            await tell_history(http, url, kept)

    return History(Account(pay.merchant_id, pay.app_id, pay.notify_url), tell)


@contextmanager
def _shown(wish: Wish) -> Generator[Tell]:
    """Show progress: a bar on a terminal, and otherwise a line now and then, for a large one."""
    if sys.stdout.isatty():
        with click.progressbar(length=wish.products + wish.members, label="demo brand") as bar:
            yield lambda progress: bar.update(_done(progress) - bar.pos)
    else:
        yield _Lines(wish).tell


class _Lines:
    """A line for each tenth of the way."""

    def __init__(self, wish: Wish) -> None:
        self._all = wish.products + wish.members
        self._told = 0

    def tell(self, progress: Progress) -> None:
        done = _done(progress)
        if done * _LINES // self._all > self._told and done < self._all:
            self._told = done * _LINES // self._all
            click.echo(f"demo brand: {done:,} of {self._all:,} products and members")


def _done(progress: Progress) -> int:
    return progress.products + progress.members
