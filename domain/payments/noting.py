"""Remembering what gateways have told, by a statement of its own or along with its effects."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, literal_column, or_
from sqlalchemy.dialects.postgresql import Insert

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.payments.models import PaymentNotice
from domain.payments.words import NoticeOutcome, PaymentProvider

_NOTICES = RowSet(
    "notices", PaymentNotice, "provider notice_id event_type number received_at outcome"
)


class NoticeRow(NamedTuple):
    """A notice as it is kept, without what came of it."""

    provider: PaymentProvider
    notice_id: str
    event_type: str
    number: str | None
    received_at: datetime


def _kept(where: ColumnElement[bool] | None = None) -> Insert:
    """Write notices, and of one that was told before what came of it last.

    It may be told again once what was in its way is gone. That it was told again after it was
    applied is no news.
    """
    rows = _NOTICES.insert(where)
    return rows.on_conflict_do_update(
        index_elements=[PaymentNotice.provider, PaymentNotice.notice_id],
        set_={"outcome": rows.excluded.outcome},
        where=or_(
            PaymentNotice.outcome != literal_column(f"'{NoticeOutcome.APPLIED}'"),
            rows.excluded.outcome != literal_column(f"'{NoticeOutcome.REPEATED}'"),
        ),
    )


_WRITE = HotWrite(_kept())


async def write_notice(session: Sender, row: NoticeRow, outcome: NoticeOutcome) -> None:
    """Write what came of a notice that has changed nothing."""
    await _WRITE.run(session, **bound_notice(row, outcome))


def notice_written(where: ColumnElement[bool]) -> CTE:
    """The same as a part of the statement of its effects, where a condition holds.

    `bound_notice` is its values.
    """
    return _kept(where).cte("notice_written")


def bound_notice(row: NoticeRow | None, outcome: NoticeOutcome) -> dict[str, Any]:
    """The values of a statement that writes a notice, or none."""
    return _NOTICES.bound([] if row is None else [(*row, outcome)])
