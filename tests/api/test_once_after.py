"""A keyed mutation that asks a service outside: claimed first, asked once, then written."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

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
    at: datetime = NOON,
    given: bytes = b"1",
) -> Joined:
    """Carry the request out."""
    key = RequestKey("member:1", "join", request_id, given)
    return await writing.once_after(
        database.writes, key, outside.call, act, answer=Joined, clock=lambda: at
    )


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
                answered_at=NOON,
            )
        )
    almost = NOON + CLAIM - timedelta(seconds=1)
    with pytest.raises(Busy):
        await once(database, outside, request_id, at=almost)
    joined = await once(database, outside, request_id, at=NOON + CLAIM)
    assert (joined.name, outside.calls) == ("小满", 1)
