"""Alive, ready and measured: what a supervisor, a balancer and a graph are told."""

import asyncio
from datetime import timedelta
from random import Random

import asyncpg
import pytest
from pydantic import SecretStr

from api import health
from domain.kernel.clock import system_clock
from domain.kernel.db import Database, open_database
from domain.kernel.heartbeats import SILENT_AFTER, beat
from domain.kernel.settings import Settings
from migrations import migrator
from migrations.history import revisions
from tests import make
from tests.api.client import DOCUMENT_IDS, Api, running_api, statements_run

LONGEST_ANSWER_SECONDS = 30
"""Finds what hangs; the budgets themselves are half a second and measured by the bench."""
TOKEN = "a-token-of-some-length"  # noqa: S105 - opens the malls of tests only
LIST = DOCUMENT_IDS["miniprogram/ProductList"]


@pytest.fixture(autouse=True)
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test be answered from what another one saw."""
    monkeypatch.setattr(health, "KEPT_SECONDS", 0)


async def readyz(api: Api) -> tuple[int, dict[str, str]]:
    """The status and the parts of ``/readyz``."""
    async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
        response = await api.http.get("/readyz")
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()


async def beat_at(url: str, *, ago: timedelta) -> None:
    """Leave the sign of life of a worker."""
    at = system_clock() - ago
    async with (
        open_database(url, read_connections=1, write_connections=1) as database,
        database.writes.begin() as session,
    ):
        await beat(session, make.an_id(), started_at=at, at=at)


def on(settings: Settings, *, database_url: str = "", redis_url: str = "") -> Settings:
    """Settings with another address of a server."""
    urls = {"database_url": database_url, "redis_url": redis_url}
    update = {name: SecretStr(url) for name, url in urls.items() if url}
    return settings.model_copy(update=update)


@pytest.fixture
async def migrated_url(blank_database_url: str, random: Random) -> str:
    """A migrated database of the test's own, with a worker that is alive."""
    await migrator.upgrade(blank_database_url, random)
    await beat_at(blank_database_url, ago=timedelta())
    return blank_database_url


async def test_livez_says_that_the_process_lives_whatever_is_away(settings: Settings):
    away = on(settings, database_url="postgresql://nobody@/x?host=/nowhere",
              redis_url="unix:///nowhere.sock")  # fmt: skip
    async with running_api(away) as api:
        response = await api.http.get("/livez")
    assert (response.status_code, response.text) == (200, "ok")


async def test_a_whole_mall_is_ready(api: Api, database_url: str):
    await beat_at(database_url, ago=timedelta())
    parts = {"status": "ready", "database": "ok", "redis": "ok", "worker": "ok"}
    assert await readyz(api) == (200, parts)


async def test_a_mall_without_a_worker_is_ready_and_degraded(api: Api):
    parts = {"status": "degraded", "database": "ok", "redis": "ok", "worker": "silent"}
    assert await readyz(api) == (200, parts)


async def test_a_worker_that_went_silent_counts_as_none(api: Api, database_url: str):
    await beat_at(database_url, ago=SILENT_AFTER + timedelta(seconds=1))
    assert (await readyz(api))[1]["worker"] == "silent"
    await beat_at(database_url, ago=SILENT_AFTER - timedelta(seconds=10))
    assert (await readyz(api))[1]["worker"] == "ok"


