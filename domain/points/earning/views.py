"""Reads of programmes: the one in force at a moment, and the history of all of them."""

from collections.abc import Collection
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    any_,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy import cast as sql_cast
from typing_extensions import TypeVarTuple

from domain.kernel.db import HotRead, HotWrite, ReadPool
from domain.kernel.hot_pool import Sender
from domain.kernel.paging import Page, Place, page_of
from domain.points.earning.models import PointsProgramme
from domain.points.earning.programme import NOTHING_PUBLISHED, Edition, Programme

_Columns = TypeVarTuple("_Columns")
_PROGRAMME = msgspec.json.Decoder(Programme)


class ProgrammeView(msgspec.Struct, frozen=True):
    """A version with who published it, when and why; of version 0 nobody did."""

    number: int
    programme: Programme
    valid_from: datetime | None
    actor: str | None
    actor_name: str | None
    reason: str | None
    published_at: datetime | None


_NOBODY = ProgrammeView(0, NOTHING_PUBLISHED.programme, None, None, None, None, None)


async def in_force(session: Sender, *, at: datetime) -> Edition:
    """What is in force at a moment, within a transaction; one statement."""
    rows = await _IN_FORCE.rows(session, now=at)
    return edition_of(*rows[0]) if rows else NOTHING_PUBLISHED


async def in_force_now(reads: ReadPool, *, at: datetime) -> Edition:
    """The same on the pool of hot reads."""
    rows = await _IN_FORCE_NOW.rows(reads, now=at)
    return edition_of(*rows[0]) if rows else NOTHING_PUBLISHED


def edition_in_force() -> Select[int, str]:
    """The version in force at ``:now`` as a part of a statement; no row before any.

    `edition_of` makes an edition of it. The programme is text: what has been read of it once need
    not be read again.
    """
    table = PointsProgramme
    return _in_force(select(table.number, sql_cast(table.programme, Text).label("programme")))


def _in_force(statement: Select[*_Columns]) -> Select[*_Columns]:
    table = PointsProgramme
    return (
        statement.where(table.valid_from <= bindparam("now", type_=table.valid_from.type))
        .order_by(table.valid_from.desc(), table.number.desc())
        .limit(literal_column("1"))
    )


@lru_cache(maxsize=8)
def edition_of(number: int, programme: str) -> Edition:
    """What one version says, which every quote and every payment asks."""
    return Edition(number, _PROGRAMME.decode(programme))


def number_in_force(moment: ColumnElement[datetime]) -> ScalarSelect[int]:
    """The number of the version in force at a moment that a row has; NULL before any."""
    table = PointsProgramme
    return (
        select(table.number)
        .where(table.valid_from <= moment)
        .order_by(table.valid_from.desc(), table.number.desc())
        .limit(literal_column("1"))
        .scalar_subquery()
    )


async def editions(session: Sender, numbers: Collection[int | None]) -> dict[int | None, Edition]:
    """The versions of these numbers, of which None is the one before any; one statement."""
    rows = await _BY_NUMBER.rows(session, numbers=sorted(each for each in numbers if each))
    found: dict[int | None, Edition] = {row[0]: edition_of(*row) for row in rows}
    return {None: NOTHING_PUBLISHED, **found}


_IN_FORCE = HotWrite(edition_in_force())
_IN_FORCE_NOW = HotRead(edition_in_force())
_BY_NUMBER = HotWrite(
    select(PointsProgramme.number, sql_cast(PointsProgramme.programme, Text)).where(
        PointsProgramme.number == any_(bindparam("numbers", type_=ARRAY(BigInteger)))
    )
)


async def programme_in_force(reads: ReadPool, *, at: datetime) -> ProgrammeView:
    """What is in force at a moment, with who published it; one statement."""
    rows = await _whole_in_force().rows(reads, now=at)
    return _view(*rows[0]) if rows else _NOBODY


async def programmes(reads: ReadPool, *, first: int, after: Place | None) -> Page[ProgrammeView]:
    """Take the ``first`` versions behind ``after``, the last published first; one statement.

    Those that are scheduled for later are among them.
    """
    rows = await _programmes(after=after is not None).rows(
        reads, after=after.value if after else None, limit=first + 1
    )
    return page_of([_view(*row) for row in rows], first)


def _view(number: int, programme: str, *more: Any) -> ProgrammeView:
    return ProgrammeView(number, edition_of(number, programme).programme, *more)


def _whole() -> Select[*tuple[Any, ...]]:
    table = PointsProgramme
    return select(
        table.number,
        sql_cast(table.programme, Text),
        table.valid_from,
        table.actor,
        table.actor_name,
        table.reason,
        table.published_at,
    )


@cache
def _whole_in_force() -> HotRead:
    return HotRead(_in_force(_whole()))


@cache
def _programmes(*, after: bool) -> HotRead:
    statement = _whole()
    if after:
        statement = statement.where(PointsProgramme.number < bindparam("after", type_=BigInteger))
    limit = bindparam("limit", type_=BigInteger)
    return HotRead(statement.order_by(PointsProgramme.number.desc()).limit(limit))
