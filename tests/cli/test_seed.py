"""``mall seed`` as somebody runs it."""

import os
import pty
import subprocess
import sys

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from sandbox.brand.seeding import PRODUCTS_AT_ONCE, Seeding, Wish
from tests.make import NOON

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
