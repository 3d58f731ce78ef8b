"""What the application may do: exactly what it needs, and nothing to a journal but add."""

from random import Random

import asyncpg
import pytest
from pydantic import SecretStr

from domain.kernel.journals import is_journal
from domain.kernel.settings import Settings
from domain.tables import METADATA
from migrations import migrator
from migrations.problem import MigrationProblem
from sandbox.engines.postgres import APPLICATION, OWNER
from tests.api.client import running_api
from tests.conftest import as_application

RANDOM = Random(1)
JOURNALS = sorted(table.name for table in METADATA.sorted_tables if is_journal(table))
TABLES = {table.name for table in METADATA.sorted_tables}
OPERATIONS = {
    "UPDATE": "UPDATE {} SET {} = {}",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {} CASCADE",
}
JOURNAL = {"SELECT", "INSERT"}
ALL_ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
BEFORE_STOCK = "3c7a4e8f6b21"
RIGHTS = """
SELECT relname, privilege_type FROM pg_class, aclexplode(relacl) AS given
WHERE relnamespace = 'public'::regnamespace AND grantee = $1::regrole"""


async def rights(url: str) -> dict[str, set[str]]:
    """What the application's role has on each table."""
    found: dict[str, set[str]] = {}
    for table, right in await rows(url, RIGHTS, APPLICATION):
        found.setdefault(table, set()).add(right)
    return found


async def rows(url: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
    """Run a statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql, *arguments)
    finally:
        await connection.close()


def change(journal: str, operation: str) -> str:
    """A statement that changes a journal."""
    column = METADATA.tables[journal].columns.values()[0].name
    return OPERATIONS[operation].format(journal, column, column)


def test_what_ends_in_entries_is_declared_a_journal():
    assert "stock_entries" in JOURNALS
    assert {name for name in TABLES if name.endswith("_entries")} <= set(JOURNALS)


@pytest.mark.parametrize("journal", JOURNALS)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_journal_refuses_every_change_by_its_trigger_and_by_rights(
    owner_url: str, journal: str, operation: str
):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"{journal} is a journal"):
        await rows(owner_url, change(journal, operation))

    denied = f"permission denied for table {journal}"
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=denied):
        await rows(as_application(owner_url), change(journal, operation))


async def test_the_application_has_exactly_what_it_needs(owner_url: str):
    expected = {name: JOURNAL if name in JOURNALS else ALL_ROWS for name in TABLES}
    assert await rights(owner_url) == expected | {"alembic_version": {"SELECT"}}
    (schema,) = await rows(
        owner_url,
        "SELECT has_schema_privilege($1, 'public', 'USAGE') AS may_use, "
        "has_schema_privilege($1, 'public', 'CREATE') AS may_create",
        APPLICATION,
    )
    assert (schema["may_use"], schema["may_create"]) == (True, False)


async def test_tables_of_a_later_migration_get_their_rights_as_well(blank_database_url: str):
    url = blank_database_url
    await migrator.upgrade(url, RANDOM, to=BEFORE_STOCK, application_role=APPLICATION)
    early = await rights(url)
    assert early["products"] == ALL_ROWS
    assert "stock_entries" not in early

    await migrator.upgrade(url, RANDOM, application_role=APPLICATION)

    assert set(await rights(url)) == TABLES | {"alembic_version"}


async def test_a_second_time_changes_nothing_and_takes_back_what_is_too_much(
    migrated_database_url: str,
):
    url = migrated_database_url
    first = await rights(url)
    await rows(url, f"GRANT UPDATE (units), DELETE, TRIGGER ON stock_entries TO {APPLICATION}")
    await rows(url, f"GRANT INSERT ON alembic_version TO {APPLICATION}")

    await migrator.upgrade(url, RANDOM, application_role=APPLICATION)

    assert await rights(url) == first
    (may,) = await rows(
        url, "SELECT has_any_column_privilege($1, 'stock_entries', 'UPDATE')", APPLICATION
    )
    assert may[0] is False


async def test_a_schema_that_was_closed_to_everybody_is_opened_to_the_application(
    blank_database_url: str,
):
    await rows(blank_database_url, "REVOKE ALL ON SCHEMA public FROM PUBLIC")

    await migrator.upgrade(blank_database_url, RANDOM, application_role=APPLICATION)

    assert await rows(as_application(blank_database_url), "SELECT * FROM products") == []


async def test_without_a_role_nothing_is_given_to_anybody(blank_database_url: str):
    await migrator.upgrade(blank_database_url, RANDOM)
    assert await rights(blank_database_url) == {}


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("nobody'there", "there is no role nobody'there"),
        (OWNER, "could change the journals .*stock_entries: it owns them"),
    ],
)
async def test_a_role_that_cannot_be_held_to_its_rights_is_refused(
    migrated_database_url: str, role: str, reason: str
):
    with pytest.raises(MigrationProblem, match=reason):
        await migrator.upgrade(migrated_database_url, RANDOM, application_role=role)


async def test_rights_that_everybody_has_are_told_and_nothing_is_given(blank_database_url: str):
    url = blank_database_url
    await migrator.upgrade(url, RANDOM)
    await rows(url, "GRANT UPDATE ON stock_entries TO PUBLIC")

    with pytest.raises(MigrationProblem, match="or has what PUBLIC has"):
        await migrator.upgrade(url, RANDOM, application_role=APPLICATION)

    assert await rights(url) == {}


async def test_a_mall_whose_rights_are_still_to_come_is_not_ready(
    blank_database_url: str, settings: Settings
):
    """As in the moment between the last revision and its rights."""
    await migrator.upgrade(blank_database_url, RANDOM)
    address = SecretStr(as_application(blank_database_url))
    early = settings.model_copy(update={"database_url": address})
    async with running_api(early) as api:
        ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.json()["database"]) == (503, "not migrated")
