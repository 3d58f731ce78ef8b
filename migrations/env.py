"""How Alembic reaches the database: a short wait for locks, one transaction per revision."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeDecorator

from domain.tables import METADATA
from migrations.online import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS


def render_plain(kind: str, value: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain ones, so that a migration outlives the code."""
    if kind == "type" and isinstance(value, TypeDecorator):
        impl = value.impl_instance
        return f"sa.{type(impl).__name__}()"
    return False


def run_offline() -> None:
    """Print the SQL, for the linter and for a DBA who wants to read it first."""
    context.configure(
        dialect_name="postgresql", target_metadata=METADATA, transaction_per_migration=True
    )
    context.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
    context.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT_MS}ms'")
    with context.begin_transaction():
        context.run_migrations()


def run_online(connection: Connection) -> None:
    """Run the revisions on the connection that the caller opened, each in a transaction."""
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT_MS}ms'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        transaction_per_migration=True,
        render_item=render_plain,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online(context.config.attributes["connection"])
