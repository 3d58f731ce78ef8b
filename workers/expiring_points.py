"""The sweep that tells members of points that expire soon."""

import asyncio
from uuid import UUID

from domain.kernel.logs import logger
from domain.messages import news
from domain.points.foretelling import Foretold, foretell, is_the_hour
from workers.messages import tell_members
from workers.tools import SweepContext, Tools

_LOG = logger(__name__)
LONGEST_SECONDS = 300
"""How long a turn goes on; whom it does not come to is told by the next one."""
_AT_ONCE = 500
_FIRST = UUID(int=0)


async def tell_expiring_points(ctx: SweepContext) -> None:
    """Tell each member once a day whose points expire in 30 days, in 7, or after tomorrow.

    By day, chunk by chunk in the order of members. Any number of workers may do so at once: what a
    member was told that day from the same source is not told again.
    """
    tools, loop = ctx["tools"], asyncio.get_running_loop()
    if not is_the_hour(tools.clock()):
        return
    ends_at, after, count = loop.time() + LONGEST_SECONDS, _FIRST, 0
    while loop.time() < ends_at:
        told = await _tell_chunk(tools, after)
        count += len(told)
        if len(told) < _AT_ONCE:
            break
        after = told[-1].member_id
    if count:
        _LOG.info("points.foretold", members=count)


async def _tell_chunk(tools: Tools, after: UUID) -> list[Foretold]:
    async with tools.database.writes.begin() as session:
        found = await foretell(session, at=tools.clock(), after=after, most=_AT_ONCE)
        told = [
            news.points_expiring(each.member_id, each.points, each.until, each.source)
            for each in found
        ]
        await tell_members(session, told, tools)
    return found
