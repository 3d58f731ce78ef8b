"""Processes of a mall as its operator runs them, behind proxies before both of its servers."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from api.health import Readiness
from domain.kernel.failpoints import Failpoint
from tests.api.client import Api
from tests.cli.mall_process import MallProcess, free_port
from tests.conftest import MASTER_KEY
from tests.faults.proxy import Proxy

PATIENCE_SECONDS = 120.0
"""How long something may take that takes a moment: these tests run beside others."""


@dataclass(frozen=True)
class Process:
    """One process of the mall, and for an API how it is spoken to."""

    mall: MallProcess
    api: Api

    async def died(self) -> None:
        """Wait until it is dead, and was killed."""
        status = await asyncio.to_thread(self.mall.popen.wait, PATIENCE_SECONDS)
        assert status == -signal.SIGKILL, self.mall.said

    async def end(self) -> None:
        """Let it end in order, unless it has ended."""
        if self.mall.popen.poll() is None:
            assert await asyncio.to_thread(self.mall.end) == 0, self.mall.said


@dataclass
class Rig:
    """Starts processes of one mall on the database and the Valkey of the tests."""

    database_url: str
    redis_url: str
    folder: Path
    seed: int = 20261128
    postgres: Proxy = field(init=False)
    valkey: Proxy = field(init=False)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Find the sockets that the servers listen on."""
        (sockets,) = parse_qs(urlsplit(self.database_url).query)["host"]
        self.postgres = Proxy(Path(sockets) / ".s.PGSQL.5432", seed=self.seed)
        self.valkey = Proxy(Path(urlsplit(self.redis_url).path), seed=self.seed)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Rig"]:
        """Keep the proxies until the block ends."""
        async with self.postgres.running(), self.valkey.running():
            yield self

    @asynccontextmanager
    async def api(self, port: int | None = None, /, **settings: str) -> AsyncGenerator[Process]:
        """A process of the API, ready, at any port or at that one; it ends with the block."""
        async with self._process("api", settings, port) as process:
            await until(lambda: self._is_ready(process))
            yield process

    @asynccontextmanager
    async def worker(self, **settings: str) -> AsyncGenerator[Process]:
        """A process of the workers, just started; it ends with the block."""
        async with self._process("worker", settings) as process:
            yield process

    @asynccontextmanager
    async def apis(self, number: int) -> AsyncGenerator[list[Process]]:
        """So many processes of the API, which start side by side."""
        async with AsyncExitStack() as stack:
            starting = [self._process("api", {}) for _ in range(number)]
            processes = [await stack.enter_async_context(each) for each in starting]
            for process in processes:
                await until(lambda process=process: self._is_ready(process))
            yield processes

    @asynccontextmanager
    async def _process(
        self, command: str, settings: dict[str, str], port: int | None = None
    ) -> AsyncGenerator[Process]:
        port, number = port or free_port(), next(self._numbers)
        environ = self._environ(port) | settings
        mall = MallProcess(
            self.folder / f"{number}-{command}.log",
            (sys.executable, "-m", "cli", command),
            environ=environ,
        )
        # A client that waits for its answer longer than the mall would for anything.
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS, limits=limits
        ) as http:
            process = Process(mall, Api(http, Readiness()))
            try:
                yield process
            finally:
                await process.end()

    def _environ(self, port: int) -> dict[str, str]:
        """The settings of production, with a database and a Valkey that are reached by proxies."""
        postgres, valkey = urlsplit(self.database_url), parse_qs(urlsplit(self.redis_url).query)
        return {
            "MALL_PROFILE": "production",
            "MALL_PUBLIC_URL": "https://mall.example",
            "MALL_HOME": str(self.folder),
            "MALL_PORT": str(port),
            "MALL_MASTER_KEYS": MASTER_KEY,
            "MALL_DRAIN_SECONDS": "0",
            # So many requests can be in one batch.
            "MALL_BROWSE_RUNNING": "40",
            "MALL_READ_CONNECTIONS": "44",
            "MALL_DATABASE_URL": f"postgresql://{postgres.username}@127.0.0.1:{self.postgres.port}"
            f"{postgres.path}",
            "MALL_REDIS_URL": f"redis://127.0.0.1:{self.valkey.port}/{valkey['db'][0]}",
        }

    async def _is_ready(self, process: Process) -> bool:
        assert process.mall.popen.poll() is None, process.mall.said
        try:
            answer = await process.api.http.get("/readyz")
        except httpx.TransportError:
            return False
        return answer.is_success


def mortal(place: Failpoint | str, flag: Path) -> dict[str, str]:
    """Settings of a process that dies at a place while there is a file at that path."""
    name = place if isinstance(place, str) else place.name
    return {"MALL_PROFILE": "development", "MALL_FAILPOINT": f"{name}:{flag}"}


async def until(
    condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until the condition holds; fail when that takes long."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)
