"""What is said when a command cannot work with PostgreSQL."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
import click
from sqlalchemy.exc import DBAPIError

from migrations.migrator import sqlstate

_UNDEFINED_TABLE = "42P01"


@contextmanager
def postgresql_told() -> Generator[None]:
    """End a command with PostgreSQL's own sentence where it cannot be reached or used."""
    try:
        yield
    except DBAPIError as error:
        if sqlstate(error) == _UNDEFINED_TABLE:
            raise click.ClickException("The schema is not there yet; run `mall migrate`.") from None
        raise click.ClickException(f"PostgreSQL refuses: {error.orig}") from None
    except asyncpg.PostgresError as error:
        raise click.ClickException(f"PostgreSQL refuses: {error}") from None
    except BrokenPipeError:
        # Whoever reads what is said has read enough; PostgreSQL's sockets say otherwise.
        raise
    except (OSError, TimeoutError) as error:
        reason = str(error) or "no answer in time"
        raise click.ClickException(f"PostgreSQL cannot be reached: {reason}") from None
