"""The schedule of locks: the same in Python, in SQL, and in Valkey."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from domain.kernel.db import Database
from domain.staff.lock_out import PASSWORDS, PINS, LockOut, seconds_until
from domain.staff.models import StaffMember
from domain.staff.signing_in import LockedOut, Tried, try_password
from tests.api.oauth.office import hire, row_of
from tests.make import NOON


@given(st.sampled_from([PASSWORDS, PINS]), st.integers(0, 10_000))
def test_a_lock_never_gets_shorter_and_never_longer_than_an_hour(of: LockOut, failures: int):
    assert of.after(failures) <= of.after(failures + 1) <= of.longest
    assert (of.after(failures) > timedelta(0)) is (failures >= of.tries)


def test_after_five_failures_it_is_half_a_minute_and_then_twice_as_long_each_time():
    seconds = [PASSWORDS.after(failures).total_seconds() for failures in range(4, 14)]
    assert seconds == [0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert PASSWORDS.steps()[0] == (PASSWORDS.tries, PASSWORDS.first)
    assert PASSWORDS.steps()[-1] == (PASSWORDS.tries + 7, PASSWORDS.longest)


def test_after_three_wrong_pins_it_is_a_minute():
    seconds = [PINS.after(failures).total_seconds() for failures in range(2, 10)]
    assert seconds == [0, 60, 120, 240, 480, 960, 1920, 3600]


@given(st.integers(1, 10**10))
def test_who_waits_as_long_as_they_are_told_may_try(microseconds: int):
    until = NOON + timedelta(microseconds=microseconds)
    seconds = seconds_until(until, at=NOON)
    assert NOON + timedelta(seconds=seconds) >= until
    assert seconds == 1 or NOON + timedelta(seconds=seconds - 1) < until


async def test_a_row_is_locked_by_the_same_schedule(database: Database):
    person = await hire(database)
    for failures in range(1, PASSWORDS.tries + 12):
        async with database.writes.begin() as session:
            await session.execute(update(StaffMember).values(password_locked_until=None))
            assert isinstance(await try_password(session, "lin", at=NOON), Tried)
        row = await row_of(database, person)
        assert row.password_failures == failures
        until = NOON + PASSWORDS.after(failures) if failures >= PASSWORDS.tries else None
        assert row.password_locked_until == until


async def test_a_try_during_a_lock_counts_nothing(database: Database):
    person = await hire(database)
    async with database.writes.begin() as session:
        until = NOON + timedelta(seconds=30)
        values = {"password_failures": 5, "password_locked_until": until}
        await session.execute(update(StaffMember).values(**values))
        early = until - timedelta(microseconds=1)
        assert await try_password(session, "lin", at=early) == LockedOut(1)
    assert (await row_of(database, person)).password_failures == 5
    async with database.writes.begin() as session:
        assert isinstance(await try_password(session, "lin", at=until), Tried)
        assert await try_password(session, "nobody", at=until) is None
