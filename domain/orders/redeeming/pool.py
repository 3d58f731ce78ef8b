"""The units that offers have to give: locked after levels of stock and before orders (L1).

Whoever changes what is taken of an offer, also a member's count of it, holds the offer's row. So a
count that is read under that lock stands until the transaction ends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import Uuid as UuidColumn
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.orders.redeeming.models import PointsOffer, PointsOfferMember, PointsRedemption

_OFFER: Any = PointsOffer.__table__
_COUNT: Any = PointsOfferMember.__table__
_REDEMPTION: Any = PointsRedemption.__table__

_LOCK = HotWrite(
    select(
        PointsOffer.id,
        PointsOffer.variant_id,
        PointsOffer.points,
        PointsOffer.cash_fen,
        PointsOffer.allocated,
        PointsOffer.taken,
        PointsOffer.member_limit,
        PointsOffer.opens_at,
        PointsOffer.closes_at,
        PointsOffer.is_hidden,
        PointsOffer.withdrawn_at,
    )
    .where(PointsOffer.id == any_(bindparam("ids", type_=ARRAY(UuidColumn))))
    .order_by(PointsOffer.id)
    .with_for_update(key_share=True)
)
_HAD = HotWrite(
    select(PointsOfferMember.taken).where(
        PointsOfferMember.offer_id == bindparam("offer_id", type_=UuidColumn),
        PointsOfferMember.member_id == bindparam("member_id", type_=UuidColumn),
    )
)
_WHAT = HotWrite(
    select(PointsRedemption.member_id, PointsRedemption.units).where(
        PointsRedemption.order_id == bindparam("this_order", type_=UuidColumn)
    )
)


@dataclass(frozen=True, slots=True)
class LockedOffer:
    """An offer under lock; ``points`` and ``cash_fen`` are of one unit."""

    id: UUID
    variant_id: UUID
    points: int
    cash_fen: int
    allocated: int
    taken: int
    member_limit: int | None
    opens_at: datetime
    closes_at: datetime | None
    is_hidden: bool
    withdrawn_at: datetime | None

    @property
    def left(self) -> int:
        """Units that it still has to give."""
        return self.allocated - self.taken

    def is_over(self, at: datetime) -> bool:
        """Whether its time has passed."""
        return self.closes_at is not None and self.closes_at <= at


async def lock_offers(session: Sender, ids: Iterable[UUID]) -> dict[UUID, LockedOffer]:
    """Lock offers ascending, by one statement; one that never was is left out."""
    rows = await _LOCK.rows(session, ids=sorted(set(ids)))
    return {row[0]: LockedOffer(*row) for row in rows}


async def had_by(session: Sender, offer_id: UUID, member_id: UUID) -> int:
    """How many units of an offer that is locked a member has."""
    row = await _HAD.one_or_none(session, offer_id=offer_id, member_id=member_id)
    return 0 if row is None else row[0]


async def take(session: Sender, offer: LockedOffer, member_id: UUID, units: int) -> None:
    """Take units of an offer that is locked, and of what its member may have; two statements.

    The caller has seen under the lock that there are so many. Both counts are conditional besides,
    so that neither the lock nor a judgement is all that holds them.
    """
    of_whom = {"offer_id": offer.id, "member_id": member_id, "units": units}
    limit = offer.member_limit
    counted = await _COUNT_MEMBER.rows(session, limit=limit, **of_whom)
    taken = await _TAKE.rows(session, offer_id=offer.id, units=units)
    # Its row is locked, and it was seen that there are so many: anything else is a bug.
    assert len(counted) == len(taken) == 1


async def note_redeemed(
    session: Sender, order_id: UUID, offer_id: UUID, *, member_id: UUID, units: int
) -> None:
    """Remember of an order that is new which offer it is of."""
    row = order_id, offer_id, member_id, units
    await _NOTE.run(session, **_REDEEMED.bound([row]))


async def can_take_again(session: Sender, offer: LockedOffer, order_id: UUID) -> bool:
    """Whether an offer that is locked still has what a closed order of it had.

    It need not be open any more: it was when the order was placed. What is withdrawn is not sold.
    """
    member_id, units = await _redeemed(session, order_id)
    if offer.withdrawn_at is not None or units > offer.left:
        return False
    limit = offer.member_limit
    return limit is None or await had_by(session, offer.id, member_id) + units <= limit


async def take_again(session: Sender, offer: LockedOffer, order_id: UUID) -> None:
    """Take what a closed order had that is paid after all, where `can_take_again` says so."""
    member_id, units = await _redeemed(session, order_id)
    await take(session, offer, member_id, units)
    rows = await _STANDS.rows(session, this_order=order_id)
    # What was closed had given all of it back: anything else is a bug.
    assert len(rows) == 1


async def give_back(session: Sender, units: Mapping[UUID, int]) -> None:
    """Give units of orders back to their offers, which are locked, and to their members' limits.

    One statement for any number of orders.
    """
    rows = await _GIVE_BACK.rows(session, **_BACK.bound(sorted(units.items())))
    # What an order took is taken: anything else is a bug, and gives nothing back.
    assert len(rows) == len(units)


async def _redeemed(session: Sender, order_id: UUID) -> tuple[UUID, int]:
    row = await _WHAT.one_or_none(session, this_order=order_id)
    # An order whose offer is known has a redemption.
    assert row is not None
    return row[0], row[1]


def _counting() -> HotWrite:
    """Count units of a member's, as far as the limit goes; no row where it goes no further."""
    of_whom: Any = (
        bindparam("offer_id", type_=UuidColumn),
        bindparam("member_id", type_=UuidColumn),
        _UNITS,
    )
    within = or_(_LIMIT.is_(None), _UNITS <= _LIMIT)
    begun = insert(_COUNT).from_select(
        ["offer_id", "member_id", "taken"], select(*of_whom).where(within)
    )
    after = _COUNT.c.taken + _UNITS
    return HotWrite(
        begun.on_conflict_do_update(
            index_elements=["offer_id", "member_id"],
            set_={"taken": after},
            where=or_(_LIMIT.is_(None), after <= _LIMIT),
        ).returning(_COUNT.c.offer_id)
    )


