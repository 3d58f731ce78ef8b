"""What the tests share: real engines once per run, a database and a queue for each process."""

import asyncio
import gc
import os
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import hypothesis
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis
from structlog.testing import capture_logs
from structlog.typing import EventDict
from xdist.remote import Producer

from bench.statements import counted_statements
from domain.kernel import db
from domain.kernel.db import Database, open_database
from domain.kernel.settings import Profile, Settings, read_settings
from domain.staff import credentials
from domain.tables import METADATA
from migrations import migrator
from sandbox.engines import engines
from sandbox.engines.postgres import APPLICATION, OWNER
from tests.api.client import STAFF_TOKEN, Api, running_api
from tests.folders import folder_for_throwaways
from tests.patience import make_hasty, make_patient
from tests.sandbox.homes import FOLDER
from tests.spreading import Spreading, place_of
from tests.warming import import_share
from tests.wechat import FakeWeChat, running_wechat

MASTER_KEY = "bm90aGluZyBoaWRlcyBiZWhpbmQgdGhpcyBrZXkhISE="
_TEMPLATE = "shoal_template"
_POSTGRES = "TEST_POSTGRES_SERVER"
_VALKEY = "TEST_VALKEY_SERVER"
_PROGRAMMES = "TEST_POSTGRES_PROGRAMMES"
_EMPTIED = [table.name for table in METADATA.sorted_tables if table.name != "signing_keys"]
"""The API of a process goes on with its signing key, which no mall ever loses."""
_LOOK = "SELECT " + ", ".join(f"EXISTS (SELECT FROM {name}) AS {name}" for name in _EMPTIED)
_STACK = pytest.StashKey[ExitStack]()

# What a mall hashes with is held by tests/domain/staff/test_credentials.py; here it would cost
# a minute. It is so before any module of tests hashes a password.
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_PATCH = pytest.MonkeyPatch()
_PATCH.setattr(credentials, "_HASHER", _CHEAP)
_PATCH.setattr(credentials, "_NOBODY", _CHEAP.hash("nobody has this password"))

# Beside other tests seconds are soon over. Where it matters how long is waited, tests are `hasty`.
make_patient(_PATCH)

