"""The history of the schema: it runs up, down and up again, and ends at the models."""

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint

from domain.kernel.journals import is_journal
from domain.tables import METADATA
from migrations import migrator
from migrations.history import revisions
from tests import conftest

RANDOM = Random(1)


def dump(url: str) -> str:
    """The schema as PostgreSQL itself writes it, less the random words of newer dumps."""
    text = subprocess.run(
        [conftest.postgres_programmes() / "pg_dump", "-s", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.MULTILINE)


async def test_up_down_and_up_again_gives_the_same_schema(blank_database_url: str):
    await migrator.upgrade(blank_database_url, RANDOM)
    first = dump(blank_database_url)
    await migrator.downgrade(blank_database_url, RANDOM)
    empty = dump(blank_database_url)
    await migrator.upgrade(blank_database_url, RANDOM)
    assert dump(blank_database_url) == first
    assert "CREATE TABLE public.products" in first
    assert "CREATE TABLE public.products" not in empty


async def test_the_migrated_database_is_what_the_models_say(owner_url: str):
    await migrator.check(owner_url, RANDOM)


async def test_a_difference_between_models_and_database_is_found(migrated_database_url: str):
    await execute(migrated_database_url, "ALTER TABLE products DROP COLUMN image_key")
    with pytest.raises(migrator.MigrationProblem, match="image_key"):
        await migrator.check(migrated_database_url, RANDOM)


async def test_migrating_twice_changes_nothing(migrated_database_url: str):
    first = dump(migrated_database_url)
    await migrator.upgrade(migrated_database_url, RANDOM)
    assert dump(migrated_database_url) == first


async def test_two_migrators_at_once_take_turns(blank_database_url: str):
    await asyncio.gather(*(migrator.upgrade(blank_database_url, RANDOM) for _ in range(2)))
    await migrator.check(blank_database_url, RANDOM)


async def test_a_migration_waits_for_a_lock_in_short_tries_and_gets_through(
    migrated_database_url: str,
):
    """Readers behind the waiting migration are let through between its tries."""
    async with reader_holding(migrated_database_url, "products") as reader:
        going_down = asyncio.create_task(migrator.downgrade(migrated_database_url, RANDOM))
        await asyncio.sleep(0.7)
        assert not going_down.done()
        await execute(migrated_database_url, "SELECT count(*) FROM products")
        await reader.execute("COMMIT")
        await going_down
    assert "CREATE TABLE public.products" not in dump(migrated_database_url)


async def test_a_lock_that_never_comes_is_told_and_nothing_is_half_done(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrator, "TRIES", 2)
    # Down to the revision that needs the lock: each of those above ends by itself.
    await migrator.downgrade(migrated_database_url, RANDOM, to="5d2e81c09f47")
    before = dump(migrated_database_url)
    async with reader_holding(migrated_database_url, "variants"):
        with pytest.raises(migrator.MigrationProblem, match="lock was not to be had"):
            await migrator.downgrade(migrated_database_url, RANDOM)
    assert dump(migrated_database_url) == before


async def test_what_an_older_release_has_sold_is_filled_in(blank_database_url: str):
    """Rows as the release before the tags wrote them, before the columns and after."""
    url, shelf, one, two = blank_database_url, "0" * 31 + "1", "0" * 31 + "2", "0" * 31 + "3"
    old_rows = (
        "INSERT INTO categories (id, title_zh, title_en) VALUES ('{0}', '香氛', 'Fragrance');"
        "INSERT INTO products (id, category_id, title_zh, title_en, image_key) "
        "VALUES ('{0}', '{0}', '山茶淡香水', 'Camellia EDT', 'p/1.svg');"
        "INSERT INTO variants (id, product_id, position, sku, title_zh, title_en, price_fen) "
        "VALUES ('{0}', '{0}', 0, 'YG-{1}', '10ml', '10 ml', 15800)"
    )
    await migrator.upgrade(url, RANDOM, to="8b4f6d13a2e7")
    await execute(url, old_rows.format(shelf, 1))
    await migrator.upgrade(url, RANDOM, to="a7d30c91e5b2")
    await execute(url, old_rows.format(one, 2))
    await migrator.upgrade(url, RANDOM)
    await execute(url, old_rows.format(two, 3))
    connection = await asyncpg.connect(url)
    try:
        told = await connection.fetch(
            "SELECT code = products.id::text AS has_code, search_terms @> ARRAY['茶淡', 'yg-'] "
            "AS is_found, from_price_fen, entries.price_fen FROM products "
            "LEFT JOIN price_entries AS entries ON variant_id = products.id ORDER BY products.id"
        )
    finally:
        await connection.close()
    assert [tuple(row) for row in told] == [
        (True, True, 15800, 15800),
        (False, True, 15800, 15800),
        (False, False, 0, None),
    ]


async def test_a_database_of_a_newer_release_is_left_alone(migrated_database_url: str):
    await execute(migrated_database_url, "UPDATE alembic_version SET version_num = 'fromthefuture'")
    before = dump(migrated_database_url)
    with pytest.raises(migrator.MigrationProblem, match="newer release"):
        await migrator.upgrade(migrated_database_url, RANDOM)
    assert dump(migrated_database_url) == before


async def test_the_only_code_in_the_database_is_what_refuses(database_url: str):
    """Business rules live in the open, in Core statements (architecture 0.12, 0.24)."""
    connection = await asyncpg.connect(database_url)
    try:
        triggers = await connection.fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        functions = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
    finally:
        await connection.close()
    journals = {table.name for table in METADATA.sorted_tables if is_journal(table)}
    machines = {
        "cases",
        "invoice_refunds",
        "invoice_requests",
        "orders",
        "order_refunds",
        "payment_attempts",
        "payment_refunds",
        "shipments",
    }
    refusing = {f"{each}_are_final" for each in journals}
    refusing |= {f"{each}_move_as_drawn" for each in machines}
    # Of these what people said and showed can be erased, or an amount is filled in, and no more.
    kept = ("case_history", "case_lines", "case_pictures")
    refusing |= {f"{each}_are_kept" for each in kept}
    assert {row[0] for row in triggers} == refusing | {f"{each}_are_not_emptied" for each in kept}
    assert {row[0] for row in functions} == refusing


def test_the_history_has_one_head_and_each_revision_says_how_to_deploy_it():
    known = revisions()
    assert known.head in known.known
    versions = list((Path(migrator.__file__).parent / "versions").glob("*.py"))
    assert len(versions) == len(known.known)
    for path in versions:
        assert "Deploy:" in path.read_text(), path


def test_the_history_is_what_alembic_makes_of_the_files():
    script = ScriptDirectory.from_config(
        Config(Path(migrator.__file__).parent.parent / "alembic.ini")
    )
    known = revisions()
    assert known.head == script.get_current_head()
    assert known.older == {each.revision for each in script.walk_revisions()} - {known.head}


def test_the_sql_for_a_dba_sets_a_short_wait_for_locks():
    sql = migrator.sql_of()
    assert "SET lock_timeout = '500ms'" in sql
    # Some revisions commit as they go: one fills rows in by chunks, eleven build indexes apart, and
    # four build an index and then drop another.
    assert sql.count("COMMIT;") == len(revisions().known) + 20


async def execute(url: str, sql: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@asynccontextmanager
async def reader_holding(
    url: str, table: str
) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]"]:
    """A transaction that has read a table and stays open."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("BEGIN")
        await connection.execute(f"SELECT * FROM {table}")
        yield connection
    finally:
        await connection.close()


async def test_checks_have_the_names_of_the_models(owner_url: str):
    """A later migration drops or replaces a check by its name."""
    connection = await asyncpg.connect(owner_url)
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint "
        "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    await connection.close()
    declared = {
        (table.name, str(constraint.name))
        for table in METADATA.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert {tuple(row) for row in rows} == declared
