"""Watching sessions loses nothing, repeats nothing, and costs one statement however many watch."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from api.sessions.watch import Happening, SessionWatch
from api.sockets import watching
from api.sockets.mailbox import Mailbox
from api.sockets.watching import WatchBegan
from domain.kernel.db import Database, ReadPool
from domain.kernel.errors import Busy
from domain.sessions import actions
from domain.sessions.events import SessionEvent
from domain.sessions.rules import EndReason
from tests.api.client import statements_run
from tests.api.oauth.desk import SignedIn, mini_program, sign_in
from tests.make import NOON


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon, at first."""
    return Clock()


@pytest.fixture
async def watch(database: Database, clock: Clock) -> SessionWatch:
    """What watches, looking only when it is told to; its statements are counted."""
    await mini_program(database)
    return SessionWatch(database.reads, clock, most_waiting=4)


async def end(database: Database, signed_in: SignedIn, at: datetime) -> None:
    async with database.writes.begin() as session:
        await actions.end(session, signed_in.session_id, EndReason.SIGNED_OUT, at=at)


async def taken(mailbox: Mailbox[Happening]) -> list[Happening]:
    """All that waits in a mailbox."""
    found: list[Happening] = []
    while True:
        try:
            async with asyncio.timeout(0.005):
                found.append(await mailbox.take())
        except TimeoutError:
            return found


def told(found: list[Happening]) -> list[tuple[str, EndReason | None]]:
    events = [each for each in found if isinstance(each, SessionEvent)]
    assert len(events) == len(found)
    return [(each.session_id, each.reason) for each in events]


def id_of(signed_in: SignedIn) -> str:
    return f"session_{signed_in.session_id.hex}"


