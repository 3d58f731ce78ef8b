"""How what staff do with cases went."""

from typing import Annotated

import msgspec
import strawberry

from api.aftersales import refusals
from api.aftersales.results import CaseOpened, CasePreview
from api.aftersales.types import Case
from api.orders.refusals import OrderUnavailable
from api.refusals import InvalidInput
from api.uploads.types import UploadUnknown
from domain.aftersales.views import CaseView


class CaseChangedView(msgspec.Struct, frozen=True):
    """The struct behind `CaseChanged`."""

    case: CaseView


@strawberry.type(description="It was done.")
class CaseChanged:
    case: Case = strawberry.field(description="The case as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, CaseChangedView)


StaffPreviewCaseResult = Annotated[
    CasePreview
    | OrderUnavailable
    | refusals.CaseNotPossible
    | refusals.UnitsInOtherCases
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | InvalidInput,
    strawberry.union("StaffPreviewCaseResult", description="What would come back by a case."),
]
StaffOpenCaseResult = Annotated[
    CaseOpened
    | OrderUnavailable
    | refusals.CaseNotPossible
    | refusals.UnitsInOtherCases
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | refusals.OrderNotRefundable
    | refusals.RefundsExhausted
    | refusals.RefundChanged
    | refusals.CasesChanged
    | UploadUnknown
    | InvalidInput,
    strawberry.union("StaffOpenCaseResult", description="How opening a case for a member went."),
]
ApproveCaseResult = Annotated[
    CaseChanged
    | refusals.CaseUnavailable
    | refusals.CaseMoved
    | refusals.CaseNotPossible
    | refusals.OrderNotRefundable
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | refusals.RefundsExhausted
    | InvalidInput,
    strawberry.union("ApproveCaseResult", description="How agreeing to a case went."),
]
RefuseCaseResult = Annotated[
    CaseChanged | refusals.CaseUnavailable | refusals.CaseMoved | UploadUnknown | InvalidInput,
    strawberry.union("RefuseCaseResult", description="How saying no to a case went."),
]
ReceiveCaseResult = Annotated[
    CaseChanged | refusals.CaseUnavailable | refusals.CaseMoved | InvalidInput,
    strawberry.union("ReceiveCaseResult", description="How receiving goods went."),
]
InspectCaseResult = Annotated[
    CaseChanged
    | refusals.CaseUnavailable
    | refusals.CaseMoved
    | refusals.UnitsNotRestockable
    | refusals.OrderNotRefundable
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | refusals.RefundsExhausted
    | InvalidInput,
    strawberry.union("InspectCaseResult", description="How accepting goods went."),
]
RefundExchangeResult = Annotated[
    CaseChanged
    | refusals.CaseUnavailable
    | refusals.CaseMoved
    | refusals.OrderNotRefundable
    | refusals.UnitsNotRefundable
    | refusals.AmountNotRefundable
    | refusals.RefundsExhausted
    | InvalidInput,
    strawberry.union("RefundExchangeResult", description="How giving money instead went."),
]
SendReplacementResult = Annotated[
    CaseChanged | refusals.CaseUnavailable | refusals.CaseMoved | InvalidInput,
    strawberry.union("SendReplacementResult", description="How sending in exchange went."),
]
