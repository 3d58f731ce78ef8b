"""Reads of freight: the arrangement in force, for placing and for quoting, and its history."""

from datetime import datetime
from functools import cache

import msgspec
from sqlalchemy import BigInteger, bindparam, select

from domain.freight.models import FreightVersion
from domain.freight.rules import BEFORE_ANY, Rules
from domain.kernel.db import HotRead, ReadPool, WriteSession
from domain.kernel.paging import Page, Place, page_of

_RULES = msgspec.json.Decoder(Rules)


class Arrangement(msgspec.Struct, frozen=True):
    """The rules of one version; its number is what an order keeps."""

    number: int
    rules: Rules


class FreightVersionView(msgspec.Struct, frozen=True):
    """A version with who arranged it, when and why; of version 0 nobody did."""

    number: int
    rules: Rules
    actor: str | None
    actor_name: str | None
    reason: str | None
    arranged_at: datetime | None


NOTHING_ARRANGED = Arrangement(0, BEFORE_ANY)
_NOBODY = FreightVersionView(0, BEFORE_ANY, None, None, None, None)


async def in_force(session: WriteSession) -> Arrangement:
    """The arrangement in force, within the transaction that places an order; one statement."""
    newest = select(FreightVersion.number, FreightVersion.rules)
    row = (await session.execute(newest.order_by(FreightVersion.number.desc()).limit(1))).first()
    return Arrangement(row.number, row.rules) if row else NOTHING_ARRANGED


async def in_force_now(reads: ReadPool) -> Arrangement:
    """The same for a quote, on the pool of hot reads."""
    version = await version_in_force(reads)
    return Arrangement(version.number, version.rules)


async def version_in_force(reads: ReadPool) -> FreightVersionView:
    """The version in force, with who arranged it."""
    page = await versions(reads, first=1, after=None)
    return page.items[0] if page.items else _NOBODY


async def versions(reads: ReadPool, *, first: int, after: Place | None) -> Page[FreightVersionView]:
    """Take the ``first`` versions behind ``after``, newest first; one statement."""
    rows = await _versions(after=after is not None).rows(
        reads, after=after.value if after else None, limit=first + 1
    )
    return page_of(
        [FreightVersionView(number, _RULES.decode(rules), *more) for number, rules, *more in rows],
        first,
    )


@cache
def _versions(*, after: bool) -> HotRead:
    version = FreightVersion
    statement = select(
        version.number,
        version.rules,
        version.actor,
        version.actor_name,
        version.reason,
        version.arranged_at,
    )
    if after:
        statement = statement.where(version.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(version.number.desc()).limit(limit))
