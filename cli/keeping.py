"""A mall kept by one command, whose problems are told to the person who gave it."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from cli.signals import Signals, StopRequested
from cli.supervisor import Plan, supervise
from sandbox.engines.problem import EngineProblem, of_system


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


def _fail(problem: EngineProblem) -> None:
    click.echo(f"mall: {problem}", err=True)
    sys.exit(1)


def _tell(line: str) -> None:
    """Write a line at once; a reader that has gone must not keep the mall from its end."""
    try:
        click.echo(line)
    except OSError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the end
