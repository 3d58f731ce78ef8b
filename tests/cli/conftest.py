"""What the tests of the commands share."""

import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.cli.mall_process import MallProcess, free_port, stubs
from tests.playground import tried_playground
from tests.sandbox.homes import home, open_folder, template, used_home

__all__ = ["home", "open_folder", "template", "tried_playground", "used_home"]

Start = Callable[..., MallProcess]


@pytest.fixture
def port() -> int:
    """Return a free port."""
    return free_port()


@pytest.fixture(scope="session")
def servers(database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment with the suite's servers, for malls that need none of their own."""
    return {"MALL_DATABASE_URL": database_url, "MALL_REDIS_URL": redis_url}


@pytest.fixture
def start_alone(home: Path, port: int, tmp_path: Path) -> Generator[Start]:
    """Return what starts a mall of stubs with its own servers, and ends it after the test."""
    started: list[MallProcess] = []

    def start(**environ: str) -> MallProcess:
        output = tmp_path / f"output-{len(started)}"
        started.append(MallProcess(output, stubs(home, port), environ=environ))
        return started[-1]

    yield start
    for mall in started:
        if mall.popen.poll() is None:
            mall.end()


@pytest.fixture
def start(start_alone: Start, servers: dict[str, str]) -> Start:
    """Return what starts a mall of stubs with servers that are there already."""

    def start(**environ: str) -> MallProcess:
        return start_alone(**servers, **environ)

    return start


@pytest.fixture(autouse=True, scope="session")
def signals_as_in_a_terminal() -> None:
    """Let malls be interrupted, also where the suite itself was started in the background."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
