"""``mall reset``: deletes the data that ``mall run`` keeps on this machine."""

import os
from pathlib import Path

import click

from cli import fake_wechat, staff_token
from cli.keeping import problems_told
from domain.kernel.settings import read_settings
from sandbox.engines.home import claimed
from sandbox.engines.leftovers import end_recorded
from sandbox.engines.outside import orphans
from sandbox.engines.place import settled


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask; of malls that are gone, delete nothing.")
def command(*, yes: bool) -> None:
    """Delete the mall's data, logs and pictures; refused while it runs.

    Root is also offered what malls left outside of their folders that are gone.
    """
    path = read_settings(os.environ).home.resolve()
    with problems_told(path):
        _reset(path, yes=yes)
        _offer_orphans(yes=yes)


def _reset(path: Path, *, yes: bool) -> None:
    if not (path / "home-id").exists():
        click.echo(f"There is no mall in {path}.")
        return
    with claimed(path) as home:
        end_recorded(home)
        with settled(home) as place:
            outside = "" if place.is_inside else f" and {place.base}"
            if not yes:
                click.confirm(f"Delete all data of the mall in {path}{outside}?", abort=True)
            place.remove()
        staff_token.forget(home.path)
        fake_wechat.forget(home.path)
        home.remove()
    click.echo("Deleted; make run begins anew.")


def _offer_orphans(*, yes: bool) -> None:
    for orphan in orphans():
        homes = ", ".join(map(str, orphan.homes))
        click.echo(
            f"{orphan.folder} ({orphan.megabytes} MB) belongs to a mall that was in {homes} and "
            "is not there now."
        )
        if yes:
            click.echo("It stays: make reset asks about it.")
        elif click.confirm("Is that mall gone for good, and this to be deleted too?"):
            orphan.remove()
            click.echo("Deleted.")
