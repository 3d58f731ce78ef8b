"""Orders whose points are due: marked by what happens to them, taken by a sweep."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, any_, bindparam, delete, func, select
from sqlalchemy import Uuid as UuidColumn

from domain.kernel.db import HotWrite
from domain.kernel.hot_pool import Sender
from domain.kernel.row_sets import RowSet
from domain.orders.earning.models import EarningDue

_DUE = RowSet("due", EarningDue, "order_id due_at", are_several=True)
_marked = _DUE.insert()
_MARK = HotWrite(
    # Who has it in hand has deleted it: this waits for them, and marks it again.
    _marked.on_conflict_do_update(
        index_elements=["order_id"], set_={"due_at": _marked.excluded.due_at}
    )
)
_AT = bindparam("at", type_=EarningDue.due_at.type)
_MOST = bindparam("most", type_=BigInteger)


def _taking(*, only: bool) -> HotWrite:
    first = select(EarningDue.order_id).where(EarningDue.due_at <= _AT)
    if only:
        first = first.where(EarningDue.order_id == bindparam("only", type_=UuidColumn))
    first = first.order_by(EarningDue.due_at, EarningDue.order_id).limit(_MOST)
    # As an array PostgreSQL looks for them once, whatever it plans.
    keys = func.array(first.with_for_update(skip_locked=True).scalar_subquery())
    taken = delete(EarningDue).where(EarningDue.order_id == any_(keys))
    return HotWrite(taken.returning(EarningDue.order_id))


_TAKE, _TAKE_ONE = _taking(only=False), _taking(only=True)


_OLDEST = HotWrite(select(func.min(EarningDue.due_at)))


async def mark(session: Sender, order_ids: Collection[UUID], *, due_at: datetime) -> None:
    """Mark orders, so that their points are looked at from then on."""
    await _MARK.run(session, **_DUE.bound((each, due_at) for each in sorted(set(order_ids))))


async def take(session: Sender, *, at: datetime, most: int, only: UUID | None = None) -> list[UUID]:
    """Take the orders that are longest due, past those that somebody else has in hand."""
    if only is not None:
        rows = await _TAKE_ONE.rows(session, at=at, most=most, only=only)
    else:
        rows = await _TAKE.rows(session, at=at, most=most)
    return [row[0] for row in rows]


async def oldest_due(session: Sender) -> datetime | None:
    """Since when the oldest order is due, or from when on the first will be; None for none."""
    rows = await _OLDEST.rows(session)
    return rows[0][0]
