"""What after-sales tell the rest of the mall. An event's number is that of the case's move."""

from uuid import UUID

from domain.aftersales.words import CaseKind, CaseStatus
from domain.kernel.outbox import Event


class CaseMoved(Event, frozen=True, kw_only=True):
    """A case has come to a status; ``told`` is what the staff said that its member reads.

    ``is_by_staff`` where the staff opened it for them, ``is_instant`` where its money goes back
    with the request.
    """

    TYPE = "case.moved"

    member_id: UUID
    order_id: UUID
    order_number: str
    kind: CaseKind
    status: CaseStatus
    refund_fen: int
    told: str | None = None
    is_by_staff: bool = False
    is_instant: bool = False
