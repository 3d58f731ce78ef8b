"""A member who is signed in: the one of the demo brand who has told most of themselves."""

import asyncio
from random import SystemRandom
from uuid import UUID

import asyncpg

from api.oauth.standing import Standing
from api.oauth.tokens import AccessTokens
from bench.ground import Ground
from domain.kernel.actors import Member
from domain.kernel.clock import system_clock
from domain.kernel.db import open_database
from domain.kernel.ids import new_id
from domain.sessions.clients import MINI_PROGRAM
from domain.sessions.models import Session
from domain.sessions.rules import MEMBER_SCOPE

_RANDOM = SystemRandom()
_WHO_TOLD_MOST = """
SELECT members.id FROM members JOIN member_phones ON member_id = members.id
ORDER BY (SELECT count(*) FROM consent_entries WHERE consent_entries.member_id = members.id) DESC,
    picture_key IS NULL, birth_month IS NULL, members.id LIMIT 1"""


def member_token(base: Ground, issuer: str) -> str:
    """An access token, good for some minutes, of a member with a phone."""
    return asyncio.run(_member_token(base, issuer))


def token_of(tokens: AccessTokens, member_id: UUID) -> str:
    """An access token of a member, for a session of its own."""
    session = Session(id=new_id(system_clock(), _RANDOM), client_id=MINI_PROGRAM)
    return tokens.sign(session, [MEMBER_SCOPE], Member(member_id, session.id))


async def _member_token(base: Ground, issuer: str) -> str:
    async with open_database(
        base.database_url, read_connections=1, write_connections=1
    ) as database:
        standing = Standing(database, base.vault, system_clock, _RANDOM)
        await standing.look_at_keys()
        await standing.ensure_key()
        return token_of(
            AccessTokens(standing, issuer, system_clock, _RANDOM), await _who_told_most(base)
        )


async def _who_told_most(base: Ground) -> UUID:
    connection = await asyncpg.connect(base.database_url)
    try:
        member_id: UUID = await connection.fetchval(_WHO_TOLD_MOST)
    finally:
        await connection.close()
    return member_id
