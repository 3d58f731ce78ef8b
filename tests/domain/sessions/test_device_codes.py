"""The codes of devices: typed in any form, made once, forgotten after their day."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from domain.kernel.db import Database, WriteSession
from domain.sessions import clients, devices
from domain.sessions.devices import Codes
from domain.sessions.models import DeviceCode
from domain.sessions.rules import DEVICE_CODE_LIFE, DEVICE_CODE_RETENTION
from tests.api.contexts import VAULT
from tests.make import NOON


@pytest.fixture(autouse=True)
async def client(database: Database) -> None:
    """The client of pads."""
    own = clients.own_clients(
        wechat_app_id=None, sends_codes=False, playground="https://mall.example/playground"
    )
    async with database.writes.begin() as session:
        await clients.keep_own(session, own, at=NOON)


async def ask(session: WriteSession, random: Random) -> Codes:
    return await devices.ask(
        session, VAULT, clients.PAD, device="till", address="::1", at=NOON, random=random
    )


async def count(database: Database) -> int:
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(DeviceCode)) or 0


@pytest.mark.parametrize("form", ["{0}-{1}", "{0}{1}", " {0} {1} ", "{0}—{1}", "{0} - {1}"])
async def test_a_code_is_found_however_it_is_typed(database: Database, form: str):
    async with database.writes.begin() as session:
        codes = await ask(session, Random(1))
        typed = form.format(*codes.user_code.split("-"))
        for each in (typed, typed.lower()):
            assert await devices.pending(session, VAULT, each, at=NOON) is not None
            assert devices.shown(each) == codes.user_code


@pytest.mark.parametrize(
    "typed", ["", "AAAA-AAAA", "BBBB", "BBBB-BBBB-BBBB", "B" * 10_000, "收" * 8]
)
async def test_what_can_be_no_code_finds_nothing(database: Database, typed: str):
    async with database.writes.begin() as session:
        await ask(session, Random(1))
        assert await devices.pending(session, VAULT, typed, at=NOON) is None


async def test_two_devices_never_show_the_same_letters(database: Database):
    async with database.writes.begin() as session:
        first = await ask(session, Random(1))
        # The same seed makes the same letters, and the next ones after that.
        second = await ask(session, Random(1))
    assert first.user_code != second.user_code
    assert first.device_code != second.device_code
    assert await count(database) == 2


async def test_codes_are_forgotten_after_their_day(database: Database):
    async with database.writes.begin() as session:
        for seed in range(5):
            await ask(session, Random(seed))
    ends = NOON + DEVICE_CODE_LIFE + DEVICE_CODE_RETENTION
    for at, most, left in (
        (ends, 9, 5),
        (ends + timedelta(seconds=1), 3, 2),
        (ends + timedelta(seconds=1), 3, 0),
    ):
        async with database.writes.begin() as session:
            await devices.forget_old_device_codes(session, at=at, most=most)
        assert await count(database) == left


@pytest.mark.parametrize(
    "change",
    [
        "status = 'approved'",
        "status = 'approved', decided_by = gen_random_uuid(), decided_at = now()",
        "status = 'consumed'",
        "status = 'denied'",
        "status = 'gone'",
        "decided_at = now()",
        "interval_seconds = 61",
    ],
)
async def test_the_table_holds_no_half_decision(database: Database, change: str):
    async with database.writes.begin() as session:
        await ask(session, Random(1))
    with pytest.raises(IntegrityError):
        async with database.writes.begin() as session:
            await session.execute(text(f"UPDATE device_codes SET {change}"))
