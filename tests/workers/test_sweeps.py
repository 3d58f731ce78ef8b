"""The sweeps themselves, without arq."""

from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select, text

from domain.kernel.db import Database
from domain.kernel.idempotency import RETENTION, RequestAnswer, forget_old
from tests import make
from tests.make import NOON
from workers.schedule import SCHEDULE
from workers.sweeps import forget_old_answers, forget_old_phone_codes
from workers.tools import Tools

STORE = make.media_folder(Path("/nowhere"))


async def answered(database: Database, requests: int, *, age: timedelta) -> None:
    """Leave the answers of so many requests that are so old."""
    rows = text(
        "INSERT INTO request_answers (actor, operation, request_id, fingerprint, answered_at) "
        "SELECT 'staff:1', 'send', gen_random_uuid(), '', :at FROM generate_series(1, :requests)"
    )
    async with database.writes.begin() as session:
        await session.execute(rows, {"at": NOON - age, "requests": requests})


async def remembered(database: Database) -> int:
    """How many answers are left."""
    async with database.writes() as session:
        return (await session.scalars(select(func.count()).select_from(RequestAnswer))).one()


async def test_old_answers_are_forgotten_in_chunks_until_none_is_left(database: Database):
    await answered(database, 2_001, age=RETENTION * 2)
    await answered(database, 3, age=RETENTION)
    await forget_old_answers({"tools": Tools(database, lambda: NOON, STORE, Random(1))})
    assert await remembered(database) == 3


async def test_a_chunk_is_no_larger_than_it_may_be_whatever_the_plan(database: Database):
    await answered(database, 50, age=RETENTION * 2)
    async with database.writes.begin() as session:
        # As PostgreSQL plans where its statistics are old: the inner side runs again and again.
        for other in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            await session.execute(text(f"SET LOCAL enable_{other} = off"))
        assert await forget_old(session, at=NOON, most=10) == 10
    assert await remembered(database) == 40


async def test_a_sweep_ends_in_time_and_the_next_one_goes_on(database: Database):
    await answered(database, 1_001, age=RETENTION * 2)
    moments = iter([NOON, NOON + timedelta(seconds=11), NOON, NOON])
    tools = Tools(database, lambda: next(moments), STORE, Random(1))
    await forget_old_answers({"tools": tools})
    assert await remembered(database) == 1
    await forget_old_answers({"tools": tools})
    assert await remembered(database) == 0


async def test_codes_of_the_day_before_are_forgotten(database: Database):
    rows = text(
        "INSERT INTO one_time_codes (id, purpose, phone_index, code_digest, created_at, "
        "expires_at, attempts) SELECT gen_random_uuid(), 'sign_in', '', '', :at, :at, 0 "
        "FROM generate_series(1, :codes)"
    )
    async with database.writes.begin() as session:
        await session.execute(rows, {"at": NOON - timedelta(days=2), "codes": 1_001})
        await session.execute(rows, {"at": NOON - timedelta(hours=23), "codes": 2})
    await forget_old_phone_codes({"tools": Tools(database, lambda: NOON, STORE, Random(1))})
    async with database.writes() as session:
        assert await session.scalar(text("SELECT count(*) FROM one_time_codes")) == 2


def test_each_sweep_is_woken():
    assert {job.name for job in SCHEDULE} == {
        "ask_payments",
        "forget_case_texts",
        "forget_tracks",
        "track_parcels",
        "clear_uploads",
        "forget_payment_notices",
        "forget_bill_lines",
        "reconcile_bills",
        "refund_payments",
        "watch_reconciliation",
        "watch_cases",
        "watch_clearing",
        "close_due_orders",
        "ready_pick_ups",
        "remind_pick_ups",
        "watch_pick_ups",
        "deliver_virtual_goods",
        "earn_points",
        "receive_due_orders",
        "forget_done_facts",
        "forget_messages",
        "send_messages",
        "tell_expiring_points",
        "begin_missed_duties",
        "tell_shipping",
        "watch_shipping_duty",
        "forget_order_exports",
        "run_order_exports",
        "relay_outbox",
        "settle_points",
        "expire_points",
        "take_points_liability",
        "forget_product_imports",
        "forget_shipment_imports",
        "run_shipment_imports",
        "run_product_imports",
        "forget_old_answers",
        "forget_old_phone_codes",
        "forget_ended_sessions",
        "forget_silent_workers",
    }
