"""A Valkey of one test's own, which can be killed and started again: the others share theirs."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sandbox.engines.binaries import within_reach
from tests.faults.rig import until


class OwnValkey:
    """A server that keeps nothing on the disk: who kills it empties it."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._binary = within_reach(None, folder).valkey_server
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}?db=0"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *(str(self._binary), "--port", "0", "--unixsocket", str(self._socket)),
            *("--appendonly", "no", "--save", ""),
            stdout=asyncio.subprocess.DEVNULL,
        )
        await until(self._answers)

    async def kill(self) -> None:
        """Kill it, with all that it knew."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def flush(self) -> None:
        """Empty it."""
        async with Redis.from_url(self.url) as client:
            await client.flushall()

    async def _answers(self) -> bool:
        try:
            async with Redis.from_url(self.url) as client:
                return bool(await client.ping())
        except (RedisError, OSError):
            return False


@asynccontextmanager
async def own_valkey() -> AsyncGenerator[OwnValkey]:
    """A Valkey that answers, until the block ends."""
    # The path of a socket is short, which that of a test's own folder need not be.
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        server = OwnValkey(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            await server.kill()
