"""The tables of orders. All but what moves (status, payments, deadlines) is frozen when placed."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import DocumentColumn, WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.members.words import Channel
from domain.orders.cart.models import EngravedText
from domain.orders.words import (
    CloseReason,
    DeliveryMethod,
    DiscountClass,
    Funder,
    OrderStatus,
    PaymentPurpose,
    PaymentStatus,
    ReviewStatus,
)

FREIGHT_LINE = 0
"""The line number under which allocations to freight stand; goods begin at 1."""
_IS_REFUNDED = "COALESCE(close_reason = 'refunded', false)"


class AddressSnapshot(msgspec.Struct, frozen=True, gc=False):
    """Where an order goes, as the address was when it was placed.

    Recipient, phone and street are in ``sealed``, which the vault opens for the address.
    """

    address_id: UUID
    region_code: str
    region_names: tuple[str, ...]
    last_digits: str
    sealed: bytes


class Order(Base):
    """What a member has ordered, for what price, and how far it has come. Kept for good.

    Amounts are frozen: ``payable_fen`` is what the lines and the freight cost after all
    reductions. ``history`` counts the rows of `OrderHistory`, of which the last says the status.
    ``place_id`` is whose stock it takes: the warehouse's, or that of the store of a pick-up.
    ``refunding_fen`` is what goes or went back, ``refunded_fen`` what of it is back.
    ``ready_at`` is since when its store has it ready, of one that is picked up; it stays then.
    ``points_used`` pay for some of the discount.
    """

    __tablename__ = "orders"
    __table_args__ = (
        known("status", OrderStatus),
        known("channel", Channel),
        known("delivery", DeliveryMethod),
        known("close_reason", CloseReason),
        CheckConstraint(
            "list_fen >= 0 AND discount_fen BETWEEN 0 AND list_fen", name="discount_is_of_the_goods"
        ),
        CheckConstraint(
            "freight_list_fen >= 0 AND freight_discount_fen BETWEEN 0 AND freight_list_fen",
            name="freight_discount_is_of_the_freight",
        ),
        CheckConstraint(
            "payable_fen = list_fen - discount_fen + freight_list_fen - freight_discount_fen",
            name="payable_adds_up",
        ),
        CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (close_reason IS NULL)",
            name="closed_is_whole",
        ),
        CheckConstraint(
            f"(status IN ('paid', 'partly_shipped', 'shipped', 'received') OR {_IS_REFUNDED})"
            " = (paid_at IS NOT NULL)",
            name="paid_is_whole",
        ),
        # One that was refunded keeps how far it had come.
        CheckConstraint(
            f"{_IS_REFUNDED} OR (status IN ('shipped', 'received')) = (shipped_at IS NOT NULL)",
            name="shipped_is_whole",
        ),
        CheckConstraint(
            f"{_IS_REFUNDED} OR (status = 'received') = (received_at IS NOT NULL)",
            name="received_is_whole",
        ),
        CheckConstraint(
            "refunded_fen BETWEEN 0 AND refunding_fen AND refunding_fen <= payable_fen",
            name="no_more_is_refunded_than_was_paid",
        ),
        CheckConstraint(
            "refunding_fen = 0 OR paid_at IS NOT NULL", name="only_paid_ones_are_refunded"
        ),
        CheckConstraint(
            "(delivery = 'delivery') = (address IS NOT NULL)", name="delivery_has_where"
        ),
        CheckConstraint("units > 0 AND history > 0", name="there_is_something"),
        CheckConstraint("points_used >= 0", name="points_are_not_negative"),
        Index(None, "member_id", "id"),
        Index(None, "status", "id"),
        Index(None, "recipient_phone_index", "id"),
        Index(None, "place_id", "status", "id"),
        Index(
            "ix_orders_virtual_due",
            "id",
            postgresql_where=text("delivery = 'virtual' AND status = 'paid'"),
        ),
        Index(
            "ix_orders_pick_ups_due",
            "id",
            postgresql_where=text("delivery = 'pick_up' AND status = 'paid' AND ready_at IS NULL"),
        ),
        Index(
            "ix_orders_lying_ready",
            "place_id",
            "ready_at",
            "id",
            postgresql_where=text("status = 'paid' AND ready_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    status: Mapped[OrderStatus] = mapped_column(WordColumn(OrderStatus))
    delivery: Mapped[DeliveryMethod] = mapped_column(WordColumn(DeliveryMethod))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"))
    address: Mapped[AddressSnapshot | None] = mapped_column(DocumentColumn(AddressSnapshot))
    recipient_phone_index: Mapped[bytes | None]
    member_note: Mapped[str | None]
    units: Mapped[int] = mapped_column(BigInteger)
    list_fen: Mapped[int] = mapped_column(BigInteger)
    discount_fen: Mapped[int] = mapped_column(BigInteger)
    freight_list_fen: Mapped[int] = mapped_column(BigInteger)
    freight_discount_fen: Mapped[int] = mapped_column(BigInteger)
    payable_fen: Mapped[int] = mapped_column(BigInteger)
    freight_version: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[CloseReason | None] = mapped_column(WordColumn(CloseReason))
    history: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    refunding_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    refunded_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    ready_at: Mapped[datetime | None]
    points_used: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class OrderLine(Base):
    """Units of one variant in an order, as they were when it was placed. Kept for good.

    ``list_fen`` is the units' price with what their personalisation costs, ``payable_fen`` what
    is left of it after the allocations of the line, ``points_used`` its share of the points that
    pay for one of them. The delivery note, empty where there is none,
    is what the member reads of virtual goods once they are delivered.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint(f"number > {FREIGHT_LINE}", name="number_begins_at_one"),
        CheckConstraint("units > 0", name="units_are_some"),
        CheckConstraint(
            "unit_fen >= 0 AND personalisation_unit_fen >= 0", name="prices_are_amounts"
        ),
        CheckConstraint(
            "list_fen = units * (unit_fen + personalisation_unit_fen)",
            name="list_is_units_by_price",
        ),
        CheckConstraint("payable_fen BETWEEN 0 AND list_fen", name="payable_is_within_the_list"),
        CheckConstraint("points_used >= 0", name="points_are_not_negative"),
        Index(None, "product_id", "order_id"),
        {"info": JOURNAL},
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str]
    product_title_zh: Mapped[str]
    product_title_en: Mapped[str]
    variant_title_zh: Mapped[str]
    variant_title_en: Mapped[str]
    image_key: Mapped[str]
    units: Mapped[int] = mapped_column(BigInteger)
    unit_fen: Mapped[int] = mapped_column(BigInteger)
    personalisation: Mapped[tuple[EngravedText, ...]] = mapped_column(
        DocumentColumn(tuple[EngravedText, ...])
    )
    personalisation_unit_fen: Mapped[int] = mapped_column(BigInteger)
    list_fen: Mapped[int] = mapped_column(BigInteger)
    payable_fen: Mapped[int] = mapped_column(BigInteger)
    weight_grams: Mapped[int] = mapped_column(BigInteger)
    delivery_note_zh: Mapped[str] = mapped_column(server_default=text("''"))
    delivery_note_en: Mapped[str] = mapped_column(server_default=text("''"))
    points_used: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class DiscountAllocation(Base):
    """What one reduction took off one line, or off the freight, and who bears it. Kept for good.

    Frozen when the order is placed: no refund, edit or change of rules computes it again (R2).
    """

    __tablename__ = "discount_allocations"
    __table_args__ = (
        CheckConstraint("fen > 0", name="it_is_some"),
        CheckConstraint(f"line_number >= {FREIGHT_LINE}", name="line_exists"),
        known("discount_class", DiscountClass),
        known("funder", Funder),
        {"info": JOURNAL},
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]
    discount_class: Mapped[DiscountClass] = mapped_column(WordColumn(DiscountClass))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    funder: Mapped[Funder] = mapped_column(WordColumn(Funder))
    fen: Mapped[int] = mapped_column(BigInteger)


