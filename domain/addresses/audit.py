"""What must be true of addresses beyond what their table enforces by itself."""

from sqlalchemy import func, select

from domain.addresses.models import Address
from domain.kernel.audit import Invariant

INVARIANTS = (
    Invariant(
        "addresses.one_is_the_default",
        "Of the addresses of a member one is the default.",
        select(Address.member_id)
        .group_by(Address.member_id)
        .having(func.count().filter(Address.is_default) != 1),
    ),
)
