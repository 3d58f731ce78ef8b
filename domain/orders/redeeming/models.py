"""The tables of the points mall: offers, what members took of them, and the orders that did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base


class PointsOffer(Base):
    """Units of a variant for points, or for points and cash. Kept for good: orders name it.

    ``points`` and ``cash_fen`` are of one unit. ``taken`` of the ``allocated`` units are in orders
    that stand. It is open from ``opens_at`` until before ``closes_at``, for ever where that is
    None. What is hidden is shown to nobody, what is withdrawn is over for good.
    """

    __tablename__ = "points_offers"
    __table_args__ = (
        CheckConstraint("points > 0", name="points_are_some"),
        CheckConstraint("cash_fen >= 0", name="cash_is_not_negative"),
        CheckConstraint("taken >= 0 AND taken <= allocated", name="taken_is_of_the_allocated"),
        CheckConstraint("member_limit > 0", name="limit_is_some"),
        CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        CheckConstraint("revision > 0", name="revision_is_positive"),
        Index(None, "variant_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    cash_fen: Mapped[int] = mapped_column(BigInteger)
    allocated: Mapped[int] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    member_limit: Mapped[int | None] = mapped_column(BigInteger)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    is_hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    withdrawn_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class PointsOfferMember(Base):
    """How many units of an offer a member has in orders that stand. Kept as long as the offer."""

    __tablename__ = "points_offer_members"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken_is_not_negative"),
        Index(None, "member_id"),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("points_offers.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    taken: Mapped[int] = mapped_column(BigInteger)


class PointsRedemption(Base):
    """Of which offer an order is, and how many units it took. Kept as long as the order.

    ``returned`` of them went back to the offer: all where the order was closed unpaid, and those
    that were refunded unsent.
    """

    __tablename__ = "points_redemptions"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_are_some"),
        CheckConstraint("returned BETWEEN 0 AND units", name="returned_is_of_the_units"),
        Index(None, "offer_id", "member_id"),
        Index(None, "member_id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("points_offers.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    units: Mapped[int] = mapped_column(BigInteger)
    returned: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
