"""Codes in text messages: right once, for five minutes, and never guessed."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import Busy, InvalidInput
from domain.members.actions.codes import (
    PromisedCode,
    forget_old_codes,
    promise_code,
    take_back,
    verify_code,
)
from domain.members.actions.phones import phone_key
from domain.members.errors import PhoneCodesUsedUp, PhoneCodeTooSoon
from domain.members.models import OneTimeCode
from domain.members.rules import CodeBounds
from domain.members.statements import take_turns
from domain.members.words import CodeOutcome, CodePurpose
from tests.domain.members.people import (
    OTHER_PHONE,
    PHONE,
    RANDOM,
    VAULT,
    at_once,
    count,
    later,
    rows,
    write,
)
from tests.make import NOON

BOUNDS = CodeBounds()


async def promise(
    database: Database,
    phone: str = PHONE,
    *,
    purpose: CodePurpose = CodePurpose.SIGN_IN,
    bounds: CodeBounds = BOUNDS,
    at: datetime = NOON,
) -> PromisedCode:
    return await write(
        database,
        lambda session: promise_code(
            session, VAULT, phone, purpose=purpose, bounds=bounds, at=at, random=RANDOM
        ),
    )


async def verify(
    database: Database,
    code: str,
    phone: str = PHONE,
    *,
    purpose: CodePurpose = CodePurpose.SIGN_IN,
    at: datetime = NOON,
) -> CodeOutcome:
    return await write(
        database,
        lambda session: verify_code(session, VAULT, phone, purpose=purpose, code=code, at=at),
    )


def other_than(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_code_has_six_digits_and_is_right_once(database: Database):
    promised = await promise(database)
    assert len(promised.code) == 6
    assert promised.code.isdecimal()
    assert promised.expires_at == NOON + timedelta(minutes=5)
    assert await verify(database, promised.code) is CodeOutcome.ACCEPTED
    assert await verify(database, promised.code) is CodeOutcome.EXPIRED


async def test_of_ten_who_type_the_right_code_at_once_one_is_let_in(database: Database):
    code = (await promise(database)).code
    outcomes = Counter(await at_once(*(verify(database, code) for _ in range(10))))
    assert outcomes == {CodeOutcome.ACCEPTED: 1, CodeOutcome.EXPIRED: 9}


async def test_a_code_is_right_until_its_last_moment(database: Database):
    code = (await promise(database)).code
    assert await verify(database, code, at=later(seconds=300)) is CodeOutcome.EXPIRED
    assert await verify(database, code, at=later(seconds=299.9)) is CodeOutcome.ACCEPTED


async def test_after_five_wrong_ones_the_right_one_is_refused_too(database: Database):
    code = (await promise(database)).code
    for _ in range(5):
        assert await verify(database, other_than(code)) is CodeOutcome.WRONG
    assert await verify(database, other_than(code)) is CodeOutcome.TOO_MANY
    assert await verify(database, code) is CodeOutcome.TOO_MANY


async def test_the_fifth_try_may_be_the_right_one(database: Database):
    code = (await promise(database)).code
    for _ in range(4):
        await verify(database, other_than(code))
    assert await verify(database, code) is CodeOutcome.ACCEPTED


async def test_of_thirty_guesses_at_once_five_are_looked_at(database: Database):
    code = other_than((await promise(database)).code)
    outcomes = Counter(await at_once(*(verify(database, code) for _ in range(30))))
    assert outcomes == {CodeOutcome.WRONG: 5, CodeOutcome.TOO_MANY: 25}


@pytest.mark.parametrize(
    ("phone", "purpose"),
    [(OTHER_PHONE, CodePurpose.SIGN_IN), (PHONE, CodePurpose.BIND_PHONE)],
)
async def test_a_code_is_good_for_its_phone_and_its_purpose_alone(
    database: Database, phone: str, purpose: CodePurpose
):
    code = (await promise(database)).code
    assert await verify(database, code, phone, purpose=purpose) is CodeOutcome.EXPIRED
    assert await verify(database, code) is CodeOutcome.ACCEPTED


async def test_a_new_code_ends_the_one_before(database: Database):
    first = (await promise(database)).code
    second = (await promise(database, at=later(seconds=60))).code
    assert first != second
    assert await verify(database, first, at=later(seconds=61)) is CodeOutcome.WRONG
    assert await verify(database, second, at=later(seconds=61)) is CodeOutcome.ACCEPTED
    assert await verify(database, first, at=later(seconds=61)) is CodeOutcome.EXPIRED


async def test_a_code_for_one_purpose_leaves_that_for_the_other(database: Database):
    first = (await promise(database)).code
    await promise(database, purpose=CodePurpose.BIND_PHONE, at=later(seconds=60))
    assert await verify(database, first, at=later(seconds=61)) is CodeOutcome.ACCEPTED


async def test_the_next_code_comes_after_a_minute(database: Database):
    await promise(database)
    with pytest.raises(PhoneCodeTooSoon) as refused:
        await promise(database, at=later(seconds=59.5))
    assert refused.value.retry_after_seconds == 1
    assert await count(database, OneTimeCode) == 1
    await promise(database, at=later(seconds=60))


async def test_of_five_who_ask_at_once_one_gets_a_code(database: Database):
    async def ask() -> bool:
        try:
            await promise(database)
        except PhoneCodeTooSoon:
            return False
        return True

    assert Counter(await at_once(*(ask() for _ in range(5)))) == {True: 1, False: 4}


async def test_a_phone_has_ten_codes_in_a_day(database: Database):
    for number in range(10):
        await promise(database, at=later(seconds=60 * number))
    with pytest.raises(PhoneCodesUsedUp) as refused:
        await promise(database, at=later(seconds=600))
    assert refused.value.retry_after_seconds == 24 * 3600 - 600
    await promise(database, OTHER_PHONE, at=later(seconds=600))
    await promise(database, at=later(seconds=24 * 3600))


async def test_codes_to_sign_in_which_anybody_may_ask_for_spend_none_that_bind(
    database: Database,
):
    for number in range(10):
        await promise(database, at=later(seconds=60 * number))
    await promise(database, purpose=CodePurpose.BIND_PHONE, at=later(seconds=541))
    with pytest.raises(PhoneCodesUsedUp):
        await promise(database, at=later(seconds=601))


@pytest.mark.parametrize("phone", ["+14155552671", "+447911123456", "+99912345678"])
async def test_no_code_goes_to_a_country_out_of_bounds(database: Database, phone: str):
    with pytest.raises(InvalidInput) as refused:
        await promise(database, phone)
    assert [each.code for each in refused.value.problems] == ["not_sent_there"]
    assert await count(database, OneTimeCode) == 0


async def test_the_whole_mall_sends_so_many_codes_a_minute(database: Database):
    bounds = CodeBounds(most_a_minute=2)
    await promise(database, bounds=bounds)
    await promise(database, OTHER_PHONE, bounds=bounds, at=later(seconds=1))
    third = "+8613700137000"
    with pytest.raises(Busy):
        await promise(database, third, bounds=bounds, at=later(seconds=59))
    await promise(database, third, bounds=bounds, at=later(seconds=60))


async def test_a_code_that_was_not_sent_is_taken_back(database: Database):
    promised = await promise(database)
    await write(database, lambda session: take_back(session, promised.id))
    assert await verify(database, promised.code) is CodeOutcome.EXPIRED
    await promise(database)


async def test_a_try_waits_for_the_numbers_turn_before_it_touches_the_code(database: Database):
    code = (await promise(database)).code

    async def try_it(session: WriteSession) -> CodeOutcome:
        await session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        return await verify_code(
            session, VAULT, PHONE, purpose=CodePurpose.SIGN_IN, code=code, at=NOON
        )

    async with database.writes.begin() as session:
        await take_turns(session, [phone_key(VAULT, PHONE)])
        with pytest.raises(DBAPIError, match="lock timeout"):
            await write(database, try_it)
    assert await write(database, try_it) is CodeOutcome.ACCEPTED


async def test_neither_code_nor_phone_is_kept_in_the_open(database: Database):
    promised = await promise(database)
    (row,) = await rows(database, OneTimeCode)
    assert promised.code not in repr(promised)
    assert {len(row.phone_index), len(row.code_digest)} == {32}
    assert promised.code.encode() not in row.code_digest


async def test_codes_are_forgotten_after_the_day_in_which_they_count(database: Database):
    await promise(database)
    await promise(database, OTHER_PHONE, at=later(seconds=1))
    at = NOON + timedelta(days=1, seconds=1)
    assert await write(database, lambda session: forget_old_codes(session, at=at, most=9)) == 1
    assert await count(database, OneTimeCode) == 1
