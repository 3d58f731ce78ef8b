"""People who sign in, and what they agree to, as the tests of the members need them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from domain.kernel.actors import By, Role, Staff
from domain.kernel.audit import violations
from domain.kernel.db import Base, Database, WriteSession
from domain.kernel.language import Bilingual
from domain.kernel.sealing import Vault, master_keys
from domain.members.actions.consents import Agreement, publish_text
from domain.members.actions.phones import VerifiedNumber, bind_phone
from domain.members.actions.signing_in import SignedIn, sign_in_by_wechat
from domain.members.audit import INVARIANTS
from domain.members.errors import PhoneTaken
from domain.members.ports import WeChatSession
from domain.members.words import Channel, ConsentPurpose, VerifiedBy
from domain.tables import METADATA
from tests import make
from tests.conftest import MASTER_KEY
from tests.make import NOON

T = TypeVar("T")

RANDOM = Random(11)
VAULT = Vault(master_keys(MASTER_KEY))
APP = "wx0123456789abcdef"
OTHER_APP = "wxfedcba9876543210"
PHONE, OTHER_PHONE = "+8613800138000", "+8613900139000"
BY = By(Staff(make.an_id(), "林", Role.OPERATOR), NOON, RANDOM)
AGREED = Agreement(1, Channel.MINI_PROGRAM)


async def write(database: Database, act: Callable[[WriteSession], Awaitable[T]]) -> T:
    """Do it in a transaction of its own."""
    async with database.writes.begin() as session:
        return await act(session)


async def sign_in(
    database: Database, openid: str, unionid: str | None = None, *, app: str = APP
) -> SignedIn:
    """Sign somebody in by WeChat, at noon."""
    return await write(
        database,
        lambda session: sign_in_by_wechat(
            session, app, WeChatSession(openid, unionid), at=NOON, random=RANDOM
        ),
    )


async def a_member(database: Database, openid: str = "o-1") -> UUID:
    """A member who signed in by WeChat."""
    return (await sign_in(database, openid)).member_id


async def publish(database: Database, *purposes: ConsentPurpose) -> None:
    """Publish the next version of each purpose's text."""
    text = Bilingual("协议", "Agreement")
    for purpose in purposes:
        await write(
            database,
            lambda session, purpose=purpose: publish_text(
                session, purpose, text, body=text, reason="上线", by=BY
            ),
        )


async def bind(
    database: Database, member_id: UUID, phone: str = PHONE, **more: Any
) -> object | PhoneTaken:
    """Bind a number that WeChat has vouched for."""
    given: dict[str, Any] = {"agreement": AGREED, "at": NOON, **more}
    return await write(
        database,
        lambda session: bind_phone(
            session,
            VAULT,
            member_id,
            number=VerifiedNumber(phone, VerifiedBy.WECHAT),
            random=RANDOM,
            **given,
        ),
    )


async def rows(database: Database, model: type[Base]) -> list[Any]:
    """All rows of a table, by key."""
    async with database.writes() as session:
        keys = METADATA.tables[model.__tablename__].primary_key.columns
        return list(await session.scalars(select(model).order_by(*keys)))


async def count(database: Database, model: type[Base]) -> int:
    """How many rows a table has."""
    async with database.writes() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def broken(database: Database) -> set[str]:
    """The names of the invariants that do not hold."""
    async with database.writes() as session:
        return {
            invariant.name
            for invariant in INVARIANTS
            if [row async for row in violations(session, invariant)]
        }


async def at_once(*tries: Awaitable[T]) -> list[T]:
    """Do all of it at the same time."""
    return list(await asyncio.gather(*tries))


def later(*, seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)
