"""An embedded PostgreSQL and Valkey, from wheels: no container, no system service.

They listen on unix sockets in a private folder, run as an unprivileged account when the
caller is root, keep their data in the mall's home, and end with the process that started them.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.engines import postgres, valkey
from sandbox.engines.account import Account
from sandbox.engines.child import Patience
from sandbox.engines.crew import Crew
from sandbox.engines.home import claimed
from sandbox.engines.leftovers import end_recorded
from sandbox.engines.place import settled
from sandbox.engines.problem import EngineProblem, of_system
from sandbox.engines.start import Starting

__all__ = ["EngineProblem", "Engines", "engines"]


@dataclass(frozen=True, slots=True)
class Engines:
    """Both servers, answering."""

    database_url: str
    """The mall's database as the application opens it, without rights before it is migrated."""
    owner_url: str
    """The same database as its owner, who migrates it."""
    redis_url: str
    bin: Path
    """The folder with ``psql``, ``pg_dump``, ``pgbench`` and the other programmes."""
    account: Account | None
    """Who runs them, when that is not the caller."""
    postgres_pid: int
    valkey_pid: int


@contextmanager
def engines(home: Path, *, throwaway: bool = False) -> Generator[Engines]:
    """Run PostgreSQL and Valkey from a home folder until the context ends.

    Throwaway engines are for tests: they are quick because a crash may lose everything, and
    their data is removed at the end. Raises `EngineProblem` when they cannot start.
    """
    with ExitStack() as stack:
        try:
            running = _start(home, stack, throwaway=throwaway)
        except OSError as error:
            raise of_system(error, home) from error
        yield running


def _start(home: Path, stack: ExitStack, *, throwaway: bool) -> Engines:
    patience = Patience()
    claim = stack.enter_context(claimed(home))
    end_recorded(claim)
    place = stack.enter_context(settled(claim))
    if throwaway:
        stack.callback(place.remove)
    crew = stack.enter_context(Crew(claim, patience))
    starting = Starting(place, crew, patience, tell=_keep_silent, throwaway=throwaway)
    starting.start_postgres()
    starting.start_valkey()
    starting.await_answers()
    assert starting.postgres
    assert starting.valkey
    return Engines(
        database_url=postgres.application_url(place),
        owner_url=postgres.url(place),
        redis_url=valkey.url(place),
        bin=place.binaries.postgres,
        account=place.account,
        postgres_pid=starting.postgres.pid,
        valkey_pid=starting.valkey.pid,
    )


def _keep_silent(_: str) -> None:
    pass
