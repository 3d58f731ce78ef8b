"""What a member can spend, as part of other reads."""

from sqlalchemy import (
    BigInteger,
    DateTime,
    Select,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import Uuid as UuidColumn

from domain.points.models import PointsAccount, PointsLot
from domain.points.words import Wallet

_MEMBER = bindparam("member_id", type_=UuidColumn, required=True)
_NOW = bindparam("now", type_=DateTime(timezone=True), required=True)


def points_available() -> Select[int]:
    """What a member can spend at a moment, as one value: ``member_id``, ``now``; NULL for none.

    Nothing of a frozen account, and nothing that has ended, whether a sweep has come by or not.
    """
    lot = PointsLot
    is_frozen = exists().where(
        PointsAccount.member_id == _MEMBER,
        PointsAccount.wallet == literal_column(f"'{Wallet.SPEND}'"),
        PointsAccount.frozen_at.is_not(None),
    )
    return select(cast(func.sum(lot.remaining), BigInteger)).where(
        lot.member_id == _MEMBER,
        lot.remaining > literal_column("0"),
        lot.activated_at.is_not(None),
        or_(lot.expires_at.is_(None), lot.expires_at > _NOW),
        ~is_frozen,
    )
