"""``python -m bench [NAME …]``: runs the benchmarks, all but the longest unless some are named."""

import signal
import sys
from pathlib import Path

import click

from bench import (
    checkout,
    growth,
    imports,
    orders,
    reads,
    reads_matrix,
    redemption,
    report,
    settlement,
    start,
    walk,
)
from bench.benchmark import Benchmark, Effort
from bench.load import LoadProblem
from bench.server import ServerProblem
from domain.kernel.clock import system_clock
from sandbox.engines import EngineProblem

BENCHMARKS: dict[str, Benchmark] = {
    "start": start.run,
    "imports": imports.run,
    "reads": reads.run,
    "reads_matrix": reads_matrix.run,
    "walk": walk.run,
    "growth": growth.run,
    "orders": orders.run,
    "checkout": checkout.run,
    "redemption": redemption.run,
    "settlement": settlement.run,
}
_LONG = {"reads_matrix"}
"""What takes half an hour, and so is run when it is named."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", default=Effort().rounds, show_default=True, type=click.IntRange(min=1))
@click.option("--seconds", default=Effort().volley_seconds, show_default=True, help="Per volley.")
@click.option("--results", default=report.RESULTS, type=click.Path(path_type=Path))
def main(names: tuple[str, ...], rounds: int, seconds: float, results: Path) -> None:
    """Measure on throwaway engines, print tables, and keep the figures as JSON lines.

    reads_matrix takes half an hour, and so is run only when it is named.
    """
    # Whoever is told to stop still removes what it made.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    effort = Effort(rounds=rounds, volley_seconds=seconds)
    for name in names or [each for each in BENCHMARKS if each not in _LONG]:
        try:
            outcome = BENCHMARKS[name](effort)
        except (EngineProblem, LoadProblem, ServerProblem) as problem:
            click.echo(f"bench: {name}: {problem}", err=True)
            sys.exit(1)
        print(report.table(outcome))
        print(f"\n{report.write(name, outcome, results, at=system_clock())}\n")


if __name__ == "__main__":
    main()