# The suite runs the same examples each time; a soak runs new ones and prints what failed.
hypothesis.settings.register_profile(
    "suite", max_examples=60, derandomize=True, deadline=None, database=None
)
hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let checks that need no database run without one."""
    parser.addoption("--no-engines", action="store_true", help="Start no PostgreSQL or Valkey.")
    parser.addoption("--soak", action="store_true", help="Run properties long and at random.")


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines in the process that the others are started by, and migrate a template."""
    hypothesis.settings.load_profile("soak" if config.getoption("--soak") else "suite")
    if hasattr(config, "workerinput") or config.getoption("--no-engines"):
        return
    stack = config.stash[_STACK] = ExitStack()
    made = tempfile.TemporaryDirectory(prefix="shoal-", dir=folder_for_throwaways())
    home = Path(stack.enter_context(made))
    home.chmod(0o755)
    running = stack.enter_context(engines(home / "engines", throwaway=True))
    os.environ[FOLDER] = str(home)
    os.environ[_POSTGRES] = running.owner_url
    os.environ[_VALKEY] = running.redis_url
    os.environ[_PROGRAMMES] = str(running.bin)
    asyncio.run(_make_template(running.owner_url))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Share the work of collecting with the processes that run beside this one."""
    worker: dict[str, Any] | None = getattr(session.config, "workerinput", None)
    if worker is not None:
        import_share(int(worker["workerid"].removeprefix("gw")), of=worker["workercount"])


def pytest_xdist_auto_num_workers() -> int:
    """Three test processes on two cores, and so on: tests wait for children, clocks and browsers.

    With as many as cores, three of ten seconds of the cores passed unused.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) * 3 // 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spreading:
    """Spread the tests as `tests.spreading` says."""
    return Spreading(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    items.sort(key=lambda item: place_of(item.nodeid))


def pytest_collection_finish() -> None:
    """Never look for garbage among the modules, the schema and the tests themselves: all stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    if _STACK in config.stash:
        config.stash[_STACK].close()


@pytest.fixture
def is_soak(request: pytest.FixtureRequest) -> bool:
    """Whether the long forms are asked for."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(scope="session")
def process_number(worker_id: str) -> int:
    """The number of this test process among those that run at once."""
    return 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1


@pytest.fixture(scope="session")
async def owner_url(process_number: int) -> str:
    """A migrated database that only this test process uses, as the one who owns it."""
    server = os.environ[_POSTGRES]
    return await make_database(f"test_{process_number}", server=server, template=_TEMPLATE)


@pytest.fixture(scope="session")
def database_url(owner_url: str) -> str:
    """The same database as the mall itself opens it: journals are closed to it."""
    return as_application(owner_url)


@pytest.fixture(scope="session")
async def owner(owner_url: str) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that nothing stops, no right and no trigger: for cleaning up, and for faults."""
    no_triggers = {"session_replication_role": "replica"}
    connection = await asyncpg.connect(owner_url, server_settings=no_triggers)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def redis_url(process_number: int) -> str:
    """A Valkey database that only this test process uses."""
    return os.environ[_VALKEY].replace("db=0", f"db={process_number}")


@pytest.fixture
async def blank_database_url(process_number: int) -> AsyncGenerator[str]:
    """An empty database for one test, not migrated, as its owner."""
    name = f"blank_{process_number}"
    yield await make_database(name, server=os.environ[_POSTGRES], template="template0")
    await _run(os.environ[_POSTGRES], f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def migrated_database_url(process_number: int) -> AsyncGenerator[str]:
    """A migrated database for one test, as its owner: a copy, much cheaper than to migrate."""
    name = f"migrated_{process_number}"
    yield await make_database(name, server=os.environ[_POSTGRES], template=_TEMPLATE)
    await _run(os.environ[_POSTGRES], f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_settings(
    database_url: str,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    shared_wechat: FakeWeChat,
) -> Settings:
    """Settings of the development mall that the tests of one process share."""
    return read_settings(
        {
            "MALL_PROFILE": "development",
            "MALL_HOME": str(tmp_path_factory.mktemp("mall")),
            "MALL_PUBLIC_URL": "https://mall.example",
            "MALL_DATABASE_URL": database_url,
            "MALL_REDIS_URL": redis_url,
            "MALL_STAFF_TOKEN": STAFF_TOKEN,
            "MALL_MASTER_KEYS": MASTER_KEY,
            "MALL_WECHAT_URL": shared_wechat.url,
            "MALL_WECHAT_APP_ID": shared_wechat.app_id,
            "MALL_WECHAT_APP_SECRET": shared_wechat.app_secret,
            "MALL_SMS_URL": shared_wechat.sms_url,
            "MALL_SMS_TOKEN": shared_wechat.sms_token,
            # Tests write rows by hand, of which nobody is told.
            "MALL_PUBLIC_ANSWERS": "0",
        }
    )


@pytest.fixture
def settings(shared_settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a development mall with a home of its own."""
    return shared_settings.model_copy(update={"home": tmp_path})


@pytest.fixture(scope="session")
async def shared_database(shared_settings: Settings) -> AsyncGenerator[Database]:
    """Both pools, opened once for each test process."""
    url = shared_settings.required_database_url()
    async with open_database(
        url, read_connections=4, write_connections=4, hot_connections=4
    ) as database:
        yield database


@pytest.fixture
async def database(
    shared_database: Database, owner: "asyncpg.Connection[asyncpg.Record]"
) -> AsyncGenerator[Database]:
    """Both pools; all that a test wrote is gone after it."""
    yield shared_database
    await forget_rows(owner)


async def forget_rows(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Delete all that was written to the database of this test process."""
    # Most tests write to few tables, and to look is cheaper than to delete.
    written = await owner.fetchrow(_LOOK)
    assert written is not None
    if found := [name for name, is_written in written.items() if is_written]:
        await owner.execute("; ".join(f"DELETE FROM {name}" for name in found))


@pytest.fixture
async def redis(redis_url: str) -> AsyncGenerator[Redis]:
    """Valkey, empty before and after."""
    async with Redis.from_url(redis_url) as client:
        await client.flushdb()
        yield client
        await client.flushdb()


@pytest.fixture
def count_statements(shared_database: Database) -> Generator[Counter[str]]:
    """Counts what the write pool sends to PostgreSQL, by the first word."""
    with counted_statements(shared_database) as counted:
        yield counted


@pytest.fixture(scope="session")
async def shared_api(shared_settings: Settings) -> AsyncGenerator[Api]:
    """The development API, built once for each test process."""
    async with running_api(shared_settings) as api:
        yield api


@pytest.fixture(scope="session")
async def shared_production_api(shared_settings: Settings) -> AsyncGenerator[Api]:
    """The production API, built once for each test process."""
    production = shared_settings.model_copy(
        update={"profile": Profile.PRODUCTION, "staff_token": None}
    )
    async with running_api(production) as api:
        yield api


@pytest.fixture
def api(shared_api: Api, database: Database) -> Generator[Api]:
    """The API in the development profile, in this process."""
    yield shared_api
    shared_api.readiness.is_draining = False


@pytest.fixture
def production_api(shared_production_api: Api, database: Database) -> Generator[Api]:
    """The API in the production profile, in this process."""
    yield shared_production_api
    shared_production_api.readiness.is_draining = False


@pytest.fixture(scope="session")
async def shared_wechat() -> AsyncGenerator[FakeWeChat]:
    """The fake WeChat, served once for each test process."""
    async with running_wechat() as wechat:
        yield wechat


@pytest.fixture
def wechat(shared_wechat: FakeWeChat) -> Generator[FakeWeChat]:
    """The fake WeChat, which knows nobody yet."""
    yield shared_wechat
    shared_wechat.reset()


@pytest.fixture
def logged() -> Generator[list[EventDict]]:
    """The events that the mall logs during a test, as structured as they were said."""
    with capture_logs() as events:
        yield events


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has as long to answer as they have in a mall, and not longer.

    The sessions of `database` are open already, and stay as they are.
    """
    make_hasty(monkeypatch)


@pytest.fixture
async def impatient(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Database]:
    """Pools on the same database, whose sessions wait but a moment for a lock."""
    monkeypatch.setattr(db, "LOCK_TIMEOUT_MS", 100)
    async with open_database(database_url, read_connections=2, write_connections=2) as opened:
        yield opened


@pytest.fixture
def random() -> Random:
    """Randomness that is the same each time."""
    return Random(20261122)


def postgres_programmes() -> Path:
    """The folder with the embedded PostgreSQL's ``pg_dump`` and the like."""
    return Path(os.environ[_PROGRAMMES])


async def make_database(name: str, *, server: str, template: str) -> str:
    """Make a database from a template, in the place of an older one; answers with its URL."""
    await _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.replace("/shoal?", f"/{name}?")


def as_application(url: str) -> str:
    """The address of the same database for the role of the API and the workers."""
    return url.replace(f"//{OWNER}@", f"//{APPLICATION}@")


async def _make_template(server: str) -> None:
    url = await make_database(_TEMPLATE, server=server, template="template0")
    await migrator.upgrade(url, Random(1), application_role=APPLICATION)


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
