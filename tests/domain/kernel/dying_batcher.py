"""A process with a batcher that dies where it is told to: run by the tests of failpoints."""

import asyncio
import sys
from uuid import UUID

from domain.kernel.batcher import Batcher
from domain.kernel.db import open_database
from domain.kernel.failpoints import arm
from tests.domain.kernel.toy_batch import Birth, Born, Ward, key_of
from tests.make import NOON

ASKED = [Birth(UUID(int=number)) for number in range(1, 4)]


async def ask(url: str) -> None:
    """Submit three requests at once and say how each went."""
    async with open_database(url, read_connections=1, write_connections=1) as database:
        batcher = Batcher(database.hot, Ward().bear, answer=Born, name="toy", clock=lambda: NOON)
        async with batcher.running():
            sent = (batcher.submit(key_of(birth), birth) for birth in ASKED)
            for born in await asyncio.gather(*sent):
                sys.stdout.write(f"{born}\n")


if __name__ == "__main__":
    arm(sys.argv[2])
    asyncio.run(ask(sys.argv[1]))
