"""Indexes built while the mall is open: patiently, and after an interruption only what is left."""

import asyncio
from random import Random

import asyncpg
import pytest

from migrations import migrator
from tests.migrations.test_history import execute

RANDOM = Random(1)
BEFORE, INDEXED = "62d0b8e14f7c", "b6e19f4c7d83"
"""The revision before the indexes of searches, and theirs."""
LOST = "ix_products_terms"
KEPT = {"ix_products_terms_sample", "ix_products_near_price", "ix_products_near_age"}


async def test_what_was_left_half_built_is_built_anew_and_the_rest_is_kept(
    blank_database_url: str,
):
    url = blank_database_url
    await migrator.upgrade(url, RANDOM, to=INDEXED)
    whole = await indexes(url)
    await execute(url, f"UPDATE alembic_version SET version_num = '{BEFORE}'")
    await interrupt_a_build(url)
    assert [name for name, (_, is_valid) in (await indexes(url)).items() if not is_valid] == [LOST]

    await migrator.upgrade(url, RANDOM, to=INDEXED)
    now = await indexes(url)
    assert set(now) == {LOST} | KEPT
    assert now[LOST][1]
    assert {name: now[name] for name in KEPT} == {name: whole[name] for name in KEPT}


async def test_a_build_waits_for_who_reads_since_before_in_its_first_try(
    blank_database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrator, "TRIES", 1)
    url = blank_database_url
    await migrator.upgrade(url, RANDOM, to=BEFORE)
    reader = await asyncpg.connect(url)
    try:
        await hold_a_snapshot(reader)
        going_up = asyncio.create_task(migrator.upgrade(url, RANDOM, to=INDEXED))
        # Three times as long as a migration may wait for a lock that stops others.
        await asyncio.sleep(1.5)
        assert not going_up.done()
        await execute(
            url,
            "INSERT INTO tags (id, code, title_zh, title_en) "
            "VALUES (gen_random_uuid(), 'new', '新', 'New')",
        )
        await reader.execute("COMMIT")
        await going_up
    finally:
        await reader.close()
    assert all(is_valid for _, is_valid in (await indexes(url)).values())


def test_who_comes_after_a_build_has_the_short_timeouts_again():
    sql = migrator.sql_of()
    patient = sql.count("SET statement_timeout = '0ms'")
    assert patient > 0
    assert sql.count("SET statement_timeout = '60000ms'") == patient + 1
    assert sql.count("SET lock_timeout = '500ms'") == patient + 1


async def interrupt_a_build(url: str) -> None:
    """Begin the index again and lose patience, as an older migrator did."""
    builder, reader = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        await builder.execute(f"DROP INDEX {LOST}")
        await hold_a_snapshot(reader)
        await builder.execute("SET lock_timeout = '100ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await builder.execute(f"CREATE INDEX CONCURRENTLY {LOST} ON products (code)")
    finally:
        await builder.close()
        await reader.close()


async def hold_a_snapshot(reader: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Begin what sees the mall as it is now to its end, as a backup does."""
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    await reader.execute("SELECT count(*) FROM products")


async def indexes(url: str) -> dict[str, tuple[int, bool]]:
    """The indexes of searches that there are: which, and whether each is whole."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT relname, indexrelid, indisvalid FROM pg_index "
            "JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = ANY ($1)",
            [LOST, *KEPT],
        )
    finally:
        await connection.close()
    return {row["relname"]: (row["indexrelid"], row["indisvalid"]) for row in rows}
