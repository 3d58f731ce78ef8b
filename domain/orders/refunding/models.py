"""The tables of refunds of orders: what goes back, and of which lines."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.orders.words import OrderRefundStatus


class OrderRefund(Base):
    """What goes back of an order for one cause, counted from 1. Kept for good.

    ``source`` names the cause, which refunds once. Units and money are reserved for as long as
    the row stands: it never ends but by succeeding. ``is_paid_otherwise`` where money of it went
    back by other means than the gateway.
    """

    __tablename__ = "order_refunds"
    __table_args__ = (
        known("status", OrderRefundStatus),
        CheckConstraint("ordinal > 0", name="ordinal_begins_at_one"),
        CheckConstraint("goods_fen >= 0 AND freight_fen >= 0", name="amounts_are_not_negative"),
        CheckConstraint("(status = 'succeeded') = (finished_at IS NOT NULL)", name="end_is_whole"),
        UniqueConstraint("source"),
        UniqueConstraint("order_id", "ordinal"),
        Index(None, "status", "id"),
        Index(None, "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    actor: Mapped[str]
    is_shops_fault: Mapped[bool]
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[OrderRefundStatus] = mapped_column(WordColumn(OrderRefundStatus))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    is_paid_otherwise: Mapped[bool] = mapped_column(server_default=text("false"))


class OrderRefundLine(Base):
    """What of a line goes back by one refund. Kept for good.

    ``sent_units`` of the units had been sent; the others never will be. Without units it is an
    amount, and the goods stay. ``points`` are spent ones that come back with it.
    """

    __tablename__ = "order_refund_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "line_number"], ["order_lines.order_id", "order_lines.number"]
        ),
        CheckConstraint("sent_units BETWEEN 0 AND units", name="sent_ones_are_of_the_units"),
        CheckConstraint("goods_fen >= 0 AND freight_fen >= 0", name="amounts_are_not_negative"),
        CheckConstraint("units > 0 OR goods_fen + freight_fen > 0", name="it_is_some"),
        CheckConstraint("points >= 0", name="points_are_not_negative"),
        Index(None, "order_id", "line_number"),
        {"info": JOURNAL},
    )

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("order_refunds.id"), primary_key=True)
    order_id: Mapped[UUID]
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    units: Mapped[int] = mapped_column(BigInteger)
    sent_units: Mapped[int] = mapped_column(BigInteger)
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
