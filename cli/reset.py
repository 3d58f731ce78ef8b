"""``mall reset``: deletes the data that ``mall run`` keeps on this machine."""

import os
from pathlib import Path

import click

from cli import demo_sign_in, fake_wechat, master_key, staff_token
from cli.keeping import problems_told
from domain.kernel.settings import read_settings
from sandbox.engines.home import claimed
from sandbox.engines.leftovers import end_recorded
from sandbox.engines.outside import orphans
from sandbox.engines.place import settled


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--orphans",
    "asks_about_orphans",
    is_flag=True,
    help="Ask, besides, about what malls that are gone have left outside of their folders.",
)
def command(*, yes: bool, asks_about_orphans: bool) -> None:
    """Delete the mall's data, logs and pictures; refused while it runs.

    Root is told what malls have left outside of their folders that are gone. Nobody is asked about
    that in passing: whoever answers from a script has one mall in mind.
    """
    path = read_settings(os.environ).home.resolve()
    with problems_told(path):
        _reset(path, yes=yes)
        _offer_orphans(is_asking=asks_about_orphans and not yes)


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
        demo_sign_in.forget(home.path)
        fake_wechat.forget(home.path)
        master_key.forget(home.path)
        home.remove()
    click.echo("Deleted; make run begins anew.")


def _offer_orphans(*, is_asking: bool) -> None:
    for orphan in orphans():
        homes = ", ".join(map(str, orphan.homes))
        click.echo(
            f"{orphan.folder} ({orphan.megabytes} MB) belongs to a mall that was in {homes} and "
            "is not there now."
        )
        if not is_asking:
            click.echo("It stays: .venv/bin/mall reset --orphans asks about it.")
        elif click.confirm("Is that mall gone for good, and this to be deleted too?"):
            orphan.remove()
            click.echo("Deleted.")
