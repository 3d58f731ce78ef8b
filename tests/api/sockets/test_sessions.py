"""The first subscription from end to end: whatever process something happens in, and only mine."""

import pytest
from redis.asyncio import Redis

from domain.kernel.db import Database
from domain.kernel.settings import Settings
from tests.api.sockets.serving import Mall, served
from tests.patience import stopwatch


@pytest.mark.usefixtures("paced")
async def test_what_happens_in_one_process_is_told_by_another(
    mall: Mall, settings: Settings, database: Database, redis: Redis
):
    me, headers = await mall.someone()
    stranger, others = await mall.again(None)
    async with (
        served(settings, database) as elsewhere,
        elsewhere.socket() as mine,
        elsewhere.socket() as theirs,
    ):
        for socket, by in ((mine, headers), (theirs, others)):
            await socket.begin(by)
            await socket.watch()
        async with stopwatch() as took:
            other, _ = await mall.again(me)
            assert (await mine.event())["sessionId"] == f"session_{other.session_id.hex}"
            assert took.seconds < 3
        given = {"sessionId": f"session_{other.session_id.hex}"}
        answer = await mall.api.run("miniprogram/EndSession", headers, input=given)
        assert answer["data"]["endSession"]["__typename"] == "SessionSignedOut"
        ended = await mine.event()
        assert (ended["__typename"], ended["reason"]) == ("SessionEnded", "SIGNED_OUT")
        # Another member's connection to the same process has heard nothing of it.
        assert await theirs.is_quiet()
        assert stranger.member_id != me.member_id


async def test_a_subscription_that_begins_anew_loses_nothing_that_its_twin_shows(mall: Mall):
    me, headers = await mall.someone()
    known = {f"session_{me.session_id.hex}"}
    for _ in range(3):
        missed, _ = await mall.again(me)
        async with mall.socket() as socket:
            await socket.begin(headers)
            await socket.watch()
            # Since the watch has begun, what is asked for now and what is told later is all.
            answer = await mall.api.run("miniprogram/Sessions", headers)
            listed = {edge["node"]["id"] for edge in answer["data"]["sessions"]["edges"]}
            assert listed == known | {f"session_{missed.session_id.hex}"}
            live, _ = await mall.again(me)
            told = await socket.event()
            known = listed | {told["sessionId"]}
            assert told["sessionId"] == f"session_{live.session_id.hex}"
