"""Writing the history of a demo brand, in the transaction of its seed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import func, select

from domain.kernel.db import WriteSession
from domain.kernel.outbox import OutboxRow
from domain.kernel.sealing import Vault
from sandbox.brand.history.cast import buyers_of
from sandbox.brand.history.complaints import OF_CASES
from sandbox.brand.history.gateway import Account
from sandbox.brand.history.past import PastMall, SameReads
from sandbox.brand.history.stage import stage_of
from sandbox.brand.history.stories import NEEDS, OF_ORDERS
from sandbox.brand.people import DemoMember
from sandbox.wechat.keeping import Kept

TO_CHOOSE_FROM = 100
"""Among how many of the first members the people of the stories are."""


@dataclass(frozen=True, slots=True)
class History:
    """The wish for a history: by which account people paid, and who is told what they paid.

    The telling comes last; where it raises, there is no history. To be told the same again, by a
    seed that was interrupted just then, changes nothing.
    """

    account: Account
    tell: Callable[[Kept], Awaitable[None]]


async def write_history(
    session: WriteSession,
    history: History,
    members: Sequence[DemoMember],
    vault: Vault,
    *,
    seed: int,
    present: datetime,
) -> None:
    """Let the two weeks before the present happen to the first members of the brand.

    The same each time, numbers and codes too: of a mall in which nobody but a developer buys.
    """
    connection = await session.connection()
    random = Random(f"history {seed}")
    # What comes after the first statement of a session has rows as asyncpg gives them.
    await session.send("SELECT 1", ())
    mall = PastMall(
        SameReads(session), connection, vault, history.account, present=present, random=random
    )
    buyers = await buyers_of(mall, members)
    stage = await stage_of(mall, seed)
    told = [each for each in (*OF_ORDERS, *OF_CASES) if each not in NEEDS or NEEDS[each](stage)]
    if not buyers or not stage.warehouse.plain:
        return
    await mall.live(each(stage, buyers[place % len(buyers)]) for place, each in enumerate(told))
    unheard = await session.scalar(select(func.count()).where(OutboxRow.done_at.is_(None)))
    assert unheard == 0, "the worker of the past has left something undone"
    await history.tell(mall.gateway.kept)
