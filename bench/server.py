"""Servers under measurement, each as a process of its own on a loopback port."""

import http.client
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from socket import socket

import psutil

from bench.ground import Ground
from domain.kernel.settings import PREFIX, Profile
from sandbox.engines.child import Child, Patience, Program

ROOT = Path(__file__).parent.parent
_START_SECONDS = 120
# Below the range from which systems hand out ports by themselves.
_PORTS = range(20_000, 32_000)


class ServerProblem(Exception):
    """A server did not start; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: a process, or several, each on a port of its own."""

    ports: tuple[int, ...]
    processes: tuple[psutil.Process, ...]

    @property
    def port(self) -> int:
        """The first process's port."""
        return self.ports[0]


@contextmanager
def mall_api(
    ground: Ground,
    profile: Profile,
    *,
    public_url: str | None = None,
    port: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Generator[Server]:
    """Serve the real API of this checkout, one process.

    ``more`` are settings; every other one is as it comes, but that no answers are kept.
    """
    port = port or free_port()
    environment = {**surroundings(ground, profile, public_url), "MALL_PORT": str(port)}
    environment |= more or {}
    with serving(ground, port, "-m", "cli", "api", environment=environment) as server:
        yield server


def surroundings(ground: Ground, profile: Profile, public_url: str | None) -> dict[str, str]:
    """The mall's settings on this ground, all but its port."""
    return {
        "MALL_PROFILE": profile.value,
        "MALL_HOME": str(ground.home),
        "MALL_DATABASE_URL": ground.database_url,
        "MALL_MASTER_KEYS": ground.master_keys,
        "MALL_REDIS_URL": ground.redis_url,
        "MALL_PUBLIC_URL": public_url or "",
        "MALL_DRAIN_SECONDS": "0",
        "MALL_PUBLIC_ANSWERS": "0",
    }


@contextmanager
def several(
    processes: int, opened: Callable[[], AbstractContextManager[Server]]
) -> Generator[Server]:
    """Run so many processes of one server, each as ``opened`` says.

    A mall in production is the same: a process for each core, and a proxy before them that deals
    connections out. Here whoever sends the load does that.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(opened()) for _ in range(processes)]
        yield Server(
            tuple(port for each in servers for port in each.ports),
            tuple(process for each in servers for process in each.processes),
        )


@contextmanager
def serving(
    ground: Ground, port: int, *words: str, environment: Mapping[str, str] | None = None
) -> Generator[Server]:
    """Run a Python programme that serves on the port, until the context ends.

    It has to answer ``/livez``. Raises `ServerProblem` when it does not.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    child = Child(
        Program(
            name=words[-1],
            argv=(sys.executable, *words),
            environment=inherited | dict(environment or {}),
            folder=ROOT,
            log=ground.home / f"server-{port}.log",
            stop_seconds=5,
        )
    )
    try:
        _await_answer(child, port)
        yield Server((port,), (psutil.Process(child.pid),))
    finally:
        child.ask_to_end()
        child.wait(Patience())


def free_port() -> int:
    """Find a port that is free now."""
    random = SystemRandom()
    while True:
        port = random.choice(_PORTS)
        with socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _await_answer(child: Child, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(port):
        if child.exit_status is not None or time.monotonic() > deadline:
            raise ServerProblem(f"{child.program.argv} does not answer:\n{child.said()}")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
