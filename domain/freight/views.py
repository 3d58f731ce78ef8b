"""Reads of freight: the arrangement in force, for placing and for quoting, and its history."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, cached_property, lru_cache

import msgspec
from sqlalchemy import BigInteger, Select, Text, bindparam, func, literal_column, select
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
_NOBODY = FreightVersionView(0, BEFORE_ANY, None, None, None, None)


async def in_force(session: Sender) -> Arrangement:
    """The arrangement in force, within the transaction that places an order; one statement."""
    rows = await _IN_FORCE.rows(session)
    return arrangement_of(*rows[0]) if rows else NOTHING_ARRANGED


async def in_force_now(reads: ReadPool) -> Arrangement:
    """The same on the pool of hot reads."""
    rows = await _IN_FORCE_NOW.rows(reads)
    return arrangement_of(*rows[0]) if rows else NOTHING_ARRANGED


def newest_version() -> Select[int, str]:
    """The version in force as a part of a statement, for `arrangement_of`; no row before any.

    The rules are text: what has been read of them once need not be read again.
    """
    return (
        select(FreightVersion.number, sql_cast(FreightVersion.rules, Text).label("rules"))
        .order_by(FreightVersion.number.desc())
        .limit(literal_column("1"))
    )


@lru_cache(maxsize=4)
def arrangement_of(number: int, rules: str) -> Arrangement:
    """What one version says, which every batch and every quote asks."""
    return Arrangement(number, _RULES.decode(rules))


def newest_mark() -> Select[str]:
    """By what the version in force is known, as a part of a statement, for `Arrangements`.

    A number alone would not do: a database that was set back gives numbers a second time.
    """
    digest = func.md5(sql_cast(FreightVersion.rules, Text))
    return (
        select(sql_cast(FreightVersion.number, Text).concat(digest))
        .order_by(FreightVersion.number.desc())
        .limit(literal_column("1"))
    )


class Arrangements:
    """What the version in force says, read once by a process: a version never changes."""

    def __init__(self) -> None:
        self._mark: str | None = None
        self._known = NOTHING_ARRANGED

    async def marked(self, session: Sender, mark: str | None) -> Arrangement:
        """What the version of the newest mark says, or a newer one by now; None before any."""
        if mark is None:
            return NOTHING_ARRANGED
        if self._mark != mark:
            self._known = await in_force(session)
            self._mark = mark
        return self._known


_IN_FORCE = HotWrite(newest_version())
_IN_FORCE_NOW = HotRead(newest_version())


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
