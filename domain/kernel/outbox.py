"""The outbox: what has happened, for whoever has to act on it after the commit (0.13, 0.21).

A fact is promised in the transaction that makes it true. A worker's relay hands it to the one
keeper of its type and marks it done in the transaction of the effects, so each fact takes effect
once. It is found by what is not done yet and never by "later than the last one seen": ids are
given before commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    CheckConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from domain.kernel.db import Base, HotWrite, WriteSession
from domain.kernel.forgetting import forget_oldest
from domain.kernel.hot_pool import Sender
from domain.kernel.ids import new_id
from domain.kernel.row_sets import RowSet

RETENTION = timedelta(days=30)
"""How long what is done is kept, for a person who asks what happened. Dead letters stay."""
LONGEST_FAILURE = 500
"""How much is kept of what went wrong; the log has the rest."""
_IS_UNDONE = "done_at IS NULL AND failed_at IS NULL"
_HAS_NO_END = "COALESCE(done_at, failed_at) IS NULL"
"""The same in words that PostgreSQL does not know to be the same; see `take_due`."""


class Event(msgspec.Struct, frozen=True):
    """What happened, as values. Subclasses are frozen structs with a ``TYPE`` and a ``VERSION``.

    Both are as lasting as the rows: a change that old rows cannot be read with is a new class of
    the same type with the next version. No two have both alike: TypeError.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    KNOWN: ClassVar[dict[tuple[str, int], type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        """Make the event known by its type and version."""
        known = Event.KNOWN.setdefault((cls.TYPE, cls.VERSION), cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.__module__} and {known.__module__} both have {cls.TYPE}")
        Event.KNOWN[cls.TYPE, cls.VERSION] = cls


@dataclass(frozen=True, slots=True)
class Fact:
    """An event of one thing, and its number among the events of that thing."""

    aggregate_id: UUID
    sequence: int
    event: Event


@dataclass(frozen=True, slots=True)
class DueFact:
    """A fact that its keeper has to act on; the event is None where nobody here can read it."""

    id: UUID
    type: str
    aggregate_id: UUID
    sequence: int
    event: Event | None
    recorded_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the relay is behind, and how many facts wait for a person."""

    oldest_due_at: datetime | None
    dead_letters: int


class OutboxRow(Base):
    """A fact, and how far it is: due, done, or given up for a person to read."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("aggregate_id", "sequence"),
        CheckConstraint("sequence >= 0", name="sequence_counts"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("tries >= 0", name="tries_count"),
        CheckConstraint("done_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("failed_at IS NULL OR failure IS NOT NULL", name="failed_has_its_failure"),
        Index("ix_outbox_due", "due_at", "id", postgresql_where=text(_IS_UNDONE)),
        Index("ix_outbox_oldest", "aggregate_id", "sequence", postgresql_where=text(_HAS_NO_END)),
        Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
        Index("ix_outbox_failed_at", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    aggregate_id: Mapped[UUID]
    sequence: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[Any] = mapped_column(JSONB)
    recorded_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(BigInteger)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str | None]


_UNDONE = and_(OutboxRow.done_at.is_(None), OutboxRow.failed_at.is_(None))
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")


_COLUMNS = "id aggregate_id sequence type version recorded_at due_at tries"
_FACTS = RowSet("facts", OutboxRow, _COLUMNS, body=Text())
_PROMISED = insert(_FACTS.table).from_select(
    [*_COLUMNS.split(), "payload"],
    select(*(_FACTS.c[each] for each in _COLUMNS.split()), cast(_FACTS.c.body, JSONB)),
)
_PROMISE = HotWrite(_PROMISED)


async def promise_all(
    session: Sender, facts: Sequence[Fact], *, at: datetime, random: Random
) -> None:
    """Write facts down in the transaction that makes them true, in one statement.

    Whoever promises has the thing locked, so its events are committed in their order.
    """
    if facts:
        await _PROMISE.run(session, **bound_facts(facts, at=at, random=random))


def promised() -> CTE:
    """The same as a part of the statement that makes them true; `bound_facts` is its values."""
    return _PROMISED.cte("promised")


def bound_facts(facts: Sequence[Fact], *, at: datetime, random: Random) -> dict[str, Any]:
    """The values of a statement that writes facts down."""
    rows = (
        (
            new_id(at, random),
            fact.aggregate_id,
            fact.sequence,
            fact.event.TYPE,
            fact.event.VERSION,
            at,
            at,
            0,
            msgspec.json.encode(fact.event).decode(),
        )
        for fact in facts
    )
    return _FACTS.bound(rows)


async def take_due(
    session: WriteSession, *, at: datetime, most: int, only: UUID | None = None
) -> list[DueFact]:
    """Lock facts that are due, the longest due first; those that another relay has are left to it.

    Of each thing only the oldest fact that is undone; a dead letter holds up none after it.
    """
    of_thing = aliased(OutboxRow)
    # Looked up for each row by an index of things. Whatever else PostgreSQL might do instead is
    # quadratic where it takes a sudden rush for the few undone rows that it knows of: NOT EXISTS
    # becomes a join, and in the words of the outer condition the index of due facts will do.
    oldest = select(func.min(of_thing.sequence)).where(
        of_thing.aggregate_id == OutboxRow.aggregate_id,
        func.coalesce(of_thing.done_at, of_thing.failed_at).is_(None),
    )
    columns = (
        OutboxRow.id,
        OutboxRow.type,
        OutboxRow.version,
        OutboxRow.aggregate_id,
        OutboxRow.sequence,
        # As text, which msgspec reads into the event at once.
        cast(OutboxRow.payload, Text),
        OutboxRow.recorded_at,
        OutboxRow.tries,
    )
    is_oldest = OutboxRow.sequence == oldest.scalar_subquery()
    due = select(*columns).where(_UNDONE, OutboxRow.due_at <= at, is_oldest)
    if only is not None:
        due = due.where(OutboxRow.id == only)
    due = due.order_by(OutboxRow.due_at, OutboxRow.id).limit(most)
    # A plan that a connection kept from a quiet time reads the whole outbox for each fact of a
    # rush, until PostgreSQL looks at the table again: a minute in which nothing takes effect.
    # What keepers send in the same transaction is planned anew too, which is set-wise anyway.
    await session.execute(_PLAN_ANEW)
    rows = await session.execute(due.with_for_update(skip_locked=True, of=OutboxRow))
    return [
        DueFact(id_, type_, thing, sequence, _read(type_, version, payload), recorded_at, tries)
        for id_, type_, version, thing, sequence, payload, recorded_at, tries in rows
    ]


async def mark_done(session: WriteSession, ids: Sequence[UUID], *, at: datetime) -> None:
    """Note in the transaction of the effects that facts have taken effect."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == any_(bindparam("ids", list(ids), type_=ARRAY(Uuid))))
        .values(done_at=at)
        .execution_options(synchronize_session=False)
    )


async def put_off(session: WriteSession, fact: DueFact, *, until: datetime, failure: str) -> None:
    """Note that a fact could not take effect, and try again later."""
    await _note(session, fact, due_at=until, failure=failure[:LONGEST_FAILURE])


async def give_up(session: WriteSession, fact: DueFact, *, at: datetime, failure: str) -> None:
    """Note that a fact will not take effect by itself: it is a dead letter now."""
    await _note(session, fact, failed_at=at, failure=failure[:LONGEST_FAILURE])


async def standing(session: WriteSession, *, at: datetime) -> Standing:
    """How far the relay is behind at this moment."""
    oldest = select(func.min(OutboxRow.due_at)).where(_UNDONE, OutboxRow.due_at <= at)
    dead = select(func.count()).where(OutboxRow.failed_at.is_not(None))
    row = (await session.execute(select(oldest.scalar_subquery(), dead.scalar_subquery()))).one()
    return Standing(*row)


async def forget_done(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest facts that are done past their retention; says how many."""
    is_past = OutboxRow.done_at < at - RETENTION
    return await forget_oldest(session, OutboxRow, is_past, by=OutboxRow.done_at, most=most)


async def _note(session: WriteSession, fact: DueFact, **values: object) -> None:
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == fact.id, _UNDONE)
        .values(tries=OutboxRow.tries + 1, **values)
        .execution_options(synchronize_session=False)
    )


def _read(type_: str, version: int, payload: str) -> Event | None:
    """The event; None where this release does not know it, as in the middle of a deployment."""
    known = Event.KNOWN.get((type_, version))
    try:
        return None if known is None else msgspec.json.decode(payload, type=known)
    except msgspec.ValidationError:
        return None
