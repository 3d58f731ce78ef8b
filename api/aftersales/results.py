"""How asking for something after the sale went, for members."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.aftersales import refusals
from api.aftersales.enums import NextStep
from api.aftersales.types import Case
from api.limits import sized
from api.orders.refusals import OrderUnavailable
from api.refusals import InvalidInput
from api.uploads.types import UploadUnknown
from domain.aftersales.views import CaseView
from domain.kernel.money import Fen
from domain.kernel.points import Points


class PreviewLineView(msgspec.Struct, frozen=True):
    """The struct behind `CasePreviewLine`."""

    line_number: int
    units: int
    goods_fen: Fen
    freight_fen: Fen
    points: Points


class CasePreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """The struct behind `CasePreview`."""

    goods_fen: Fen
    freight_fen: Fen
    refund_fen: Fen
    points: Points
    earned_points_taken: Points
    lines: list[PreviewLineView]
    is_instant: bool
    next_step: NextStep
    next_step_text: str
    due_by: datetime
    cases: int


class CaseOpenedView(msgspec.Struct, frozen=True):
    """The struct behind `CaseOpened`."""

    case: CaseView


class CaseCancelledView(msgspec.Struct, frozen=True):
    """The struct behind `CaseCancelled`."""

    case: CaseView


class CaseSentBackView(msgspec.Struct, frozen=True):
    """The struct behind `CaseSentBack`."""

    case: CaseView


@strawberry.type(description="What would come back of one line.")
class CasePreviewLine:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int = strawberry.field(description="Of how many units; 0 for an amount.")
    goods_fen: Fen = strawberry.field(name="goods", description="For the goods.")
    freight_fen: Fen = strawberry.field(name="freight", description="Of the freight.")
    points: Points = strawberry.field(description="Spent points.")


@strawberry.type(description="What would come back, to the fen; nothing was written.")
class CasePreview:
    goods_fen: Fen = strawberry.field(name="goods", description="For the goods.")
    freight_fen: Fen = strawberry.field(name="freight", description="Of the freight.")
    refund_fen: Fen = strawberry.field(
        name="refund", description="Altogether. Goes with the request as `seen`."
    )
    points: Points = strawberry.field(description="Spent points that come back with it.")
    earned_points_taken: Points = strawberry.field(
        description="Points that the order has earned and that are taken back with it. What is "
        "not there any more of them is owed, unless the mall waives it."
    )
    lines: list[CasePreviewLine] = strawberry.field(
        description="By lines, at most 100; counts as 3 in a document's cost.", metadata=sized(3)
    )
    is_instant: bool = strawberry.field(
        description="Whether the money goes back at once, because nothing of it was sent yet."
    )
    next_step: NextStep = strawberry.field(description="What would be next.")
    next_step_text: str = strawberry.field(
        description="The same in a sentence, with its moment, in the caller's language."
    )
    due_by: datetime = strawberry.field(description="By when, were it asked for now.")
    cases: int = strawberry.field(
        description="How many cases the order has had so far. Goes with a request of the staff as "
        "`seenCases`."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CasePreviewView)


@strawberry.type(description="The case is open.")
class CaseOpened:
    case: Case = strawberry.field(description="The case.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CaseOpenedView)


@strawberry.type(description="The case was taken back.")
class CaseCancelled:
    case: Case = strawberry.field(description="The case.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CaseCancelledView)


@strawberry.type(description="The shop knows that the goods are on their way.")
class CaseSentBack:
    case: Case = strawberry.field(description="The case.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CaseSentBackView)


PreviewCaseResult = Annotated[
    CasePreview
    | OrderUnavailable
    | refusals.CaseNotPossible
    | refusals.UnitsInOtherCases
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | InvalidInput,
    strawberry.union("PreviewCaseResult", description="What would come back by a case."),
]
OpenCaseResult = Annotated[
    CaseOpened
    | OrderUnavailable
    | refusals.CaseNotPossible
    | refusals.UnitsInOtherCases
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | refusals.OrderNotRefundable
    | refusals.RefundsExhausted
    | refusals.RefundChanged
    | UploadUnknown
    | InvalidInput,
    strawberry.union("OpenCaseResult", description="How asking for it went."),
]
CancelCaseResult = Annotated[
    CaseCancelled | refusals.CaseUnavailable | refusals.CaseMoved,
    strawberry.union("CancelCaseResult", description="How taking a case back went."),
]
SendCaseBackResult = Annotated[
    CaseSentBack | refusals.CaseUnavailable | refusals.CaseMoved | InvalidInput,
    strawberry.union("SendCaseBackResult", description="How sending goods back went."),
]
