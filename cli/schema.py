"""``mall schema``: prints the GraphQL schema, writes it down, or checks what is written."""

from pathlib import Path

import click

from api.schema import printed_schema

SCHEMA_FILE = Path(__file__).parent.parent / "schema.graphql"


@click.command("schema")
@click.option("--write", is_flag=True, help="Write schema.graphql.")
@click.option("--check", is_flag=True, help="Fail where schema.graphql is not current.")
def command(*, write: bool, check: bool) -> None:
    """Print the GraphQL schema, write it to schema.graphql, or check that file."""
    printed = printed_schema()
    if write:
        SCHEMA_FILE.write_text(printed)
    elif not check:
        click.echo(printed, nl=False)
    elif SCHEMA_FILE.read_text() != printed:
        raise click.ClickException("schema.graphql is not current; run `make schema`.")
