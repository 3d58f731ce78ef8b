"""The ``mall`` command and its subcommands, each loaded only when it is the one that runs."""

import gc
import importlib
import sys
from types import ModuleType

import click
from typing_extensions import override

from domain.kernel.settings import SettingsRefused

COMMANDS = {
    "run": "Run the whole mall on this machine, with engines of its own.",
    "reset": "Delete the data of the mall that `run` keeps on this machine.",
    "api": "Serve the GraphQL API.",
    "worker": "Run the background worker.",
    "migrate": "Bring the database to this release's schema.",
    "seed": "Fill an empty mall with the demo brand.",
    "audit": "Prove the invariants of the ledgers over the whole database.",
    "reconcile": "Hold the gateway's bills against our books.",
    "report": "Tell what was sold on a day, and what money moved.",
    "staff": "Let the first owner in, and one who is locked out.",
    "client": "Let partner systems in, and out again.",
    "keys": "Change the keys that access tokens are signed with.",
    "playground": "Build the page on which operators run the mall.",
    "schema": "Print the GraphQL schema, or check the printed one.",
}


class LazyCommands(click.Group):
    """Commands from ``cli.<name>.command``: starting the API must not pay for loading Alembic."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            command = _loaded(f"cli.{cmd_name}").command
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"`mall {cmd_name}` needs a package that is not installed ({error.name}); "
                "`make run` brings what a whole mall on one machine needs."
            ) from None
        assert isinstance(command, click.Command)
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _loaded(name: str) -> ModuleType:
    """Import a module and all it needs. What that makes stays: to look for garbage in it takes a
    third of a start, and some of each later look.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.command(cls=LazyCommands)
def mall() -> None:
    """Shoal: the mall a brand owns inside WeChat. Settings are MALL_* variables (README)."""


def main() -> None:
    """Run the command; a setting that is wrong ends it with status 2 and its name and reason."""
    try:
        mall()
    except SettingsRefused as refused:
        for reason in refused.reasons:
            click.echo(f"mall: {reason}", err=True)
        sys.exit(2)
