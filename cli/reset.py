"""``mall reset``: deletes the data that ``mall run`` keeps on this machine."""

import os

import click

from cli.run import problems_told
from domain.kernel.settings import read_settings
from sandbox.engines.home import claimed
from sandbox.engines.leftovers import end_recorded
from sandbox.engines.place import settled


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(*, yes: bool) -> None:
    """Delete the mall's data, logs and pictures; refused while it runs."""
    path = read_settings(os.environ).home.resolve()
    if not (path / "home-id").exists():
        click.echo(f"There is no mall in {path}.")
        return
    with problems_told(path), claimed(path) as home:
        end_recorded(home)
        with settled(home) as place:
            outside = "" if place.is_inside else f" and {place.base}"
            if not yes:
                click.confirm(f"Delete all data of the mall in {path}{outside}?", abort=True)
            place.remove()
        home.remove()
    click.echo("Deleted; make run begins anew.")
