"""What money moved on some days, and what the gateway's bills of them say: four statements."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    Date,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from domain.kernel.days import Days
from domain.kernel.db import HotRead, ReadPool
from domain.kernel.ids import first_id
from domain.kernel.money import Fen
from domain.payments.bills import BillKind
from domain.payments.models import ClearingEntry, PaymentAttempt, PaymentRefund
from domain.payments.words import ClearingAccount, PaymentProvider, RefundStatus
from domain.reconciliation.models import BillDay, Difference
from domain.reconciliation.words import BillStatus
from domain.reports.spans import BEGINS, ENDS, day_at, word
from domain.reports.structs import BillFigures, DayFinance, FinanceReport, ProviderMoney

Money = Mapping[tuple[date, PaymentProvider], Counter[str]]
"""Figures by day and provider."""


async def finance_report(reads: ReadPool, days: Days, *, download_path: str) -> FinanceReport:
    """What money moved on the days."""
    money = await _money(reads, days)
    bills: dict[date, list[BillFigures]] = defaultdict(list)
    for row in await _bills().rows(reads, first=days.first, last=days.last):
        bills[row["day"]].append(_bill(row))
    differ = {
        row["day"]: row
        for row in await _differences().rows(
            reads, first=days.first, last=days.last, begins=days.begins
        )
    }
    return FinanceReport(
        first_day=days.first.isoformat(),
        last_day=days.last.isoformat(),
        total=_providers(money, days),
        days=[
            DayFinance(
                day=day.isoformat(),
                providers=_providers(money, [day]),
                bills=bills[day],
                differences=differ[day]["found"] if day in differ else 0,
                open_differences=differ[day]["open"] if day in differ else 0,
            )
            for day in days
        ],
        download_path=download_path,
    )


async def _money(reads: ReadPool, days: Days) -> Money:
    money: dict[tuple[date, PaymentProvider], Counter[str]] = defaultdict(Counter)
    for row in await moved_money().rows(reads, begins=days.begins, ends=days.ends):
        figures = money[row["day"], PaymentProvider(row["provider"])]
        if row["from_account"] == ClearingAccount.GATEWAY:
            figures.update({"payments": row["entries"], "received_fen": int(row["fen"])})
        elif row["to_account"] == ClearingAccount.GATEWAY:
            figures.update({"refunds": row["entries"], "refunded_fen": int(row["fen"])})
        elif row["to_account"] == ClearingAccount.ELSEWHERE:
            otherwise = {
                "refunds_otherwise": row["entries"],
                "refunded_otherwise_fen": int(row["fen"]),
                "paid_otherwise_fen": int(row["paid_fen"]),
            }
            figures.update(otherwise)
        elif row["to_account"] == ClearingAccount.ORDERS:
            figures.update({"applied_fen": int(row["fen"])})
    begun = await _begun().rows(
        reads, first_refund=first_id(days.begins), next_refund=first_id(days.ends)
    )
    for row in begun:
        figures = money[row["day"], PaymentProvider(row["provider"])]
        figures.update({"refunds_begun": row["refunds"], "refunds_begun_fen": int(row["fen"])})
    return money


def _providers(money: Money, days: Iterable[date]) -> Sequence[ProviderMoney]:
    """The figures of some days, by provider; none where nothing moved."""
    totals: dict[PaymentProvider, Counter[str]] = defaultdict(Counter)
    wanted = set(days)
    for (day, provider), figures in money.items():
        if day in wanted:
            totals[provider].update(figures)
    return [
        ProviderMoney(
            provider=provider,
            payments=total["payments"],
            received_fen=Fen(total["received_fen"]),
            applied_fen=Fen(total["applied_fen"]),
            refunds_begun=total["refunds_begun"],
            refunds_begun_fen=Fen(total["refunds_begun_fen"]),
            refunds=total["refunds"],
            refunded_fen=Fen(total["refunded_fen"]),
            refunds_otherwise=total["refunds_otherwise"],
            refunded_otherwise_fen=Fen(total["refunded_otherwise_fen"]),
            paid_otherwise_fen=Fen(total["paid_otherwise_fen"]),
        )
        for provider, total in sorted(totals.items())
    ]


def _bill(row: Record) -> BillFigures:
    return BillFigures(
        provider=PaymentProvider(row["provider"]),
        bill=BillKind(row["bill"]),
        status=BillStatus(row["status"]),
        payments=row["payments"],
        paid_fen=Fen(row["paid_fen"]),
        refunds=row["refunds"],
        refunded_fen=Fen(row["refunded_fen"]),
        fee_millifen=row["fee_millifen"],
    )


_FIRST: Any = bindparam("first", type_=Date)
_LAST: Any = bindparam("last", type_=Date)


@cache
def moved_money() -> HotRead:
    """What went from account to account, by the index of the clearing's moments."""
    entry, attempt = ClearingEntry, PaymentAttempt
    is_elsewhere = entry.to_account == word(ClearingAccount.ELSEWHERE)
    paid = case((is_elsewhere, _paid_of_entry()), else_=literal_column("0", BigInteger))
    day = day_at(entry.recorded_at)
    by = day, attempt.provider, entry.from_account, entry.to_account
    return HotRead(
        select(
            day.label("day"),
            *by[1:],
            func.count().label("entries"),
            cast(func.sum(entry.amount_fen), BigInteger).label("fen"),
            cast(func.sum(paid), BigInteger).label("paid_fen"),
        )
        .join(attempt, attempt.id == entry.attempt_id)
        .where(entry.recorded_at >= BEGINS, entry.recorded_at < ENDS)
        .group_by(*by)
    )


