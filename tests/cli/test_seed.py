"""``mall seed`` as somebody runs it."""

import os
import pty
import subprocess
import sys

import click
import pytest

from cli.seed import history_of
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from sandbox.brand.seeding import PRODUCTS_AT_ONCE, Seeding, Wish
from tests.api.payments.malls import with_pay
from tests.make import NOON
from tests.wechat import FakeWeChat

COMMAND = (sys.executable, "-m", "cli", "seed")


def seed(settings: Settings, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *words], env=environment(settings), capture_output=True, text=True, check=False
    )


def environment(settings: Settings) -> dict[str, str]:
    return {
        "MALL_PROFILE": "development",
        "MALL_HOME": str(settings.home),
        "MALL_DATABASE_URL": settings.required_database_url(),
    }


def test_a_large_seed_tells_how_far_it_is_and_what_was_added(
    settings: Settings, database: Database
):
    asked = ("--products", str(PRODUCTS_AT_ONCE + 1), "--members", "5")
    first = seed(settings, *asked)
    assert first.stdout.splitlines() == [
        "demo brand: 1,000 of 1,006 products and members",
        "demo brand: 1,001 products and 5 members",
    ]
    assert (settings.media_folder / "brand/banner-1.svg").exists()

    again = seed(settings, *asked)
    assert (again.stdout, again.returncode) == ("demo brand: already there\n", 0)


def test_a_history_needs_a_fake_wechat_pay_on_this_machine(settings: Settings, wechat: FakeWeChat):
    with pytest.raises(click.UsageError, match="MALL_WECHAT_PAY_"):
        history_of(settings, wechat.url)
    with pytest.raises(click.UsageError, match="of this machine"):
        history_of(with_pay(settings, wechat), "https://api.mch.weixin.qq.com")


def test_a_terminal_shows_a_bar(settings: Settings, database: Database):
    ours, theirs = pty.openpty()
    words = ("--products", "3", "--members", "2")
    process = subprocess.run(
        [*COMMAND, *words], env=environment(settings), stdout=theirs, check=False
    )
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "100%" in shown
    assert shown.endswith("demo brand: 3 products and 2 members\r\n")


async def test_the_beginning_of_another_seed_is_refused_in_a_sentence(
    settings: Settings, database: Database
):
    async with database.writes.begin() as session:
        await Seeding(Wish(products=3), NOON).take_step(session)

    refused = seed(settings, "--seed", "9")
    assert refused.returncode == 1
    assert "A demo brand with another --seed was begun here" in refused.stderr
