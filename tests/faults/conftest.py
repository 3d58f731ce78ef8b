"""The mall of the fault programme: two processes of the API, shared by its tests."""

from collections.abc import AsyncGenerator

import pytest

from tests.faults.rig import Process, Rig


@pytest.fixture(scope="package")
async def rig(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Rig]:
    """Where processes are started, with proxies before PostgreSQL and Valkey."""
    async with Rig(database_url, redis_url, tmp_path_factory.mktemp("rig")).running() as rig:
        yield rig


@pytest.fixture(scope="package")
async def both(rig: Rig) -> AsyncGenerator[list[Process]]:
    """Two processes of the API in the production profile."""
    async with rig.apis(2) as processes:
        yield processes
