"""graphql-transport-ws to the letter: every message, every close code, every rule of its order."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from tests.api.sockets.serving import EVENTS, Mall


async def test_somebody_is_told_of_their_sessions_until_they_have_heard_enough(mall: Mall):
    me, headers = await mall.someone()
    async with mall.socket() as socket:
        await socket.begin(headers)
        await socket.watch()
        other, _ = await mall.again(me)
        begun = await socket.event()
        assert begun["__typename"] == "SessionBegun"
        assert begun["sessionId"] == f"session_{other.session_id.hex}"
        assert begun["clientName"] == "小程序"
        await socket.say(type="complete", id="1")
        await mall.again(me)
        assert await socket.is_quiet()
