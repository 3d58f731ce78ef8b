"""What the staff see of money: attempts with their refunds, and where money stands.

Each of these costs two statements at the most. Nothing tells who the payer is at the gateway, nor
what an attempt was begun with there.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import public_id
from domain.kernel.money import Fen
from domain.kernel.paging import Page, Place, page_of
from domain.orders.models import Order
from domain.orders.views.structs import ORDER
from domain.orders.words import PaymentPurpose
from domain.payments.clearing import LONGEST_UNAPPLIED
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import (
    AttemptStatus,
    Attention,
    ClearingAccount,
    PaymentProvider,
    RefundReason,
    RefundStatus,
)

MOST_ATTEMPTS = 100
"""Attempts at one order that are told, the latest."""
MOST_REFUNDS = 20
"""Refunds of one attempt that are told, the latest: a gateway may give one up again and again."""


class RefundView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Money of an attempt that goes back; ``ask_at`` is when the gateway is spoken to next."""

    number: str
    reason: RefundReason
    status: RefundStatus
    amount_fen: Fen
    payer_fen: Fen | None
    gateway_id: str | None
    created_at: datetime
    finished_at: datetime | None
    ask_at: datetime | None
    paid_reference: str | None
    late_success_at: datetime | None


class AttemptView(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An attempt at paying, with its refunds, the latest first.

    ``unapplied_fen`` is what has come in by it and is neither the order's nor back; ``attention``
    is why somebody has to look at it.
    """

    order_id: str
    order_number: str
    number: str
    purpose: PaymentPurpose
    provider: PaymentProvider
    amount_fen: Fen
    status: AttemptStatus
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    transaction_id: str | None
    ask_at: datetime | None
    unapplied_fen: Fen
    unapplied_since: datetime | None
    attention: Attention | None
    refunds: Sequence[RefundView]
    key: UUID

    @property
    def place(self) -> Place:
        """Where it stands among those with unapplied money."""
        assert self.unapplied_since is not None
        return Place.at(self.unapplied_since, self.key)


class AccountView(msgspec.Struct, frozen=True, gc=False):
    """What came to an account in a time, and what left it."""

    account: ClearingAccount
    in_fen: Fen
    out_fen: Fen

    @property
    def balance_fen(self) -> Fen:
        """What the account has more for it, or less."""
        return Fen(self.in_fen - self.out_fen)


class OldestView(msgspec.Struct, frozen=True, gc=False):
    """The money that has been unapplied the longest, and the order that it came for."""

    order_id: str
    order_number: str
    number: str
    amount_fen: Fen
    since: datetime


class UnappliedView(msgspec.Struct, frozen=True, gc=False):
    """Money that is neither an order's nor back; ``oldest`` is None where there is none."""

    amount_fen: Fen
    attempts: int
    oldest: OldestView | None


async def attempts_of(reads: ReadPool, order_id: UUID, *, at: datetime) -> list[AttemptView]:
    """The attempts at paying for an order, the latest first; none where there is no order."""
    rows = await _of_order().rows(reads, order_id=order_id)
    return await _whole(reads, rows, at)


async def unapplied_attempts(
    reads: ReadPool, *, attention_only: bool, at: datetime, first: int, after: Place | None
) -> Page[AttemptView]:
    """Take the ``first`` attempts with unapplied money behind ``after``, the longest so first."""
    found = _unapplied(attention_only=attention_only, after=after is not None)
    rows = await found.rows(
        reads,
        older_than=at - LONGEST_UNAPPLIED,
        after_since=after.moment if after else None,
        after_key=after.key if after else None,
        limit=first + 1,
    )
    page = page_of(rows, first)
    return Page(await _whole(reads, page.items, at), page.has_next)


async def accounts(reads: ReadPool, *, begins: datetime, ends: datetime) -> list[AccountView]:
    """What each account got and gave from one moment until before another."""
    came, went = dict.fromkeys(ClearingAccount, 0), dict.fromkeys(ClearingAccount, 0)
    for source, target, fen in await _moved().rows(reads, begins=begins, ends=ends):
        went[ClearingAccount(source)] += int(fen)
        came[ClearingAccount(target)] += int(fen)
    return [AccountView(each, Fen(came[each]), Fen(went[each])) for each in ClearingAccount]


async def unapplied_now(reads: ReadPool) -> UnappliedView:
    """What has not returned to zero, and what of it stands the longest."""
    rows = await _oldest().rows(reads)
    if not rows:
        return UnappliedView(Fen(0), 0, None)
    (row,) = rows
    oldest = OldestView(
        public_id(ORDER, row["order_id"]),
        row["order_number"],
        row["number"],
        Fen(row["unapplied_fen"]),
        row["unapplied_since"],
    )
    return UnappliedView(Fen(int(row["all_fen"])), row["attempts"], oldest)


async def _whole(reads: ReadPool, rows: Sequence[Record], at: datetime) -> list[AttemptView]:
    """Make attempts of their rows, with the refunds of each."""
    refunds: dict[UUID, list[RefundView]] = defaultdict(list)
    # Nothing goes back of what has not come.
    paid = [row["id"] for row in rows if row["paid_at"] is not None]
    if paid:
        for row in await _refunds().rows(reads, ids=paid):
            refunds[row["attempt_id"]].append(_refund(row))
    return [_attempt(row, refunds[row["id"]], at) for row in rows]


def _attempt(row: Record, refunds: Sequence[RefundView], at: datetime) -> AttemptView:
    return AttemptView(
        order_id=public_id(ORDER, row["order_id"]),
        order_number=row["order_number"],
        number=row["number"],
        purpose=PaymentPurpose(row["purpose"]),
        provider=PaymentProvider(row["provider"]),
        amount_fen=Fen(row["amount_fen"]),
        status=AttemptStatus(row["status"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
        transaction_id=row["transaction_id"],
        ask_at=row["ask_at"],
        unapplied_fen=Fen(row["unapplied_fen"]),
        unapplied_since=row["unapplied_since"],
        attention=_attention(row, at),
        refunds=refunds,
        key=row["id"],
    )


def _attention(row: Record, at: datetime) -> Attention | None:
    if row["has_abnormal_refund"]:
        return Attention.REFUND_ABNORMAL
    since = row["unapplied_since"]
    is_old = since is not None and since < at - LONGEST_UNAPPLIED
    return Attention.UNAPPLIED_TOO_LONG if is_old else None


def _refund(row: Record) -> RefundView:
    payer_fen = row["payer_fen"]
    return RefundView(
        number=row["number"],
        reason=RefundReason(row["reason"]),
        status=RefundStatus(row["status"]),
        amount_fen=Fen(row["amount_fen"]),
        payer_fen=None if payer_fen is None else Fen(payer_fen),
        gateway_id=row["gateway_id"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        ask_at=row["ask_at"],
        paid_reference=row["paid_reference"],
        late_success_at=row["late_success_at"],
    )


_ATTEMPT, _REFUND = PaymentAttempt, PaymentRefund
# As the index of just these has it.
_IS_UNAPPLIED = _ATTEMPT.unapplied_fen > literal_column("0")
_HAS_ABNORMAL: Any = exists().where(
    _REFUND.attempt_id == _ATTEMPT.id,
    _REFUND.status == literal_column(f"'{RefundStatus.ABNORMAL}'"),
)


def _attempts() -> Select[*tuple[Any, ...]]:
    return select(
        _ATTEMPT.id,
        _ATTEMPT.order_id,
        Order.number.label("order_number"),
        _ATTEMPT.number,
        _ATTEMPT.purpose,
        _ATTEMPT.provider,
        _ATTEMPT.amount_fen,
        _ATTEMPT.status,
        _ATTEMPT.created_at,
        _ATTEMPT.expires_at,
        _ATTEMPT.paid_at,
        _ATTEMPT.transaction_id,
        _ATTEMPT.ask_at,
        _ATTEMPT.unapplied_fen,
        _ATTEMPT.unapplied_since,
        _HAS_ABNORMAL.label("has_abnormal_refund"),
    ).join(Order, Order.id == _ATTEMPT.order_id)


@cache
def _of_order() -> HotRead:
    is_of = _ATTEMPT.order_id == bindparam("order_id", type_=UuidColumn)
    latest = _attempts().where(is_of).order_by(_ATTEMPT.ordinal.desc())
    return HotRead(latest.limit(literal_column(str(MOST_ATTEMPTS))))


@cache
def _unapplied(*, attention_only: bool, after: bool) -> HotRead:
    moment = _ATTEMPT.created_at.type
    statement = _attempts().where(_IS_UNAPPLIED)
    if attention_only:
        is_old = _ATTEMPT.unapplied_since < bindparam("older_than", type_=moment)
        statement = statement.where(or_(is_old, _HAS_ABNORMAL))
    if after:
        place = tuple_(
            bindparam("after_since", type_=moment), bindparam("after_key", type_=UuidColumn)
        )
        statement = statement.where(tuple_(_ATTEMPT.unapplied_since, _ATTEMPT.id) > place)
    in_order = statement.order_by(_ATTEMPT.unapplied_since, _ATTEMPT.id)
    return HotRead(in_order.limit(bindparam("limit", type_=BigInteger)))


@cache
def _refunds() -> HotRead:
    """The latest refunds of each attempt, the newest first."""
    latest = (
        select(*_REFUND.__table__.columns)
        .where(_REFUND.attempt_id == _ATTEMPT.id)
        .order_by(_REFUND.ordinal.desc())
        .limit(literal_column(str(MOST_REFUNDS)))
        .lateral("refund")
    )
    statement = select(*latest.c).select_from(_ATTEMPT).join(latest, literal_column("true"))
    ids: Any = bindparam("ids", type_=ARRAY(UuidColumn))
    statement = statement.where(_ATTEMPT.id == any_(ids))
    return HotRead(statement.order_by(latest.c.attempt_id, latest.c.ordinal.desc()))


@cache
def _moved() -> HotRead:
    entry = ClearingEntry
    begins = bindparam("begins", type_=entry.recorded_at.type)
    ends = bindparam("ends", type_=entry.recorded_at.type)
    is_then = (entry.recorded_at >= begins) & (entry.recorded_at < ends)
    between = entry.from_account, entry.to_account
    return HotRead(select(*between, func.sum(entry.amount_fen)).where(is_then).group_by(*between))


@cache
def _oldest() -> HotRead:
    statement = (
        select(
            _ATTEMPT.order_id,
            Order.number.label("order_number"),
            _ATTEMPT.number,
            _ATTEMPT.unapplied_fen,
            _ATTEMPT.unapplied_since,
            func.sum(_ATTEMPT.unapplied_fen).over().label("all_fen"),
            func.count().over().label("attempts"),
        )
        .join(Order, Order.id == _ATTEMPT.order_id)
        .where(_IS_UNAPPLIED)
        .order_by(_ATTEMPT.unapplied_since, _ATTEMPT.id)
    )
    return HotRead(statement.limit(literal_column("1")))
