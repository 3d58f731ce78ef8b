"""``mall run``: the whole mall on this machine, with engines of its own."""

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from cli.door import Door
from cli.signals import Signals, StopRequested
from cli.supervisor import Plan, supervise
from domain.kernel.settings import Settings, read_settings
from sandbox.engines.problem import EngineProblem, of_system

CHECKOUT = Path(__file__).parent.parent


@click.command()
def command() -> None:
    """Run PostgreSQL, Valkey, the API and the worker until Ctrl-C.

    MALL_PORT is the API's port, MALL_HOME the folder for data and logs. With
    MALL_DATABASE_URL or MALL_REDIS_URL that server is used instead of the embedded one.
    """
    keep(plan_of(read_settings(os.environ), os.environ))


def keep(plan: Plan) -> None:
    """Keep a mall running until a signal ends it; a problem ends it with status 1."""
    signals = Signals()
    signals.install()
    with problems_told(plan.home):
        try:
            supervise(plan, signals, _tell)
        except StopRequested:
            _tell("stopped")


@contextmanager
def problems_told(home: Path) -> Generator[None]:
    """End the command with status 1 and a message for a person, when the machine is in the way."""
    try:
        yield
    except EngineProblem as problem:
        _fail(problem)
    except OSError as error:
        _fail(of_system(error, home))


def plan_of(settings: Settings, environ: Mapping[str, str]) -> Plan:
    """Return the mall that these settings describe."""
    mall = (sys.executable, "-m", "cli")
    unless_set = {"MALL_PROFILE": "development", "MALL_DRAIN_SECONDS": "0"}
    database, redis = settings.database_url, settings.redis_url
    return Plan(
        home=settings.home,
        door=Door(settings.host, settings.port),
        environment=unless_set | {name: value for name, value in environ.items() if value},
        folder=CHECKOUT,
        migrate=(*mall, "migrate"),
        seed=(*mall, "seed"),
        api=(*mall, "api"),
        worker=(*mall, "worker"),
        database_url=database.get_secret_value() if database else None,
        redis_url=redis.get_secret_value() if redis else None,
        shutdown_seconds=settings.shutdown_seconds,
    )


def _fail(problem: EngineProblem) -> None:
    click.echo(f"mall: {problem}", err=True)
    sys.exit(1)


def _tell(line: str) -> None:
    """Write a line at once; a reader that has gone must not keep the mall from its end."""
    try:
        click.echo(line)
    except OSError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