@pytest.mark.parametrize("away", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
async def test_a_mall_without_valkey_is_ready_and_degraded(
    settings: Settings, migrated_url: str, away: str
):
    async with running_api(on(settings, database_url=migrated_url, redis_url=away)) as api:
        parts = {"status": "degraded", "database": "ok", "redis": "away", "worker": "ok"}
        assert await readyz(api) == (200, parts)


async def test_a_database_that_is_not_migrated_is_not_ready(
    settings: Settings, blank_database_url: str
):
    async with running_api(on(settings, database_url=blank_database_url)) as api:
        parts = {
            "status": "not ready",
            "database": "not migrated",
            "redis": "ok",
            "worker": "unknown",
        }
        assert await readyz(api) == (503, parts)


async def test_a_database_at_an_older_revision_is_not_ready(
    settings: Settings, blank_database_url: str, random: Random
):
    for revision in revisions().older:
        await migrator.upgrade(blank_database_url, random, to=revision)
        async with running_api(on(settings, database_url=blank_database_url)) as api:
            code, parts = await readyz(api)
        assert (code, parts["database"]) == (503, "not migrated")
        break


async def test_a_database_at_a_newer_revision_is_ready(settings: Settings, migrated_url: str):
    connection = await asyncpg.connect(migrated_url)
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    await connection.close()
    async with running_api(on(settings, database_url=migrated_url)) as api:
        code, parts = await readyz(api)
    assert (code, parts["status"], parts["database"]) == (200, "ready", "ok")


@pytest.mark.parametrize(
    "url",
    ["postgresql://postgres@/shoal?host=/nowhere", "postgresql://postgres@127.0.0.1:1/shoal"],
)
async def test_a_mall_whose_postgresql_is_away_says_so_soon(settings: Settings, url: str):
    async with running_api(on(settings, database_url=url)) as api:
        parts = {"status": "not ready", "database": "away", "redis": "ok", "worker": "unknown"}
        assert await readyz(api) == (503, parts)


async def test_a_postgresql_that_lets_nobody_in_is_away(settings: Settings, database_url: str):
    url = database_url.replace("/test_", "/no_such_")
    async with running_api(on(settings, database_url=url)) as api:
        code, parts = await readyz(api)
        assert (code, parts["database"], parts["worker"]) == (503, "away", "unknown")


async def test_a_mall_that_is_leaving_is_not_ready_and_still_answers(api: Api, database_url: str):
    await beat_at(database_url, ago=timedelta())
    api.readiness.is_draining = True
    parts = {"status": "draining", "database": "ok", "redis": "ok", "worker": "ok"}
    assert await readyz(api) == (503, parts)
    assert (await api.http.get("/livez")).status_code == 200
    assert (await api.post({"documentId": LIST})).status_code == 200


async def test_metrics_are_open_in_development(api: Api):
    response = await api.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert "mall_connection_refused_total" in response.text


async def test_metrics_do_not_exist_in_production_without_a_token(production_api: Api):
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer None"}):
        response = await production_api.http.get("/metrics", headers=headers)
        assert response.status_code == 404
        assert "mall_" not in response.text


@pytest.mark.parametrize("profile", ["development", "production"])
async def test_metrics_need_the_token_where_there_is_one(settings: Settings, profile: str):
    update = {"profile": profile, "metrics_token": SecretStr(TOKEN)}
    async with running_api(settings.model_copy(update=update)) as api:
        for wrong in ("", TOKEN, f"Bearer {TOKEN}x", f"bearer{TOKEN}", "Bearer"):
            response = await api.http.get("/metrics", headers={"authorization": wrong})
            assert response.status_code == 404
        assert (await api.http.get("/metrics")).status_code == 404
        right = await api.http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert right.status_code == 200
        assert "mall_gate_running" in right.text
        assert TOKEN not in right.text


async def test_metrics_name_the_trusted_documents_that_ran_and_no_others(api: Api):
    await api.run("miniprogram/ProductList")
    await api.query("query MyOwnSecretName { __typename }")
    metrics = (await api.http.get("/metrics")).text
    count = "mall_graphql_answered_seconds_count"
    assert f'{count}{{document="miniprogram/ProductList",outcome="ok"}}' in metrics
    assert f'{count}{{document="adhoc",outcome="ok"}}' in metrics
    assert "MyOwnSecretName" not in metrics


async def test_the_parts_are_looked_at_once_a_second_whoever_asks(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health, "KEPT_SECONDS", 60)
    await readyz(api)
    before = statements_run()
    assert [code for code, _ in [await readyz(api) for _ in range(20)]] == [200] * 20
    assert statements_run() == before


async def test_a_mall_with_every_reader_waiting_is_still_ready(
    api: Api, settings: Settings, database: Database
):
    """A lock that a migration takes must not take every instance out of rotation."""
    locker = await asyncpg.connect(settings.required_database_url())
    await locker.execute("BEGIN; LOCK TABLE products")
    asked = [asyncio.create_task(api.query("{ products { edges { cursor } } }")) for _ in range(20)]
    await asyncio.sleep(0.2)
    assert (await readyz(api))[0] == 200
    await locker.close()
    await asyncio.gather(*asked)


async def test_pictures_are_files_and_nothing_that_a_browser_runs(
    api: Api, shared_settings: Settings
):
    folder = shared_settings.media_folder
    assert (await api.http.get("/media/a.svg")).status_code == 404
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    await asyncio.to_thread((folder / "a.svg").write_text, "<svg/>")
    picture = await api.http.get("/media/a.svg")
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in picture.headers["content-security-policy"]
    for path in ("/media/../lock", "/media/%2e%2e/lock", "/media//etc/passwd"):
        assert (await api.http.get(path)).status_code == 404
