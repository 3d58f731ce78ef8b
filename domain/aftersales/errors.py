"""What after-sales refuse, besides `InvalidInput`, `OrderUnavailable` and what refunds refuse."""

from dataclasses import dataclass
from uuid import UUID

from domain.aftersales.words import CaseObstacle, CaseStatus
from domain.kernel.errors import Refused


@dataclass(eq=False)
class CaseUnavailable(Refused):
    """There is no such case, or it is not for whoever asks."""


@dataclass(eq=False)
class CaseMoved(Refused):
    """The case has moved on, and this cannot be done with it any more; nothing was."""

    case_id: UUID
    status: CaseStatus


@dataclass(eq=False)
class CaseNotPossible(Refused):
    """There can be no such case of the order, or of one of its lines; none was opened."""

    order_id: UUID
    obstacle: CaseObstacle
    line_number: int | None = None


@dataclass(eq=False)
class UnitsInOtherCases(Refused):
    """There are not so many units of a line that are in no other case; none was opened."""

    line_number: int
    left: int
    wanted: int


@dataclass(eq=False)
class CasesChanged(Refused):
    """The order has other cases than whoever opens one for its member saw; none was opened."""

    seen: int
    now: int


@dataclass(eq=False)
class UnitsNotRestockable(Refused):
    """So many units of a line cannot go back on the shelf: others of it are there already."""

    line_number: int
    left: int
    wanted: int


@dataclass(eq=False)
class RefundChanged(Refused):
    """What comes back is not what the member saw; nothing was asked for."""

    seen_fen: int
    now_fen: int
