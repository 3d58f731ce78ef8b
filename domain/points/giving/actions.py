"""The use case of members who give points to each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, cast, func, select

from domain.kernel.days import begin_of, day_at
from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, KeyReused
from domain.kernel.ids import new_id
from domain.members.models import Member
from domain.points.errors import ReceiverUnavailable
from domain.points.giving.errors import ReceiveCodeUnusable
from domain.points.giving.models import PointsTransfer
from domain.points.giving.rules import TransferTerms, problems_of
from domain.points.posting import lock, write
from domain.points.rules.books import Source
from domain.points.rules.transferring import transfer
from domain.points.words import SourceKind

_DAY = timedelta(days=1)


class SavedTransfer(msgspec.Struct, frozen=True):
    """Points that were given."""

    transfer_id: UUID
    points: int


@dataclass(frozen=True, slots=True)
class TransferWish:
    """Who gives how many points; ``taker_id`` is whose code it is, None where it is nobody's."""

    giver_id: UUID
    taker_id: UUID | None
    points: int
    request_id: UUID


async def give(
    session: WriteSession,
    wish: TransferWish,
    *,
    terms: TransferTerms,
    at: datetime,
    random: Random,
) -> SavedTransfer:
    """Move points from a member to another, with the end that they have; a linked pair of entries.

    Refuses: TransfersOff, InvalidInput, ReceiveCodeUnusable, ReceiverUnavailable (frozen, in debt
    or kept out of the mall), PointsFrozen, PointsShort, TransferLimited. Faults: KEY_REUSED for a
    request that gave points before.
    """
    terms.require_open()
    if problems := list(problems_of(wish.points)):
        raise InvalidInput(problems)
    if wish.taker_id is None or wish.taker_id == wish.giver_id:
        raise ReceiveCodeUnusable
    await _require_taker(session, wish.taker_id)
    made = PointsTransfer(
        id=new_id(at, random),
        giver_id=wish.giver_id,
        taker_id=wish.taker_id,
        points=wish.points,
        request_id=wish.request_id,
        transferred_at=at,
    )
    source = Source(SourceKind.TRANSFER, made.id)
    books = await lock(session, [made.giver_id, made.taker_id], facts=[source])
    await _require_new(session, made)
    times, given = await _given_that_day(session, made)
    terms.require(made.points, times=times, given=given)
    giver, taker = books[made.giver_id], books[made.taker_id]
    lot_ids = sorted(new_id(at, random) for _ in giver.lots)
    transfer(giver, taker, made.points, source=source, lot_ids=lot_ids, at=at)
    session.add(made)
    await session.flush()
    await write(session, books.values())
    return SavedTransfer(made.id, made.points)


async def _require_taker(session: WriteSession, taker_id: UUID) -> None:
    """See that who is to get points is let into the mall. Refuses: ReceiverUnavailable."""
    is_there = select(Member.id).where(Member.id == taker_id, Member.blocked_at.is_(None))
    if await session.scalar(is_there) is None:
        raise ReceiverUnavailable


async def _require_new(session: WriteSession, made: PointsTransfer) -> None:
    same = select(PointsTransfer.id).where(
        PointsTransfer.giver_id == made.giver_id, PointsTransfer.request_id == made.request_id
    )
    if await session.scalar(same) is not None:
        raise KeyReused


async def _given_that_day(session: WriteSession, made: PointsTransfer) -> tuple[int, int]:
    """How often the giver has given points that day, and how many; under the account's lock."""
    begins = begin_of(day_at(made.transferred_at))
    total = cast(func.coalesce(func.sum(PointsTransfer.points), 0), BigInteger)
    found = await session.execute(
        select(func.count(), total).where(
            PointsTransfer.giver_id == made.giver_id,
            PointsTransfer.transferred_at >= begins,
            PointsTransfer.transferred_at < begins + _DAY,
        )
    )
    times, given = found.one()
    return times, given