def _paid_of_entry() -> Any:
    """What the payer has got of the refund that an entry is of; looked up for those alone."""
    refund, entry = PaymentRefund, ClearingEntry
    source = literal_column("'refunded:'", Text) + cast(refund.ordinal, Text)
    return (
        select(refund.payer_fen)
        .where(refund.attempt_id == entry.attempt_id, source == entry.source)
        .correlate(entry)
        .scalar_subquery()
    )


@cache
def _begun() -> HotRead:
    """Refunds by when they were begun, which their ids begin with.

    One that its gateway gave up counts no more: another one has taken its amount over.
    """
    refund, attempt = PaymentRefund, PaymentAttempt
    day = day_at(refund.created_at)
    is_within = (refund.id >= bindparam("first_refund", type_=Uuid())) & (
        refund.id < bindparam("next_refund", type_=Uuid())
    )
    return HotRead(
        select(
            day.label("day"),
            attempt.provider,
            func.count().label("refunds"),
            cast(func.sum(refund.amount_fen), BigInteger).label("fen"),
        )
        .join(attempt, attempt.id == refund.attempt_id)
        .where(is_within, refund.status != word(RefundStatus.CLOSED))
        .group_by(day, attempt.provider)
    )


@cache
def _bills() -> HotRead:
    bill = BillDay
    providers: list[Any] = [literal_column(f"'{each}'") for each in PaymentProvider]
    kinds: list[Any] = [literal_column(f"'{each}'") for each in BillKind]
    statement = select(*bill.__table__.columns).where(
        bill.provider.in_(providers), bill.bill.in_(kinds), bill.day.between(_FIRST, _LAST)
    )
    return HotRead(statement.order_by(bill.day, bill.provider, bill.bill))


@cache
def _differences() -> HotRead:
    """None is found before its day has begun, so the index of when they were found bounds it."""
    difference = Difference
    is_open = difference.resolved_at.is_(None)
    return HotRead(
        select(
            difference.day,
            func.count().label("found"),
            func.count().filter(is_open).label("open"),
        )
        .where(difference.found_at >= BEGINS, difference.day.between(_FIRST, _LAST))
        .group_by(difference.day)
    )
