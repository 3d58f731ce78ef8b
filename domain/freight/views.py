"""Reads of freight: the arrangement in force, for placing and for quoting, and its history."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, cached_property, lru_cache

import msgspec
from sqlalchemy import BigInteger, Text, bindparam, literal_column, select
from sqlalchemy import cast as sql_cast

from domain.freight.models import FreightVersion
from domain.freight.rules import BEFORE_ANY, FreightRule, Rules, by_beginning, rule_in
from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.kernel.paging import Page, Place, page_of

_RULES = msgspec.json.Decoder(Rules)


class Arrangement(msgspec.Struct, frozen=True, dict=True):
    """The rules of one version; its number is what an order keeps."""

    number: int
    rules: Rules

    def rule_for(self, region_code: str) -> FreightRule:
        """The rule with the longest beginning of the region's code."""
        return rule_in(self._by_beginning, region_code)

    @cached_property
    def _by_beginning(self) -> Mapping[str, FreightRule]:
        return by_beginning(self.rules)


class FreightVersionView(msgspec.Struct, frozen=True):
    """A version with who arranged it, when and why; of version 0 nobody did."""

    number: int
    rules: Rules
    actor: str | None
    actor_name: str | None
    reason: str | None
    arranged_at: datetime | None


NOTHING_ARRANGED = Arrangement(0, BEFORE_ANY)
_IN_FORCE = HotWrite(
    # The rules as text: what has been read of them once need not be read again.
    select(FreightVersion.number, sql_cast(FreightVersion.rules, Text))
    .order_by(FreightVersion.number.desc())
    .limit(literal_column("1"))
)
_NOBODY = FreightVersionView(0, BEFORE_ANY, None, None, None, None)


async def in_force(session: Sender) -> Arrangement:
    """The arrangement in force, within the transaction that places an order; one statement."""
    rows = await _IN_FORCE.rows(session)
    return _arrangement(*rows[0]) if rows else NOTHING_ARRANGED


@lru_cache(maxsize=4)
def _arrangement(number: int, rules: str) -> Arrangement:
    """What one version says, which every batch asks."""
    return Arrangement(number, _RULES.decode(rules))


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
        sql_cast(version.rules, Text),
        version.actor,
        version.actor_name,
        version.reason,
        version.arranged_at,
    )
    if after:
        statement = statement.where(version.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(version.number.desc()).limit(limit))
