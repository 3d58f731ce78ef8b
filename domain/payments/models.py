"""The tables of payments: attempts at paying, what gateways tell, refunds, and where money is."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.orders.words import PaymentPurpose
from domain.payments.words import (
    AttemptStatus,
    ClearingAccount,
    NoticeOutcome,
    PaymentProvider,
    RefundReason,
    RefundStatus,
)

NOTICE_RETENTION = timedelta(days=180)
"""How long it is kept what gateways have told; they repeat themselves for a day."""
_OPEN = "status IN ('created', 'prepaid')"


class PaymentAttempt(Base):
    """An attempt at paying for an order, and how far it has come. Kept for good.

    ``number`` is what the gateway calls it by (``out_trade_no``); ``request`` is what is sent to
    begin it, byte for byte each time. ``unapplied_fen`` is what has come in by it and is neither
    the order's nor back yet, since ``unapplied_since``; ``refunding_fen`` what goes or went back.
    ``ask_at`` is when the gateway is to be asked how it stands.

    ``payer``, an openid, stands in ``request`` as well. Once the attempt is over both may become
    NULL together, for good: so is a person erased, and all else stays.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        known("purpose", PaymentPurpose),
        known("provider", PaymentProvider),
        known("status", AttemptStatus),
        CheckConstraint("amount_fen >= 0", name="amount_is_not_negative"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_is_whole"),
        CheckConstraint(
            "transaction_id IS NULL OR status = 'paid'", name="only_paid_has_a_transaction"
        ),
        CheckConstraint("status <> 'prepaid' OR prepay_id IS NOT NULL", name="prepaid_is_whole"),
        CheckConstraint(
            "refunding_fen BETWEEN 0 AND CASE WHEN status = 'paid' THEN amount_fen ELSE 0 END",
            name="no_more_goes_back_than_came",
        ),
        CheckConstraint(
            "unapplied_fen BETWEEN 0 AND CASE WHEN status = 'paid' THEN amount_fen ELSE 0 END"
            " AND (unapplied_fen > 0) = (unapplied_since IS NOT NULL)",
            name="unapplied_is_of_what_came",
        ),
        CheckConstraint(f"ask_at IS NULL OR {_OPEN}", name="only_open_ones_are_asked_about"),
        UniqueConstraint("provider", "transaction_id"),
        UniqueConstraint("order_id", "ordinal"),
        # Of two that could be paid at once both might be.
        Index(
            "uq_payment_attempts_open",
            "order_id",
            "purpose",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        Index("ix_payment_attempts_ask_at", "ask_at", "id", postgresql_where=text(_OPEN)),
        Index("ix_payment_attempts_paid_at", "paid_at", postgresql_where=text("status = 'paid'")),
        Index(
            "ix_payment_attempts_unapplied",
            "unapplied_since",
            postgresql_where=text("unapplied_fen > 0"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[PaymentPurpose] = mapped_column(WordColumn(PaymentPurpose))
    number: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[PaymentProvider] = mapped_column(WordColumn(PaymentProvider))
    merchant_id: Mapped[str]
    app_id: Mapped[str]
    payer: Mapped[str | None]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[bytes | None]
    status: Mapped[AttemptStatus] = mapped_column(WordColumn(AttemptStatus))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    prepay_id: Mapped[str | None]
    prepaid_at: Mapped[datetime | None]
    transaction_id: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    unapplied_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    unapplied_since: Mapped[datetime | None]
    refunding_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class PaymentNotice(Base):
    """Something that a gateway has told by itself. Retention: `NOTICE_RETENTION`."""

    __tablename__ = "payment_notices"
    __table_args__ = (
        known("provider", PaymentProvider),
        known("outcome", NoticeOutcome),
        Index(None, "received_at"),
    )

    provider: Mapped[PaymentProvider] = mapped_column(WordColumn(PaymentProvider), primary_key=True)
    notice_id: Mapped[str] = mapped_column(primary_key=True)
    event_type: Mapped[str]
    number: Mapped[str | None]
    outcome: Mapped[NoticeOutcome] = mapped_column(WordColumn(NoticeOutcome))
    received_at: Mapped[datetime]


class PaymentRefund(Base):
    """Money of an attempt that goes back to its payer, and how far that has come. Kept for good.

    ``number`` is what the gateway calls it by (``out_refund_no``) and stays the same for as long
    as it is tried. ``payer_fen`` is what the payer has got of it in the end, one way or another.
    ``order_refund_id`` is what it is a part of; without, it gives back what never was an order's.
    ``sent_at`` is when it was first on its way to the gateway. Where it was paid otherwise,
    ``paid_reference`` is by what that can be found, and ``late_success_at`` when the gateway has
    given it back all the same.
    """

    __tablename__ = "payment_refunds"
    __table_args__ = (
        known("reason", RefundReason),
        known("status", RefundStatus),
        CheckConstraint("amount_fen > 0", name="it_is_some"),
        CheckConstraint(
            "(status IN ('succeeded', 'closed', 'paid_otherwise')) = (finished_at IS NOT NULL)",
            name="end_is_whole",
        ),
        CheckConstraint(
            "(status = 'paid_otherwise') = (paid_reference IS NOT NULL)",
            name="otherwise_is_whole",
        ),
        CheckConstraint(
            "late_success_at IS NULL OR status = 'paid_otherwise'", name="only_those_are_paid_twice"
        ),
        CheckConstraint(
            "(status IN ('succeeded', 'paid_otherwise')) = (payer_fen IS NOT NULL)",
            name="done_is_whole",
        ),
        CheckConstraint(
            "payer_fen BETWEEN 0 AND amount_fen", name="the_payer_gets_no_more_than_it"
        ),
        CheckConstraint(
            "(reason = 'order_refund') = (order_refund_id IS NOT NULL)", name="it_says_of_what"
        ),
        UniqueConstraint("attempt_id", "ordinal"),
        Index(
            "ix_payment_refunds_finished_at",
            "finished_at",
            postgresql_where=text("status = 'succeeded'"),
        ),
        Index(
            "ix_payment_refunds_due",
            "ask_at",
            "id",
            postgresql_where=text("ask_at IS NOT NULL"),
        ),
        Index(
            "ix_payment_refunds_late_success_at",
            "late_success_at",
            postgresql_where=text("late_success_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"))
    ordinal: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(unique=True)
    reason: Mapped[RefundReason] = mapped_column(WordColumn(RefundReason))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[RefundStatus] = mapped_column(WordColumn(RefundStatus))
    created_at: Mapped[datetime]
    gateway_id: Mapped[str | None]
    payer_fen: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    order_refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_refunds.id"))
    sent_at: Mapped[datetime | None]
    paid_reference: Mapped[str | None]
    late_success_at: Mapped[datetime | None]


class ClearingEntry(Base):
    """Money that moved from one account to another, once for each cause. Kept for good."""

    __tablename__ = "clearing_entries"
    __table_args__ = (
        known("from_account", ClearingAccount),
        known("to_account", ClearingAccount),
        CheckConstraint("from_account <> to_account", name="it_moves"),
        CheckConstraint("amount_fen > 0", name="it_is_some"),
        UniqueConstraint("attempt_id", "source"),
        Index(None, "recorded_at"),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"))
    source: Mapped[str]
    from_account: Mapped[ClearingAccount] = mapped_column(WordColumn(ClearingAccount))
    to_account: Mapped[ClearingAccount] = mapped_column(WordColumn(ClearingAccount))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]