async def test_a_watcher_is_told_each_event_once_and_nothing_of_before(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    async with watch.watched(me.member_id) as mailbox:
        assert await taken(mailbox) == []
        await watch.look()
        assert await taken(mailbox) == [WatchBegan(NOON)]
        clock.now += timedelta(seconds=1)
        other = await sign_in(database, "mini", me.member_id, at=clock.now)
        await end(database, other, clock.now)
        for _ in range(200):
            await watch.look()
            clock.now += timedelta(seconds=1)
        assert told(await taken(mailbox)) == [
            (id_of(other), None),
            (id_of(other), EndReason.SIGNED_OUT),
        ]


async def test_what_commits_late_is_told_all_the_same(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now - timedelta(days=1))
    began = clock.now
    async with watch.watched(me.member_id) as mailbox:
        await watch.look()
        await taken(mailbox)
        for _ in range(60):
            clock.now += timedelta(seconds=1)
            await watch.look()
        # The clock of the process that wrote it is a minute behind.
        late = await sign_in(database, "mini", me.member_id, at=began)
        await end(database, me, began)
        await watch.look()
        assert sorted(told(await taken(mailbox))) == sorted(
            [(id_of(late), None), (id_of(me), EndReason.SIGNED_OUT)]
        )


async def test_an_end_that_is_dated_anew_is_no_news(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    async with database.writes.begin() as session:
        await actions.end_all_of_member(
            session, me.member_id, EndReason.BLOCKED, at=clock.now, note="误操作"
        )
    async with watch.watched(me.member_id) as mailbox:
        await watch.look()
        await taken(mailbox)
        clock.now += timedelta(seconds=60)
        async with database.writes.begin() as session:
            await actions.forget_block(session, me.member_id, at=clock.now)
        for _ in range(120):
            await watch.look()
            clock.now += timedelta(seconds=1)
        assert await taken(mailbox) == []


async def test_nobody_is_told_of_anybody_else(
    database: Database, clock: Clock, watch: SessionWatch
):
    me, other = [await sign_in(database, "mini", at=clock.now) for _ in range(2)]
    async with watch.watched(me.member_id) as mine, watch.watched(other.member_id) as others:
        await watch.look()
        for mailbox in (mine, others):
            await taken(mailbox)
        await end(database, other, clock.now)
        await watch.look()
        assert told(await taken(others)) == [(id_of(other), EndReason.SIGNED_OUT)]
        assert await taken(mine) == []


async def test_who_comes_later_is_told_only_of_what_is_later(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    async with watch.watched(me.member_id) as first:
        await watch.look()
        before = await sign_in(database, "mini", me.member_id, at=clock.now)
        async with watch.watched(me.member_id) as second:
            await watch.look()
            after = await sign_in(database, "mini", me.member_id, at=clock.now)
            await watch.look()
            began, *live = await taken(second)
            assert (began, told(live)) == (WatchBegan(NOON), [(id_of(after), None)])
        _, *rest = await taken(first)
        assert told(rest) == [(id_of(before), None), (id_of(after), None)]


async def test_a_thousand_watchers_cost_one_statement_and_none_cost_none(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    before = statements_run()
    await watch.look()
    assert statements_run() == before
    async with AsyncExitStack() as stack:
        for owner in [me.member_id, *(UUID(int=number) for number in range(999))]:
            await stack.enter_async_context(watch.watched(owner))
        await watch.look()
        assert statements_run() == before + 1
    await watch.look()
    assert statements_run() == before + 1


async def test_while_postgresql_is_away_nothing_is_lost(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    async with watch.watched(me.member_id) as mailbox:
        await watch.look()
        await taken(mailbox)
        other = await sign_in(database, "mini", me.member_id, at=clock.now)

        async def away(*_arguments: object) -> list[object]:
            raise Busy

        with monkeypatch.context() as patched:
            patched.setattr(ReadPool, "rows", away)
            for _ in range(3):
                clock.now += timedelta(minutes=10)
                with pytest.raises(Busy):
                    await watch.look()
        await watch.look()
        assert told(await taken(mailbox)) == [(id_of(other), None)]


async def test_who_reads_too_slowly_is_told_to_ask_anew(
    database: Database, clock: Clock, watch: SessionWatch
):
    me = await sign_in(database, "mini", at=clock.now)
    async with watch.watched(me.member_id) as mailbox:
        await watch.look()
        await taken(mailbox)
        begun: list[tuple[str, EndReason | None]] = []
        for _ in range(6):
            other = await sign_in(database, "mini", me.member_id, at=clock.now)
            begun.append((id_of(other), None))
            await watch.look()
        first, *rest = await taken(mailbox)
        assert first == WatchBegan(NOON)
        # Four had room; the fifth made them all give way.
        assert told(rest) == begun[5:]


async def test_more_than_one_look_can_take_makes_everybody_ask_anew(
    database: Database, clock: Clock, watch: SessionWatch, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watching, "MOST_EVENTS", 2)
    me = await sign_in(database, "mini", at=clock.now)
    async with watch.watched(me.member_id) as mailbox:
        await watch.look()
        await taken(mailbox)
        for _ in range(3):
            clock.now += timedelta(seconds=1)
            await sign_in(database, "mini", me.member_id, at=clock.now)
        await watch.look()
        assert await taken(mailbox) == [WatchBegan(clock.now)]
        await watch.look()
        assert await taken(mailbox) == []


async def test_random_histories_are_told_whole_and_once(
    database: Database, clock: Clock, watch: SessionWatch, random: Random
):
    """Whatever commits between which looks, by clocks that differ: each once, to its owner."""
    roomy = SessionWatch(database.reads, clock, most_waiting=1_000)
    open_ones = [await sign_in(database, "mini", at=clock.now) for _ in range(3)]
    people = [each.member_id for each in open_ones]
    expected = {who: set[tuple[str, EndReason | None]]() for who in people}
    async with AsyncExitStack() as stack:
        mailboxes = {who: await stack.enter_async_context(roomy.watched(who)) for who in people}
        await roomy.look()
        for _ in range(80):
            clock.now += timedelta(seconds=random.random() * 4)
            at = clock.now - timedelta(seconds=random.random() * 50)
            if random.random() < 0.6 or not open_ones:
                begun = await sign_in(database, "mini", random.choice(people), at=at)
                open_ones.append(begun)
                expected[begun.member_id].add((id_of(begun), None))
            else:
                over = open_ones.pop(random.randrange(len(open_ones)))
                await end(database, over, at)
                expected[over.member_id].add((id_of(over), EndReason.SIGNED_OUT))
            if random.random() < 0.5:
                await roomy.look()
        await roomy.look()
        for who, mailbox in mailboxes.items():
            began, *rest = await taken(mailbox)
            assert isinstance(began, WatchBegan)
            assert len(rest) == len(expected[who])
            assert set(told(rest)) == expected[who]
