"""The API and the worker as processes of their own: how they start alone and how they leave."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import httpx
import pytest

from cli.main import main
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests import make
from tests.api.client import DOCUMENT_IDS
from tests.conftest import MASTER_KEY
from tests.patience import PATIENCE_SECONDS, until_somebody_waits_for_a_lock

START_SECONDS = 60


def environment(settings: Settings, port: int, **more: str) -> dict[str, str]:
    """The environment of a production process on the test's own database and queue."""
    return {
        "PATH": os.environ["PATH"],
        "MALL_HOME": str(settings.home),
        "MALL_PORT": str(port),
        "MALL_DATABASE_URL": settings.required_database_url(),
        "MALL_MASTER_KEYS": MASTER_KEY,
        "MALL_REDIS_URL": settings.required_redis_url(),
        "MALL_PUBLIC_URL": "https://mall.example",
        "MALL_DRAIN_SECONDS": "0",
        **more,
    }


@contextmanager
def mall(
    name: str, environ: dict[str, str], *, module: str = "cli"
) -> Generator["subprocess.Popen[str]"]:
    """A ``mall`` process that is gone when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, name],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def api_process(
    environ: dict[str, str],
) -> AsyncGenerator[tuple["subprocess.Popen[str]", httpx.AsyncClient]]:
    """``mall api``, ready and patient, and a client of it."""
    address = f"http://127.0.0.1:{environ['MALL_PORT']}"
    with mall("api", environ, module="tests.patient_mall") as process:
        async with httpx.AsyncClient(
            base_url=address, timeout=PATIENCE_SECONDS, trust_env=False
        ) as http:
            deadline = time.monotonic() + START_SECONDS
            while not await is_ready(http):
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            yield process, http


async def is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_request_under_way_is_answered_while_the_api_leaves(
    settings: Settings, database: Database, port: int
):
    async with database.writes.begin() as session:
        await make.product(session, title="限量礼盒")
    async with api_process(environment(settings, port)) as (process, http):
        locker = await asyncpg.connect(settings.required_database_url())
        await locker.execute("BEGIN; LOCK TABLE products")
        asked = asyncio.create_task(
            http.post("/graphql", json={"documentId": DOCUMENT_IDS["miniprogram/ProductList"]})
        )
        await until_somebody_waits_for_a_lock(database)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        assert not asked.done()
        await locker.execute("COMMIT")
        await locker.close()
        answer = await asked
        edges = answer.json()["data"]["products"]["edges"]
        assert [edge["node"]["title"] for edge in edges] == ["限量礼盒"]
        told, _ = await asyncio.to_thread(process.communicate, None, PATIENCE_SECONDS)
        assert process.returncode == 0
        # Lines of requests are written a moment later: the last ones when the process ends.
        assert '"event":"graphql.answered"' in told


async def test_an_api_that_leaves_says_first_that_it_is_not_ready(
    settings: Settings, database: Database, port: int
):
    environ = environment(settings, port, MALL_DRAIN_SECONDS="3")
    async with api_process(environ) as (process, http):
        process.send_signal(signal.SIGTERM)
        # The signal arrives a moment later; if it never does, the process never ends either.
        while (leaving := await http.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.01)
        assert (leaving.status_code, leaving.json()["status"]) == (503, "draining")
        still = {"documentId": DOCUMENT_IDS["miniprogram/ProductList"]}
        assert (await http.post("/graphql", json=still)).status_code == 200
        assert await asyncio.to_thread(process.wait, PATIENCE_SECONDS) == 0


async def test_an_api_starts_while_postgresql_is_away_and_says_so(settings: Settings, port: int):
    away = f"postgresql://shoal@/shoal?host={settings.home}"
    environ = environment(settings, port, MALL_DATABASE_URL=away)
    address = f"http://127.0.0.1:{port}"
    with mall("api", environ):
        async with httpx.AsyncClient(
            base_url=address, timeout=PATIENCE_SECONDS, trust_env=False
        ) as http:
            deadline = time.monotonic() + START_SECONDS
            while True:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
                try:
                    ready = await http.get("/readyz")
                    break
                except httpx.TransportError:
                    continue
            assert (ready.status_code, ready.json()["database"]) == (503, "away")
            assert (await http.get("/livez")).status_code == 200
            query = {"documentId": DOCUMENT_IDS["miniprogram/ProductList"]}
            busy = await http.post("/graphql", json=query)
            assert busy.status_code == 503
            assert busy.headers["retry-after"] == "1"
            assert busy.json()["errors"][0]["extensions"]["code"] == "BUSY"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_leaves_in_order(
    settings: Settings, database: Database, port: int, number: signal.Signals
):
    with mall("worker", environment(settings, port)) as process:
        assert process.stdout
        line = await asyncio.to_thread(process.stdout.readline)
        assert "worker.started" in line
        process.send_signal(number)
        rest, _ = await asyncio.to_thread(process.communicate, None, PATIENCE_SECONDS)
        assert process.returncode == 0
        assert "worker.stopped" in rest


@pytest.mark.parametrize(
    ("name", "changed", "reason"),
    [
        ("api", {"MALL_PORT": "many"}, "MALL_PORT: "),
        ("api", {"MALL_DATABASE_URL": ""}, "MALL_DATABASE_URL: is missing"),
        ("worker", {"MALL_REDIS_URL": "http://x"}, "MALL_REDIS_URL: must begin with redis://"),
        ("migrate", {"MALL_PROT": "1"}, "MALL_PROT: there is no such setting; did you mean"),
        ("seed", {}, "MALL_PROFILE: demo data is for development only"),
    ],
)
def test_a_wrong_setting_ends_a_command_at_its_start_with_name_and_reason(
    settings: Settings,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    changed: dict[str, str],
    reason: str,
):
    """As the process does, in this one: five starts of Python would cost ten seconds."""
    for variable, value in (environment(settings, port) | changed).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "argv", ["mall", name])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"mall: {reason}")
