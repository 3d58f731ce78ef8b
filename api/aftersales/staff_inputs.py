"""What staff send about cases."""

from uuid import UUID

import strawberry

from api.aftersales.enums import CaseStatus
from api.aftersales.inputs import NUMBER, upload_keys
from api.ids import key
from api.orders.enums import Carrier
from domain.aftersales.returns import Finding
from domain.aftersales.views import CASE, CaseFilter
from domain.kernel.actors import Staff
from domain.orders.shipping.rules import Parcel, tracking_number
from domain.orders.views.structs import ORDER
from domain.stores.views import PLACE

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, for the audit trail, at most 500 characters."


@strawberry.input(description="Which cases; what is left out does not matter.")
class StaffCaseFilterInput:
    status: CaseStatus | None = strawberry.field(
        default=None, description="Those that have come so far."
    )
    place_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of orders that took the stock of this place."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those of this order."
    )
    overdue_only: bool = strawberry.field(
        default=False, description="Only open ones of which the shop has missed a deadline."
    )

    def wanted(self, staff: Staff) -> CaseFilter:
        """What somebody of the staff finds: who works in stores finds cases of their stores."""
        places = staff.store_ids
        if self.place_id is not None:
            place = key(self.place_id, PLACE, argument="filter.placeId")
            places = frozenset({place}) if places is None else places & {place}
        order = self.order_id
        return CaseFilter(
            status=self.status,
            place_ids=None if places is None else tuple(sorted(places)),
            order_id=None if order is None else key(order, ORDER, argument="filter.orderId"),
            is_overdue=self.overdue_only,
        )


@strawberry.input(description="A case.")
class _CaseInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    case_id: strawberry.ID = strawberry.field(description="Which case.")

    @property
    def case_key(self) -> UUID:
        """The case's key; a BAD_INPUT fault for an id that is none."""
        return key(self.case_id, CASE, argument="caseId")


@strawberry.input(description="A case that the shop agrees to.")
class ApproveCaseInput(_CaseInput):
    return_to: str | None = strawberry.field(
        default=None,
        description="Where the goods of a RETURN or an EXCHANGE are to be sent: name, phone and "
        "address as the member reads them, at most 500 characters.",
    )
    reason: str = strawberry.field(description=_REASON)


@strawberry.input(description="A case that the shop does not agree to.")
class RefuseCaseInput(_CaseInput):
    reason: str = strawberry.field(
        description="Why: the member reads it. The audit trail names the case, which says it until "
        "it is erased. At most 500 characters."
    )
    pictures: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID],
        description="Pictures of what was found, at most 9: completed uploads of the purpose "
        "EVIDENCE.",
    )

    @property
    def picture_keys(self) -> list[UUID]:
        """The uploads; a BAD_INPUT fault for an id that is none."""
        return upload_keys(self.pictures, "pictures")


@strawberry.input(description="A case whose goods have come.")
class ReceiveCaseInput(_CaseInput):
    reason: str = strawberry.field(description=_REASON)


@strawberry.input(description="What was found of a line's units that came back.")
class CaseFindingInput:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    restocked: int = strawberry.field(description="How many can be sold again.")
    discarded: int = strawberry.field(
        default=0, description="How many cannot; both together are all that came back."
    )


@strawberry.input(description="A case whose goods were looked at and are accepted.")
class InspectCaseInput(_CaseInput):
    findings: list[CaseFindingInput] = strawberry.field(
        description="What was found of each line, at most 100."
    )
    reason: str = strawberry.field(description=_REASON)

    @property
    def found(self) -> list[Finding]:
        """What was found; nothing is checked yet."""
        return [Finding(each.line_number, each.restocked, each.discarded) for each in self.findings]


@strawberry.input(description="An exchange for which money is given back.")
class RefundExchangeInput(_CaseInput):
    reason: str = strawberry.field(description=_REASON)


@strawberry.input(description="A parcel with what comes in exchange.")
class SendReplacementInput(_CaseInput):
    carrier: Carrier = strawberry.field(description="Who brings it.")
    tracking_number: str = strawberry.field(description=NUMBER)
    reason: str = strawberry.field(description=_REASON)

    @property
    def parcel(self) -> Parcel:
        """The parcel; nothing is checked yet."""
        return Parcel(self.carrier, tracking_number(self.tracking_number))