class OrderPayment(Base):
    """What has to be paid of an order, for which purpose and by when. Kept as long as the order.

    ``is_at_gateway`` says that somebody outside may still take the money. Nothing is let go of
    then: an order is closed once nobody can pay it any more.
    """

    __tablename__ = "order_payments"
    __table_args__ = (
        known("purpose", PaymentPurpose),
        known("status", PaymentStatus),
        CheckConstraint("amount_fen >= 0", name="amount_is_not_negative"),
        CheckConstraint("status = 'due' OR NOT is_at_gateway", name="only_due_is_at_gateway"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    purpose: Mapped[PaymentPurpose] = mapped_column(WordColumn(PaymentPurpose), primary_key=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[PaymentStatus] = mapped_column(WordColumn(PaymentStatus))
    due_at: Mapped[datetime]
    is_at_gateway: Mapped[bool] = mapped_column(server_default=text("false"))


class OrderDeadline(Base):
    """When an order has to be looked at again. Retention: until the order has moved on."""

    __tablename__ = "order_deadlines"
    __table_args__ = (Index(None, "due_at", "order_id"), known("purpose", PaymentPurpose))

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    purpose: Mapped[PaymentPurpose] = mapped_column(WordColumn(PaymentPurpose), primary_key=True)
    due_at: Mapped[datetime]


class OrderHistory(Base):
    """A move of an order from one status to the next, by whom and why. Kept for good.

    ``note`` is what the member reads about it besides the reason.
    """

    __tablename__ = "order_history"
    __table_args__ = (
        CheckConstraint("(number = 1) = (from_status IS NULL)", name="begins_from_nothing"),
        known("from_status", OrderStatus),
        known("to_status", OrderStatus),
        known("reason", CloseReason),
        Index(None, "at", "order_id"),
        {"info": JOURNAL},
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    from_status: Mapped[OrderStatus | None] = mapped_column(WordColumn(OrderStatus))
    to_status: Mapped[OrderStatus] = mapped_column(WordColumn(OrderStatus))
    reason: Mapped[CloseReason | None] = mapped_column(WordColumn(CloseReason))
    actor: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str | None]


class OrderNote(Base):
    """What the staff have written about an order, for colleagues. Kept for good."""

    __tablename__ = "order_notes"
    __table_args__ = (
        CheckConstraint(r"text ~ '\S'", name="text_is_given"),
        Index(None, "order_id", "id"),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    actor: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class PersonalisationReview(Base):
    """Whether a line's texts may be engraved. Kept as long as the order.

    What a check has passed needs nobody; PENDING waits for the staff, and so does production.
    ``check_trace`` is the checking service's number, ``text_digest`` is of what it was asked.
    ``owed_place_id`` is the order's place, where the line was paid for and rejected, for as long as
    money for it can be given back: see `refunding/owing.py`.
    """

    __tablename__ = "personalisation_reviews"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "line_number"], ["order_lines.order_id", "order_lines.number"]
        ),
        known("status", ReviewStatus),
        CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_at IS NOT NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decision_is_whole",
        ),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_for_a_reason"),
        CheckConstraint(
            "owed_place_id IS NULL OR status = 'rejected'", name="what_is_owed_was_rejected"
        ),
        Index(None, "status", "order_id", "line_number"),
        Index(
            "ix_personalisation_reviews_owed",
            "owed_place_id",
            "order_id",
            "line_number",
            postgresql_where=text("owed_place_id IS NOT NULL"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    status: Mapped[ReviewStatus] = mapped_column(WordColumn(ReviewStatus))
    check_trace: Mapped[str | None]
    text_digest: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    owed_place_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
