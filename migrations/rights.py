"""What the application may do in a database that the migrator owns (architecture 0.24)."""

from sqlalchemy import Connection, Table, inspect, text

from domain.kernel.journals import is_journal
from domain.tables import METADATA
from migrations.problem import MigrationProblem

_ROWS = "SELECT, INSERT, UPDATE, DELETE"
_JOURNAL = "SELECT, INSERT"
_VERSION = "SELECT"
_VERSION_TABLE = "alembic_version"
_CHANGEABLE = """
SELECT relname FROM pg_class
WHERE oid = ANY (SELECT to_regclass(name) FROM unnest(CAST(:journals AS text[])) AS name)
  AND (pg_has_role(:role, relowner, 'MEMBER')
       OR has_table_privilege(:role, oid, 'DELETE, TRUNCATE')
       OR has_any_column_privilege(:role, oid, 'UPDATE'))
ORDER BY relname"""


def give_rights(connection: Connection, role: str) -> None:
    """Give the application's role exactly what it needs on the tables of this release.

    Rights that it has beyond are taken back; tables that this release does not know (a newer
    or an older one's) stay as they are. Identity columns need no right of their own. The caller
    commits. Raises `MigrationProblem` when the role is missing, or could change a journal all
    the same.
    """
    if not connection.scalar(text("SELECT to_regrole(quote_ident(:role))"), {"role": role}):
        raise MigrationProblem(
            f"MALL_APPLICATION_ROLE: there is no role {role} on this server; make it with "
            f"CREATE ROLE {_quoted(connection, role)} LOGIN PASSWORD '…'."
        )
    existing = set(inspect(connection).get_table_names())
    tables = [table for table in METADATA.sorted_tables if table.name in existing]
    _let_in(connection, role)
    for table in tables:
        _set(connection, role, table.name, _JOURNAL if is_journal(table) else _ROWS)
    _set(connection, role, _VERSION_TABLE, _VERSION)
    _refuse_who_could_change(connection, role, [each for each in tables if is_journal(each)])


def _let_in(connection: Connection, role: str) -> None:
    """Everybody may use PostgreSQL's own first schema, unless somebody has closed it."""
    schema = connection.scalar(text("SELECT current_schema()"))
    may_use = text("SELECT has_schema_privilege(:role, :schema, 'USAGE')")
    if not connection.scalar(may_use, {"role": role, "schema": schema}):
        name = _quoted(connection, str(schema))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {name} TO {_quoted(connection, role)}"))


def _set(connection: Connection, role: str, table: str, rights: str) -> None:
    """Nobody sees the moment between: both are of one transaction."""
    on, who = _quoted(connection, table), _quoted(connection, role)
    connection.execute(text(f"REVOKE ALL ON TABLE {on} FROM {who}"))
    connection.execute(text(f"GRANT {rights} ON TABLE {on} TO {who}"))


def _refuse_who_could_change(connection: Connection, role: str, journals: list[Table]) -> None:
    """Rights that come another way (as owner, as member, to everybody) are not ours to take."""
    names = [_quoted(connection, table.name) for table in journals]
    changeable = connection.scalars(text(_CHANGEABLE), {"role": role, "journals": names}).all()
    if changeable:
        raise MigrationProblem(
            f"MALL_APPLICATION_ROLE: {role} could change the journals {', '.join(changeable)}: it "
            "owns them, is a member of their owner's role, is a superuser, or has what PUBLIC "
            "has. Give the application a role of its own; its rights are as before."
        )


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