def _taking() -> HotWrite:
    after = _OFFER.c.taken + _UNITS
    return HotWrite(
        update(_OFFER)
        .where(_OFFER.c.id == bindparam("offer_id", type_=UuidColumn), after <= _OFFER.c.allocated)
        .values(taken=after)
        .returning(_OFFER.c.id)
    )


def _returned() -> Any:
    """Units that go back of redemptions, each as far as it has them."""
    redemption = PointsRedemption
    moved = (
        update(redemption)
        .where(
            redemption.order_id == _BACK.c.order_id,
            redemption.returned + _BACK.c.returned <= redemption.units,
        )
        .values(returned=redemption.returned + _BACK.c.returned)
        .returning(
            redemption.order_id,
            redemption.offer_id,
            redemption.member_id,
            cast(_BACK.c.returned, BigInteger).label("units"),
        )
    )
    return moved.cte("back_in_the_offer")


def _giving_back() -> HotWrite:
    """Give units back of redemptions, and count them where they were taken."""
    back = _returned()
    summed = cast(func.sum(back.c.units), BigInteger).label("units")
    of_offers = select(back.c.offer_id, summed).group_by(back.c.offer_id).subquery("of_offers")
    by_member: tuple[Any, ...] = back.c.offer_id, back.c.member_id
    of_members = select(*by_member, summed).group_by(*by_member).subquery("of_members")
    offers = (
        update(_OFFER)
        .where(_OFFER.c.id == of_offers.c.offer_id)
        .values(taken=_OFFER.c.taken - of_offers.c.units)
    )
    members = (
        update(_COUNT)
        .where(
            _COUNT.c.offer_id == of_members.c.offer_id,
            _COUNT.c.member_id == of_members.c.member_id,
        )
        .values(taken=_COUNT.c.taken - of_members.c.units)
    )
    given = offers.cte("given_to_offers"), members.cte("given_to_members")
    return HotWrite(select(back.c.order_id).add_cte(*given))


_REDEEMED = RowSet("redeemed", PointsRedemption, "order_id offer_id member_id units")
_BACK = RowSet("back", PointsRedemption, "order_id returned", are_several=True)
_UNITS = bindparam("units", type_=BigInteger)
_LIMIT: ColumnElement[Any] = bindparam("limit", type_=BigInteger)
_NOTE = HotWrite(_REDEEMED.insert())
_COUNT_MEMBER = _counting()
_TAKE = _taking()
_STANDS = HotWrite(
    update(_REDEMPTION)
    .where(
        _REDEMPTION.c.order_id == bindparam("this_order", type_=UuidColumn),
        _REDEMPTION.c.returned == _REDEMPTION.c.units,
    )
    .values(returned=literal_column("0"))
    .returning(_REDEMPTION.c.order_id)
)
_GIVE_BACK = _giving_back()
