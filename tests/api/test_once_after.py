"""A keyed mutation that asks a service outside: claimed first, asked once, then written."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from api import writing
from domain.kernel.db import Database, WriteSession
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.idempotency import CLAIM, RequestAnswer, RequestKey
from domain.members.errors import PhoneTaken, WeChatCodeRefused
from domain.members.models import Member
from tests import make
from tests.api.toy_mutations import Joined
from tests.domain.members.people import count, rows
from tests.make import NOON


class Outside:
    """A service outside that can be held up, and fail."""

    def __init__(self) -> None:
        self.calls = 0
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()
        self.may_answer.set()
        self.error: BaseException | None = None

    async def call(self) -> str:
        """Answer with a name."""
        self.calls += 1
        self.is_asked.set()
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        return "小满"


async def join(session: WriteSession, name: str) -> Joined | Refused:
    """Write what the service has answered."""
    member = Member(id=make.an_id(), name=name, joined_at=NOON)
    session.add(member)
    await session.flush()
    return Joined(member.id, name, NOON)


async def join_and_refuse(session: WriteSession, name: str) -> Joined | Refused:
    """Write, and answer with a refusal."""
    await join(session, name)
    return PhoneTaken()


async def once(
    database: Database,
    outside: Outside,
    request_id: UUID,
    act: Callable[[WriteSession, str], Awaitable[Joined | Refused]] = join,
    *,
    given: bytes = b"1",
) -> Joined:
    """Carry the request out."""
    key = RequestKey("member:1", "join", request_id, given)
    return await writing.once_after(database.writes, key, outside.call, act, answer=Joined)


async def grow_older(database: Database, by: timedelta) -> None:
    """Let the claims be older, as if time had passed."""
    async with database.writes.begin() as session:
        older = RequestAnswer.answered_at - by
        await session.execute(update(RequestAnswer).values(answered_at=older))


async def test_a_repeat_gets_the_first_answer_and_asks_nobody(database: Database):
    outside, request_id = Outside(), make.an_id()
    first = await once(database, outside, request_id)
    assert await once(database, outside, request_id) == first
    assert (outside.calls, await count(database, Member)) == (1, 1)
    with pytest.raises(KeyReused):
        await once(database, outside, request_id, given=b"2")


async def test_no_transaction_is_open_while_the_service_is_asked(database: Database):
    outside, request_id = Outside(), make.an_id()
    outside.may_answer.clear()
    running = asyncio.create_task(once(database, outside, request_id))
    await outside.is_asked.wait()
    (claimed,) = await rows(database, RequestAnswer)
    assert (claimed.answer, claimed.refusal) == (None, None)
    outside.may_answer.set()
    await running


async def test_a_twin_is_busy_and_never_asks_the_service_too(database: Database):
    outside, request_id = Outside(), make.an_id()
    outside.may_answer.clear()
    running = asyncio.create_task(once(database, outside, request_id))
    await outside.is_asked.wait()
    with pytest.raises(Busy):
        await once(database, outside, request_id)
    with pytest.raises(KeyReused):
        await once(database, outside, request_id, given=b"2")
    outside.may_answer.set()
    first = await running
    assert await once(database, outside, request_id) == first
    assert outside.calls == 1


async def test_what_the_service_refuses_is_remembered(database: Database):
    outside, request_id = Outside(), make.an_id()
    outside.error = WeChatCodeRefused()
    for _ in range(2):
        with pytest.raises(WeChatCodeRefused):
            await once(database, outside, request_id)
    assert outside.calls == 1


@pytest.mark.parametrize("error", [Busy(), RuntimeError("a bug"), asyncio.CancelledError()])
async def test_whatever_else_goes_wrong_gives_the_key_back(
    database: Database, error: BaseException
):
    outside, request_id = Outside(), make.an_id()
    outside.error = error
    with pytest.raises(type(error)):
        await once(database, outside, request_id)
    assert await count(database, RequestAnswer) == 0
    outside.error = None
    await once(database, outside, request_id)
    assert outside.calls == 2


async def test_a_refusal_that_is_returned_keeps_what_was_written(database: Database):
    outside, request_id = Outside(), make.an_id()
    for _ in range(2):
        with pytest.raises(PhoneTaken):
            await once(database, outside, request_id, join_and_refuse)
    assert (outside.calls, await count(database, Member)) == (1, 1)


async def test_a_claim_of_a_process_that_died_lapses(database: Database):
    outside, request_id = Outside(), make.an_id()
    async with database.writes.begin() as session:
        session.add(
            RequestAnswer(
                actor="member:1",
                operation="join",
                request_id=request_id,
                fingerprint=b"1",
                answered_at=await session.scalar(select(func.now())),
            )
        )
    await grow_older(database, CLAIM - timedelta(seconds=20))
    with pytest.raises(Busy):
        await once(database, outside, request_id)
    await grow_older(database, timedelta(seconds=20))
    joined = await once(database, outside, request_id)
    assert (joined.name, outside.calls) == ("小满", 1)


@pytest.mark.parametrize("error", [None, WeChatCodeRefused(), RuntimeError("a bug")])
async def test_a_slow_process_whose_claim_lapsed_has_no_say_any_more(
    database: Database, error: Exception | None
):
    slow, quick, request_id = Outside(), Outside(), make.an_id()
    slow.may_answer.clear()
    slow.error = error
    running = asyncio.create_task(once(database, slow, request_id))
    await slow.is_asked.wait()
    await grow_older(database, CLAIM)
    quick.may_answer.clear()
    second = asyncio.create_task(once(database, quick, request_id))
    await quick.is_asked.wait()
    slow.may_answer.set()
    with pytest.raises(RuntimeError if isinstance(error, RuntimeError) else Busy):
        await running
    (claimed,) = await rows(database, RequestAnswer)
    assert (claimed.answer, claimed.refusal) == (None, None)
    quick.may_answer.set()
    first = await second
    assert await once(database, slow, request_id) == first
    assert await count(database, Member) == 1
