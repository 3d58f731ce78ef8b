"""``mall playground``: builds the page at ``/playground`` for this checkout."""

import signal
import sys

import click

from api.playground.build import Build, Cause
from cli.building import NotBuilt, ensure_built

_ADVICE = {
    Cause.NO_NODE: "Node 20.19 or newer is missing, and it cannot be had from PyPI:",
    Cause.NO_NETWORK: "npm cannot be reached, and the playground's packages come from it once:",
    Cause.OTHER: "the playground could not be built:",
}


@click.command("playground")
def command() -> None:
    """Build the playground, unless this checkout's sources are built already.

    It takes Node and npm from the machine, or Node from PyPI, and the packages of its lock from
    npm, all once. A running mall serves the page as soon as it is there.
    """
    # Whoever is told to stop still ends the tools that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    build = Build()
    try:
        ensure_built(build, click.echo)
    except NotBuilt as problem:
        click.echo(f"mall: {_ADVICE[problem.failure.cause]}\n{problem.failure.said}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("mall: interrupted; the next build begins again", err=True)
        sys.exit(1)
    click.echo(f"playground: {build.place}")
